import AlignData
import Foundation
import Testing

/// What `schemas/README.md` shows is what a reader gets.
@Suite struct SchemaReadmeTests {
    let sample: PipelineSample

    init() throws {
        sample = try PipelineSample()
        try sample.generate()
        try sample.score()
        try sample.pair()
    }

    /// The fenced blocks of one language, as lines.
    private func blocks(_ language: String) throws -> [[String]] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
                "schemas/README.md")
        var blocks: [[String]] = []
        var inside = false
        for line in try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n") {
            if line == "```" {
                inside = false
            } else if line == "```" + language {
                inside = true
                blocks.append([])
            } else if inside {
                blocks[blocks.count - 1].append(line)
            }
        }
        return blocks
    }

    @Test func theRowsShownAreReal() throws {
        let blocks = try blocks("text")
        #expect(blocks.count == 13)
        for block in blocks {
            let command = block[0].dropFirst("$ sqlite3 -line ".count).dropLast()
            let parts = command.components(separatedBy: " \"")
            try #require(parts.count == 2)
            let shell = try SQLiteShell(sample.folder.file(parts[0]))
            let lines = try shell.lines(parts[1])
            #expect(lines == Array(block.dropFirst()), "\(parts[1]): \(lines)")
        }
    }

    @Test func theReaderInPythonReadsEveryGroupAndRefusesAChangedByte() throws {
        let script = sample.folder.file("reader.py")
        let reader = try #require(
            try blocks("python").first { $0.first?.hasPrefix("import hashlib") == true })
        #expect(reader.count { !$0.isEmpty } <= 40)
        let code = reader.joined(separator: "\n")
        try Data(code.utf8).write(to: URL(fileURLWithPath: script))
        let set = try sample.open("pairs", .pairs)
        let expected = try (0..<set.shardCount).flatMap { try set.shard(at: $0).groups() }.map { group in
            let rewards = group.candidates.map(\.reward)
            let spread = (rewards.max() ?? 0) - (rewards.min() ?? 0)
            return "\(group.promptTokens.count) \(group.candidates.count) \(group.pairs.count) \(spread)"
        }
        #expect(try run(script, sample.folder.file("pairs")) == expected.joined(separator: "\n") + "\n")

        for name in ["manifest.json", "shard-00003.sqlite"] {
            let url = URL(fileURLWithPath: sample.folder.file("pairs") + "/" + name)
            let whole = try Data(contentsOf: url)
            var changed = whole
            changed[changed.count / 2] ^= 1
            try changed.write(to: url)
            #expect(try run(script, sample.folder.file("pairs")) == nil)
            try whole.write(to: url)
        }
    }

    /// What the script prints; nil when it fails.
    private func run(_ script: String, _ argument: String) throws -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script, argument]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus != 127, "there is no python3 on the PATH")
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }
}
