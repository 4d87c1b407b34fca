import Foundation
import Testing

#if os(Linux)
    /// A stage that dies, or whose disk fails, at each single operation on its files.
    @Suite struct FaultTests {
        /// Stages whose shards are made each in its own way: from files by workers, by a model or program, by joining
        /// sets.
        enum Stage: String, CaseIterable {
            case ingest, score, pairs

            /// The input whose reading fails.
            var input: String { self == .ingest ? "posts.jsonl" : "candidates/" }
        }

        /// What goes wrong at an operation.
        enum Fault: String, CaseIterable {
            case kill, torn, full, error, read

            /// Every third operation for faults that a process lives through, each for the others.
            var step: Int { self == .full || self == .error ? 3 : 1 }
            /// An operation may fail unnoticed, as deleting what is not needed any more or reading what need not be
            /// there, so a whole run says not that there are no more of them.
            var lastNumber: Int? { self == .error ? 90 : nil }
            /// The faults happen: there are so many operations at least.
            var leastNumber: Int { self == .read ? 3 : 30 }
        }

        let folder: TemporaryFolder
        let shim: FaultShim
        let tokenizer: String
        private let model = Tool.package.appending(path: "Tests/TorchLMTests/Resources/ModelFiles/tiny").path

        init() throws {
            folder = try TemporaryFolder()
            shim = try FaultShim(in: folder)
            tokenizer = try SmallTokenizer.write(to: folder)
            let posts = (0..<4).map { "{\"document\": \"post number \($0)\", \"summary\": \"s\($0)\"}\n" }
            _ = try folder.write(posts.joined(), to: "posts.jsonl")
        }

        private struct End {
            var exitCode: Int32
            var wasKilled: Bool
            var error: String
        }

        private func arguments(_ stage: Stage) -> [String] {
            switch stage {
            case .ingest:
                [
                    "ingest", folder.path("posts.jsonl"), "--recipe", "generic", "--tokenizer", tokenizer,
                    "--prompts-per-shard", "2",
                ]
            case .score:
                [
                    "score", folder.path("candidates"), "--reward-program",
                    "while read -r line; do echo ${#line}; done", "--reward-name", "length",
                ]
            case .pairs:
                [
                    "pairs", folder.path("candidates"), "--rewards", folder.path("rewards"),
                    "--prompts-per-shard", "2",
                ]
            }
        }

        /// Makes what the stage reads.
        private func prepare(_ stage: Stage) throws {
            guard stage != .ingest else { return }
            let rows = (0..<4).map { "{\"prompt\": \"tea \($0)\", \"completions\": [\"rain\", \"a cat\"]}\n" }
            let file = try folder.write(rows.joined(), to: "texts.jsonl")
            let imported = try Tool.run(
                "import", file, "--format", "trl-completion", "--policy", model, "--precision", "float32",
                "--split", "train", "--prompts-per-shard", "2", "--quiet", "--output",
                folder.path("candidates"))
            try #require(imported.exitCode == 0, "\(imported.error)")
            if stage == .pairs { #expect(try run(.score, to: "rewards").exitCode == 0) }
        }

        private func run(
            _ stage: Stage, to output: String, fault: Fault? = nil, at number: Int = 0
        ) throws -> End {
            let process = Process()
            process.executableURL = Tool.executable
            process.arguments = arguments(stage) + ["--quiet", "--output", folder.path(output)]
            if let fault {
                let place = fault == .read ? stage.input : output + "/"
                process.environment = ProcessInfo.processInfo.environment.merging(
                    shim.environment(
                        fault.rawValue, in: "/" + folder.url.lastPathComponent + "/" + place, at: number)
                ) { $1 }
            }
            let errors = Pipe()
            process.standardError = errors
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return End(
                exitCode: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
                error: text)
        }

        /// All files but the lock, which a dead process leaves and nobody minds.
        private func contents(_ output: String) throws -> [String: Data] {
            var files: [String: Data] = [:]
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(output))) ?? []
            for name in names where name != "writer.lock" {
                files[name] = try Data(contentsOf: URL(filePath: folder.path(output) + "/" + name))
            }
            return files
        }

        @Test(arguments: Fault.allCases)
        func noFaultWhileDocumentsAreTakenInLosesAUnitOrSealsAWrongOne(fault: Fault) throws {
            try check(.ingest, fault)
        }

        @Test(.enabled(if: Tool.hasEngine), arguments: [Stage.score, .pairs], Fault.allCases)
        func noFaultInALaterStageLosesAUnitOrSealsAWrongOne(stage: Stage, fault: Fault) throws {
            try check(stage, fault)
        }

        private func check(_ stage: Stage, _ fault: Fault) throws {
            try prepare(stage)
            #expect(try run(stage, to: "whole").exitCode == 0)
            let whole = try contents("whole")
            #expect(whole.count == 3)
            var number = 1
            while number <= fault.lastNumber ?? Int.max {
                let output = "\(fault)-\(number)"
                let end = try run(stage, to: output, fault: fault, at: number)
                let found = try contents(output)
                if found["manifest.json"] != nil {
                    #expect(
                        whole.allSatisfy { found[$0.key] == $0.value },
                        "\(fault) at \(number): sealed, but wrong")
                }
                if !end.wasKilled && end.exitCode == 0 && fault.lastNumber == nil { break }
                if !end.wasKilled && end.exitCode != 0 {
                    // SQLite calls a file damaged that the disk does not give it.
                    #expect(
                        end.exitCode == 74 || fault == .read && end.exitCode == 65,
                        "\(fault) at \(number): \(end.error)")
                    #expect(end.error.hasPrefix("align-data: error: "))
                    if fault == .full { #expect(end.error.contains("the disk is full")) }
                }
                let again = try run(stage, to: output)
                #expect(again.exitCode == 0, "\(fault) at \(number): \(again.error)")
                #expect(try contents(output) == whole, "\(fault) at \(number)")
                number += fault.step
            }
            #expect(number > fault.leastNumber)
        }
    }
#endif
