import AlignData
import Foundation
import Testing

/// A changed set is refused when it is opened, whatever changed.
@Suite struct ShardDamageTests {
    let folder: TemporaryFolder
    let pairs: String

    init() throws {
        folder = try TemporaryFolder()
        pairs = folder.file("pairs")
        try ShardSamples.writePairs(to: pairs, shards: [[.train]])
    }

    private func refused() -> Bool {
        do {
            _ = try ShardSet(opening: pairs, kind: .pairs)
            return false
        } catch {
            return error is ShardError
        }
    }

    /// Changes each byte of a file in turn, to `change` of its offset and value, and counts what is accepted.
    private func accepted(_ name: String, change: (Int, UInt8) -> UInt8) throws -> Int {
        let url = URL(fileURLWithPath: pairs + "/" + name)
        let bytes = try Data(contentsOf: url)
        let file = try FileHandle(forUpdating: url)
        func put(_ byte: UInt8, at offset: Int) throws {
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: [byte])
        }
        var accepted = 0
        for (offset, byte) in bytes.enumerated() {
            try put(change(offset, byte), at: offset)
            if !refused() { accepted += 1 }
            try put(byte, at: offset)
        }
        try file.close()
        return accepted
    }

    @Test func everyFlippedBitOfTheManifestIsRefused() throws {
        for bit in 0..<8 { #expect(try accepted("manifest.json") { _, byte in byte ^ (1 << bit) } == 0) }
        #expect(!refused())
    }

    @Test func aFlippedBitInEveryByteOfAShardIsRefused() throws {
        #expect(try accepted("shard-00000.sqlite") { offset, byte in byte ^ (1 << (offset % 8)) } == 0)
        #expect(!refused())
    }

    @Test(arguments: [0, 1, 100, 4096, -4096, -1])
    func aTruncatedShardIsRefused(length: Int) throws {
        let url = URL(fileURLWithPath: pairs + "/shard-00000.sqlite")
        let bytes = try Data(contentsOf: url)
        let length = length < 0 ? bytes.count + length : length
        try bytes.prefix(length).write(to: url)
        #expect(
            throws: ShardError.wrongSize(
                path: pairs + "/shard-00000.sqlite", expected: bytes.count, found: length)
        ) { try ShardSet(opening: pairs, kind: .pairs) }
    }

    @Test func aMissingShardIsRefused() throws {
        try FileManager.default.removeItem(atPath: pairs + "/shard-00000.sqlite")
        #expect(throws: ShardError.missingShard(path: pairs + "/shard-00000.sqlite")) {
            try ShardSet(opening: pairs, kind: .pairs)
        }
        #expect(throws: ShardError.missingShard(path: pairs + "/shard-00000.sqlite")) {
            try ShardSamples.writer(pairs, .pairs)
        }
    }

    @Test func anExchangedShardIsRefused() throws {
        let two = folder.file("two")
        try ShardSamples.writePairs(to: two, shards: [[.train], [.train]], completions: { _ in 2 })
        let (a, b) = (two + "/shard-00000.sqlite", two + "/shard-00001.sqlite")
        try FileManager.default.moveItem(atPath: a, toPath: a + "x")
        try FileManager.default.moveItem(atPath: b, toPath: a)
        try FileManager.default.moveItem(atPath: a + "x", toPath: b)
        #expect(throws: ShardError.wrongHash(path: a)) { try ShardSet(opening: two, kind: .pairs) }
    }
}
