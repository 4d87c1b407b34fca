import AlignData
import Foundation
import Testing

/// What is sealed stays what it was, or is noticed, before there is a manifest as well as after.
@Suite struct ShardSealTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func write(_ shards: Range<Int>, with writer: ShardSetWriter) throws {
        for index in shards {
            try writer.write(shard: index) { shard in
                for i in 0..<3 { try shard.insert(prompt: ShardSamples.prompt(3 * index + i)) }
                return StageCounts()
            }
        }
    }

    /// A complete set of three shards, and the same work left after the second.
    private func whole() throws -> [String: Data] {
        let writer = try ShardSamples.writer(folder.file("whole"), .candidates)
        try write(0..<3, with: writer)
        _ = try writer.finish()
        return try contents(of: folder.file("whole"))
    }

    private func begin(_ output: String) throws {
        try write(0..<2, with: try ShardSamples.writer(output, .candidates))
    }

    private func goOn(_ output: String) throws {
        let writer = try ShardSamples.writer(output, .candidates)
        try write(0..<3, with: writer)
        _ = try writer.finish()
    }

    private func flip(_ path: String, at share: Double) throws {
        let url = URL(fileURLWithPath: path)
        var bytes = try Data(contentsOf: url)
        bytes[Int(Double(bytes.count - 1) * share)] ^= 4
        try bytes.write(to: url)
    }

    @Test(arguments: [0, 0.3, 0.7, 1])
    func aShardThatChangedBeforeItsManifestIsWrittenAgain(share: Double) throws {
        let whole = try whole()
        let output = folder.file("begun")
        try begin(output)
        for name in ["shard-00000.sqlite", "shard-00001.sqlite"] {
            #expect(try contents(of: output)[name] == whole[name])
            try flip(output + "/" + name, at: share)
        }
        try goOn(output)
        #expect(try contents(of: output) == whole)
    }

    @Test(arguments: ["", "0"])
    func aShardWithoutItsSealIsWrittenAgain(seal: String) throws {
        let whole = try whole()
        let output = folder.file("begun")
        try begin(output)
        try Data(seal.utf8).write(to: URL(fileURLWithPath: output + "/shard-00000.sqlite.sha256"))
        try FileManager.default.removeItem(atPath: output + "/shard-00001.sqlite.sha256")
        try goOn(output)
        #expect(try contents(of: output) == whole)
    }

    @Test func theManifestStatesTheHashThatAShardWasSealedWith() throws {
        let writer = try ShardSamples.writer(folder.file("set"), .candidates)
        try write(0..<2, with: writer)
        // The first is sealed before the second is.
        let path = folder.file("set") + "/shard-00000.sqlite"
        try flip(path, at: 0.5)
        _ = try writer.finish()
        #expect(throws: ShardError.wrongHash(path: path)) {
            try ShardSet(opening: folder.file("set"), kind: .candidates)
        }
    }

    @Test func aSealIsALineOfSha256sum() throws {
        try begin(folder.file("begun"))
        let files = try contents(of: folder.file("begun"))
        #expect(
            files.keys.sorted() == [
                "plan.json", "shard-00000.sqlite", "shard-00000.sqlite.sha256", "shard-00001.sqlite",
                "shard-00001.sqlite.sha256",
            ])
        let hash = FileHash.sha256(try #require(files["shard-00001.sqlite"]))
        #expect(files["shard-00001.sqlite.sha256"] == Data("\(hash)  shard-00001.sqlite\n".utf8))
    }

    @Test func whatKeepsAShardFromBeingSealedIsThrown() throws {
        let output = folder.file("blocked")
        let writer = try ShardSamples.writer(output, .candidates)
        // No file can take the name of a folder.
        try FileManager.default.createDirectory(
            atPath: output + "/shard-00000.sqlite/x", withIntermediateDirectories: true)
        try write(0..<1, with: writer)
        #expect(throws: FileError.self) { try writer.finish() }
        try FileManager.default.removeItem(atPath: output + "/shard-00000.sqlite")
        try write(0..<3, with: writer)
        _ = try writer.finish()
        #expect(try contents(of: output) == whole())
    }
}
