import Foundation
import Testing

#if os(Linux)
    /// A stage that dies, or whose disk fails, at each single operation that changes its folder.
    @Suite struct FaultTests {
        let folder: TemporaryFolder
        let shim: String
        let tokenizer: String
        let source: String

        init() throws {
            folder = try TemporaryFolder()
            shim = folder.path("faults.so")
            tokenizer = try SmallTokenizer.write(to: folder)
            let posts = (0..<4).map { "{\"document\": \"post number \($0)\", \"summary\": \"s\($0)\"}\n" }
            source = try folder.write(posts.joined(), to: "posts.jsonl")
            let code = Tool.package.appending(path: "Tests/CommandTests/Faults/faults.c").path
            let status = try Tool.shell("clang -shared -fPIC -O1 -o '\(shim)' '\(code)' -ldl")
            try #require(status == 0, "clang, which comes with Swift, compiles the faults")
        }

        private struct End {
            var exitCode: Int32
            var wasKilled: Bool
            var error: String
        }

        private func ingest(_ output: String, fault: String? = nil, at number: Int = 0) throws -> End {
            let process = Process()
            process.executableURL = Tool.executable
            process.arguments = [
                "ingest", source, "--recipe", "generic", "--tokenizer", tokenizer, "--prompts-per-shard", "2",
                "--quiet", "--output", folder.path(output),
            ]
            if let fault {
                process.environment = ProcessInfo.processInfo.environment.merging([
                    "LD_PRELOAD": shim, "FAULT": fault, "FAULT_AT": String(number),
                    "FAULT_FOLDER": "/" + folder.url.lastPathComponent + "/" + output,
                ]) { $1 }
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

        /// Every third operation for faults that a process lives through, each for those that it does not.
        @Test(arguments: [("kill", 1), ("torn", 1), ("full", 3), ("error", 3)])
        func noFaultAtAnyOperationLosesAUnitOrSealsAWrongOne(fault: String, step: Int) throws {
            #expect(try ingest("whole").exitCode == 0)
            let whole = try contents("whole")
            #expect(whole.count == 3)
            var number = 1
            while true {
                let output = "\(fault)-\(number)"
                let end = try ingest(output, fault: fault, at: number)
                let found = try contents(output)
                if found["manifest.json"] != nil {
                    #expect(
                        whole.allSatisfy { found[$0.key] == $0.value },
                        "\(fault) at \(number): sealed, but wrong")
                }
                if !end.wasKilled && end.exitCode == 0 && fault != "error" { break }
                if !end.wasKilled && end.exitCode != 0 {
                    #expect(end.exitCode == 74, "\(fault) at \(number): \(end.error)")
                    #expect(end.error.hasPrefix("align-data: error: "))
                    if fault == "full" { #expect(end.error.contains("the disk is full")) }
                }
                let again = try ingest(output)
                #expect(again.exitCode == 0, "\(fault) at \(number): \(again.error)")
                #expect(try contents(output) == whole, "\(fault) at \(number)")
                number += step
                // An operation that may fail unnoticed, as deleting what is not needed any more, ends no run.
                if fault == "error" && number > 90 { break }
            }
            // The faults happened: there are so many operations at least.
            #expect(number > 30)
        }
    }
#endif
