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

    private static func isRefused(_ set: String) -> Bool {
        do {
            _ = try ShardSet(opening: set, kind: .pairs)
            return false
        } catch {
            return error is ShardError
        }
    }

    /// Flips each bit of a file in turn, in a copy of the set for each processor.
    /// - Returns: the places of the bits that were not noticed.
    private func unnoticedFlips(of name: String, in set: String) throws -> [Int] {
        let bits = try Data(contentsOf: URL(fileURLWithPath: set + "/" + name)).count * 8
        let parts = ProcessInfo.processInfo.activeProcessorCount
        let copies = (0..<parts).map { folder.file("\(name)-\($0)") }
        var results = [Result<[Int], any Error>](repeating: .success([]), count: parts)
        results.withUnsafeMutableBufferPointer { buffer in
            // Each part writes its own element.
            nonisolated(unsafe) let results = buffer
            DispatchQueue.concurrentPerform(iterations: parts) { part in
                results[part] = Result {
                    let copy = copies[part]
                    try FileManager.default.copyItem(atPath: set, toPath: copy)
                    let url = URL(fileURLWithPath: copy + "/" + name)
                    let bytes = try Data(contentsOf: url)
                    let file = try FileHandle(forUpdating: url)
                    func put(_ byte: UInt8, at offset: Int) throws {
                        try file.seek(toOffset: UInt64(offset))
                        try file.write(contentsOf: [byte])
                    }
                    var unnoticed: [Int] = []
                    for bit in stride(from: part, to: bits, by: parts) {
                        let byte = bytes[bit / 8]
                        try put(byte ^ 1 << (bit % 8), at: bit / 8)
                        if !Self.isRefused(copy) { unnoticed.append(bit) }
                        try put(byte, at: bit / 8)
                    }
                    try file.close()
                    #expect(!Self.isRefused(copy))
                    return unnoticed
                }
            }
        }
        return try results.flatMap { try $0.get() }
    }

    /// The set is as small as pages of the least size make it; every flip goes through the opening that training uses.
    @Test func everyFlippedBitOfASetIsRefused() throws {
        let small = folder.file("small")
        try ShardSamples.writePairs(to: small, shards: [[.train]], pageSize: 512)
        let names = try FileManager.default.contentsOfDirectory(atPath: small).sorted()
        #expect(names == ["manifest.json", "shard-00000.sqlite"])
        for name in names { #expect(try unnoticedFlips(of: name, in: small).isEmpty, "\(name)") }
    }

    @Test func aFlippedBitInAnyPartOfAShardIsRefused() throws {
        let url = URL(fileURLWithPath: pairs + "/shard-00000.sqlite")
        let bytes = try Data(contentsOf: url)
        var accepted = 0
        for offset in stride(from: 0, to: bytes.count, by: 61) {
            var changed = bytes
            changed[offset] ^= 1 << (offset % 8)
            try changed.write(to: url)
            if !Self.isRefused(pairs) { accepted += 1 }
        }
        #expect(accepted == 0)
        try bytes.write(to: url)
        #expect(!Self.isRefused(pairs))
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
