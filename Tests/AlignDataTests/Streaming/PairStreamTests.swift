import AlignData
import Testing

@Suite struct PairStreamTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func set(_ shards: [[Split]], _ name: String = "pairs") throws -> ShardSet {
        try ShardSamples.writePairs(to: folder.file(name), shards: shards)
        return try ShardSet(opening: folder.file(name), kind: .pairs)
    }

    /// The prompt ids of `count` groups from `position`, in batches of `size`.
    private func ids(
        _ stream: PairStream, from position: StreamPosition = .init(), count: Int, size: Int
    ) throws -> [RecordID] {
        var (position, ids): (StreamPosition, [RecordID]) = (position, [])
        while ids.count < count {
            let batch = try stream.batch(at: position, size: .groups(min(size, count - ids.count)))
            ids += batch.groups.map(\.promptID)
            position = batch.next
        }
        return ids
    }

    @Test func nothingIsLostOrRepeatedInAnyEpochForAllSmallSizes() throws {
        // Every way to cut up to 6 groups into up to 3 shards, empty shards included.
        for total in 1...6 {
            for first in 0...total {
                for second in 0...(total - first) {
                    let sizes = [first, second, total - first - second]
                    let set = try set(
                        sizes.map { Array(repeating: .train, count: $0) }, "pairs-\(total)-\(first)-\(second)"
                    )
                    let stream = try PairStream(set, seed: 5)
                    let expected = (0..<total).map { ShardSamples.prompt($0).id }.sorted()
                    #expect(stream.count == total)
                    let three = try ids(stream, count: 3 * total, size: 2)
                    for epoch in 0..<3 {
                        #expect(three[(epoch * total)..<((epoch + 1) * total)].sorted() == expected)
                    }
                }
            }
        }
    }

    @Test func theOrderIsTheSameForAnyBatchSizeAndFromAnyPosition() throws {
        let stream = try PairStream(try set([[.train, .train, .train], [.train, .train]]), seed: 1)
        let order = try ids(stream, count: 15, size: 1)
        for size in 2...16 { #expect(try ids(stream, count: 15, size: size) == order) }
        for start in 0..<15 {
            let position = StreamPosition(epoch: start / 5, index: start % 5)
            #expect(try ids(stream, from: position, count: 15 - start, size: 4) == Array(order[start...]))
        }
    }

    @Test func epochsAndSeedsHaveOtherOrders() throws {
        let set = try set([Array(repeating: .train, count: 40), Array(repeating: .train, count: 24)])
        let stream = try PairStream(set, seed: 1)
        let epochs = try (0..<4).map { try ids(stream, from: .init(epoch: $0), count: 64, size: 64) }
        let other = try ids(PairStream(set, seed: 2), count: 64, size: 64)
        #expect(Set(epochs + [other]).count == 5)
        #expect(try ids(PairStream(set, seed: 1), count: 64, size: 64) == epochs[0])
        // Shuffled across shards, not within them.
        let inFirst = Set((0..<40).map { ShardSamples.prompt($0).id })
        #expect(epochs[0].prefix(40).contains { !inFirst.contains($0) })
    }

    @Test func onlyTheSplitIsStreamed() throws {
        let splits: [[Split]] = [
            [.train, .validation, .train], [.validation], [.test, .train, .validation],
        ]
        let set = try set(splits)
        for split in Split.allCases {
            let expected = splits.flatMap { $0 }.enumerated().filter { $1 == split }
                .map { ShardSamples.prompt($0.offset).id }
            let stream = try PairStream(set, seed: 0, split: split)
            #expect(stream.count == expected.count)
            #expect(try ids(stream, count: expected.count, size: 2).sorted() == expected.sorted())
        }
        let training = try self.set([[.train]], "training")
        #expect(throws: StreamError.empty(path: training.path, split: .test)) {
            try PairStream(training, seed: 0, split: .test)
        }
    }

    @Test func aBatchHoldsTheGroupsThemselves() throws {
        let set = try set([[.train], [.train, .train]])
        let stored = try (0..<2).flatMap { try set.shard(at: $0).groups() }
        let batch = try PairStream(set, seed: 9).batch(at: .init(), size: .groups(3))
        #expect(Set(batch.groups) == Set(stored))
        #expect(batch.next == StreamPosition(epoch: 1))
    }
}
