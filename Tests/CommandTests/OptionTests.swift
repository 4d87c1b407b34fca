import Foundation
import Testing

/// Numbers that nobody means, given to every option of every command.
@Suite struct OptionTests {
    private struct Help: Decodable {
        struct Command: Decodable {
            var commandName: String
            var arguments: [Argument]?
            var subcommands: [Command]?
        }

        struct Argument: Decodable {
            struct Name: Decodable {
                var kind: String
                var name: String
            }

            var kind: String
            var isOptional: Bool
            var names: [Name]?

            var option: String? { names?.first { $0.kind == "long" }.map { "--" + $0.name } }
        }

        var command: Command
    }

    /// None ends the program, none begins work: an option is refused, or its value is taken and the input is missing.
    @Test func noNumberCrashesACommand() throws {
        let dumped = try Tool.run("--experimental-dump-help")
        let root = try JSONDecoder().decode(Help.self, from: Data(dumped.output.utf8)).command
        var tried = 0
        let odd = ["-1", "nan", "9223372036854775807", "0", "1e400", ""]
        // What reads standard input or nothing at all would work.
        for command in root.subcommands ?? []
        where !["help", "recipes", "bandit"].contains(command.commandName) {
            let arguments = command.arguments ?? []
            for argument in arguments where argument.kind == "option" {
                guard let option = argument.option else { continue }
                // Each option gets two of them, and its neighbours the others: a start of the command costs time.
                for value in [odd[tried % odd.count], odd[(tried + 1) % odd.count]] {
                    var line = [command.commandName]
                    for other in arguments where !other.isOptional && other.option != option {
                        let name = other.kind == "option" ? other.option.map { [$0] } ?? [] : []
                        line += name + ["/no/such/\(other.option ?? "place")"]
                    }
                    line.append("\(option)=\(value)")
                    let result = try Tool.run(line)
                    tried += 1
                    #expect([64, 65, 74].contains(result.exitCode), "\(line): \(result.error)")
                    #expect(result.error.hasPrefix("align-data: error: "), "\(line): \(result.error)")
                }
            }
        }
        #expect(tried > 100)
    }

    @Test(arguments: [
        (
            ["ingest", "a", "--recipe", "generic", "--tokenizer", "b", "--output", "c", "--workers", "0"],
            "--workers must be at least 1"
        ),
        (
            [
                "ingest", "a", "--recipe", "generic", "--tokenizer", "b", "--output", "c", "--workers",
                "1000000",
            ], "--workers must be at most 1024"
        ),
        (
            ["generate", "a", "--policy", "b", "--output", "c", "--candidates", "9223372036854775807"],
            "--candidates must be at most 65536"
        ),
        (
            ["generate", "a", "--policy", "b", "--output", "c", "--temperature", "inf"],
            "--temperature must be a number of at least 0"
        ),
        (
            ["generate", "a", "--policy", "b", "--output", "c", "--temperature", "1e-300"],
            "--temperature must be 0, or at least 0.000001"
        ),
        (
            ["score", "a", "--reward", "b", "--output", "c", "--unfinished-reward", "nan"],
            "--unfinished-reward must be a finite number"
        ),
        (
            ["train", "a", "--policy", "b", "--output", "c", "--epochs", "9223372036854775807"],
            "--epochs must be at most 2147483648"
        ),
        (
            ["train", "a", "--policy", "b", "--output", "c", "--kl-limit", "nan"],
            "--kl-limit must be positive"
        ),
        (["generate", "a", "--policy", "b", "--output", ""], "--output is empty"),
        (
            ["generate", "a", "--policy", "b", "--output", "-"],
            "--output names a folder, and standard output is none"
        ),
        (
            ["export", "a", "--format", "hf-dataset", "--output", "-"],
            "hf-dataset is a folder of files and does not go to standard output: give --output a folder"
        ),
    ])
    func aNumberThatCannotBeMeantIsNamed(arguments: [String], sentence: String) throws {
        let result = try Tool.run(arguments)
        #expect(result.exitCode == 64)
        #expect(
            result.error
                == "align-data: error: \(sentence)\nhint: `align-data \(arguments[0]) --help` shows how it is used\n"
        )
    }

    @Test func lostOutputIsAnError() throws {
        #expect(try Tool.shell("\"$TOOL\" recipes >/dev/full") == 74)
    }
}
