import Foundation
import Testing

/// What a person sees when something is wrong: whole sentences, and the exit code.
@Suite struct FailureTests {
    struct Mistake: Sendable {
        var arguments: [String]
        var exitCode: Int32
        var error: String
    }

    static let mistakes = [
        Mistake(
            arguments: ["--no-such-option"], exitCode: 64,
            error: """
                align-data: error: unknown option '--no-such-option'
                hint: `align-data help` lists the commands

                """),
        Mistake(
            arguments: ["pairs", "somewhere", "--output", "elsewhere"], exitCode: 64,
            error: """
                align-data: error: missing expected argument '--rewards <folder[=weight]> ...'
                hint: `align-data pairs --help` shows how it is used

                """),
        Mistake(
            arguments: ["pairs", "a", "--rewards", "b", "--output", "c", "--pairs-per-prompt", "0"],
            exitCode: 64,
            error: """
                align-data: error: --pairs-per-prompt must be at least 1
                hint: `align-data pairs --help` shows how it is used

                """),
        Mistake(
            arguments: ["train", "a", "--policy", "b", "--output", "c", "--beta", "-1"], exitCode: 64,
            error: """
                align-data: error: --beta must be positive
                hint: `align-data train --help` shows how it is used

                """),
        Mistake(
            arguments: ["recipes", "show", "nothing"], exitCode: 64,
            error: """
                align-data: error: there is no built-in recipe nothing
                hint: `align-data recipes` lists the built-in ones; a recipe of your own is a path that ends in .yml

                """),
        Mistake(
            arguments: ["recipes", "show", "xsun"], exitCode: 64,
            error: """
                align-data: error: there is no built-in recipe xsun
                hint: did you mean xsum? `align-data recipes` lists the built-in ones; a recipe of your own is a path that ends in .yml

                """),
        Mistake(
            arguments: ["recipes", "show", "TRL"], exitCode: 64,
            error: """
                align-data: error: there is no built-in recipe TRL
                hint: did you mean tldr-trl? `align-data recipes` lists the built-in ones; a recipe of your own is a path that ends in .yml

                """),
        Mistake(
            arguments: ["inspect", "/no/such/set"], exitCode: 74,
            error: """
                align-data: error: cannot open the shard set: no such file or directory (/no/such/set)

                """),
        Mistake(
            arguments: ["compare", "/no/such/report"], exitCode: 74,
            error: """
                align-data: error: there is no such folder (/no/such/report)
                hint: give folders that `align-data evaluate` wrote for folders of `align-data train`

                """),
        Mistake(
            arguments: ["tokenize", "--tokenizer", "/no/such/model.gguf"], exitCode: 74,
            error: """
                align-data: error: cannot read the tokenizer: there is no such file or folder (/no/such/model.gguf)
                hint: give a .gguf file, a Hugging Face folder, a tokenizer.json, or a tiktoken rank file

                """),
    ]

    @Test(arguments: mistakes) func aMistakeIsOneSentenceAndItsExitCode(_ mistake: Mistake) throws {
        let result = try Tool.run(mistake.arguments)
        #expect(result.exitCode == mistake.exitCode)
        #expect(result.error == mistake.error)
        #expect(result.output == "")
    }

    @Test func aReaderThatHasGoneIsNoFailure() throws {
        #expect(try Tool.shell("\"$TOOL\" --help | true") == 0)
        #expect(try Tool.shell("\"$TOOL\" bandit --runs 1 --epochs 0 --json | true") == 0)
    }

    #if os(Linux)
        @Test func aWorkThatIsAskedToStopSaysSoAndExitsWith130() throws {
            let folder = try TemporaryFolder()
            let result = try Tool.run(
                ["bandit", "--runs", "100000"],
                environment: FaultShim(in: folder).environment("listening"))
            #expect(!result.wasKilled && result.exitCode == 130)
            #expect(
                result.error
                    == """
                    align-data: error: interrupted; the work so far is kept
                    hint: run the same command again to go on

                    """)
        }

        @Test(arguments: [
            (SIGILL, "SIGILL"), (SIGTRAP, "SIGTRAP"), (SIGABRT, "SIGABRT"), (SIGBUS, "SIGBUS"),
            (SIGFPE, "SIGFPE"),
            (SIGSEGV, "SIGSEGV"),
        ])
        func aCrashIsOneSentenceWithTheVersionAndExitCode1(signal: Int32, name: String) throws {
            let folder = try TemporaryFolder()
            let result = try Tool.run(
                ["bandit", "--runs", "100000"],
                environment: FaultShim(in: folder).environment("crash", in: "\(signal)"))
            let version = try Tool.run("--version").output.trimmingCharacters(in: .newlines)
            #expect(!result.wasKilled && result.exitCode == 1)
            #expect(
                result.error
                    == """
                    align-data: error: align-data \(version) crashed with \(name), which is a fault of the program and not of its input
                    hint: report it with the command, what stands above, the version and the kind of machine; finished work is kept

                    """)
        }
    #endif
}
