import AlignData
import Dispatch
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

    /// Of the bytes with one bit flipped, those that have the SHA-256 of the whole ones.
    private static func unnoticedFlips(of bytes: Data, bits: Range<Int>) -> Int {
        let stated = ShardFiles.sha256(bytes)
        let parts = 64
        var unnoticed = [Int](repeating: 0, count: parts)
        unnoticed.withUnsafeMutableBufferPointer { unnoticed in
            // Each part counts in its own element.
            nonisolated(unsafe) let counts = unnoticed
            DispatchQueue.concurrentPerform(iterations: parts) { part in
                var copy = bytes
                for offset in stride(from: part, to: bytes.count, by: parts) {
                    for bit in bits {
                        copy[offset] ^= 1 << bit
                        if ShardFiles.sha256(copy) == stated { counts[part] += 1 }
                        copy[offset] ^= 1 << bit
                    }
                }
            }
        }
        return unnoticed.reduce(0, +)
    }

    /// Opening compares this very hash with the one in the manifest: the next test sees it do so.
    @Test func everyFlippedBitOfAShardHasAnotherHash() throws {
        let rewards = folder.file("rewards")
        let writer = try ShardSamples.writer(rewards, .rewards)
        try writer.write(shard: 0) { shard in
            try shard.insert(
                reward: Reward(
                    completionID: RecordID(kind: "completion", ["0"]),
                    promptID: RecordID(kind: "prompt", ["0"]),
                    scorerID: "s", value: 1))
            return StageCounts()
        }
        _ = try writer.finish()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: rewards + "/shard-00000.sqlite"))
        #expect(Self.unnoticedFlips(of: bytes, bits: 0..<8) == 0)
    }

    @Test func aFlippedBitInAnyPartOfAShardIsRefused() throws {
        let url = URL(fileURLWithPath: pairs + "/shard-00000.sqlite")
        let bytes = try Data(contentsOf: url)
        var accepted = 0
        for offset in stride(from: 0, to: bytes.count, by: 61) {
            var changed = bytes
            changed[offset] ^= 1 << (offset % 8)
            try changed.write(to: url)
            if !refused() { accepted += 1 }
        }
        #expect(accepted == 0)
        try bytes.write(to: url)
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
