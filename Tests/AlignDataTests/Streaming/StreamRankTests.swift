import AlignData
import Foundation
import Testing

/// Ranks, budgets and reading ahead change who reads what and when, never what is read.
@Suite struct StreamRankTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func stream(_ sizes: [Int]) throws -> PairStream {
        let path = folder.file("pairs-" + sizes.map(String.init).joined(separator: "-"))
        if !FileManager.default.fileExists(atPath: path) {
            try ShardSamples.writePairs(to: path, shards: sizes.map { Array(repeating: .train, count: $0) })
        }
        return try PairStream(try ShardSet(opening: path, kind: .pairs), seed: 3)
    }

    /// One rank's whole epochs, in order.
    private func order(_ stream: PairStream, epochs: Int) throws -> [CandidateGroup] {
        try (0..<epochs).flatMap {
            try stream.batch(at: StreamPosition(epoch: $0), size: .groups(stream.count)).groups
        }
    }

    @Test func theRanksTakeEveryGroupOnceHoweverTheirNumberChanges() throws {
        for sizes in [[1], [2, 1], [0, 3, 2], [4, 0, 3]] {
            let stream = try stream(sizes)
            let expected = try order(stream, epochs: 2)
            for size in 1...4 {
                for firstRanks in 1...4 {
                    // Another number of ranks goes on at every batch.
                    var (position, ranks, taken) = (StreamPosition(), firstRanks, [CandidateGroup]())
                    while position.epoch < 2 {
                        let parts = try (0..<ranks).map {
                            try stream.batch(
                                at: position, size: .groups(size), rank: StreamRank($0, of: ranks))
                        }
                        #expect(Set(parts.map(\.next)).count == 1)
                        // Within a batch the ranks take turns; the batch may begin at any of them.
                        var rest = parts.map { $0.groups[...] }
                        var turn = position.index % ranks
                        while rest.contains(where: { !$0.isEmpty }) {
                            if let group = rest[turn].popFirst() { taken.append(group) }
                            turn = (turn + 1) % ranks
                        }
                        let counts = parts.map(\.groups.count)
                        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
                        position = parts[0].next
                        ranks = ranks % 4 + 1
                    }
                    #expect(taken == expected)
                }
            }
        }
    }

    @Test func aBudgetIsFilledAndNeverExceededButByOneGroup() throws {
        let stream = try stream([5, 4])
        let expected = try order(stream, epochs: 2)
        for budget in [1, 12, 20, 31, 50, 1000] {
            var (position, taken) = (StreamPosition(), [CandidateGroup]())
            while position.epoch < 2 {
                let batch = try stream.batch(at: position, size: .tokens(budget))
                let tokens = batch.groups.reduce(0) { $0 + $1.tokenCount }
                taken += batch.groups
                #expect(!batch.groups.isEmpty && (tokens <= budget || batch.groups.count == 1))
                if batch.next.epoch == position.epoch {
                    #expect(tokens + expected[taken.count].tokenCount > budget)
                }
                position = batch.next
            }
            #expect(taken == expected)
        }
    }

    @Test func batchesReadTogetherAreThoseReadAlone() throws {
        let stream = try stream([3, 4, 2])
        for size in [BatchSize.groups(2), .groups(4), .tokens(25)] {
            for count in 1...12 {
                var position = StreamPosition(epoch: 1, index: 3)
                for batch in try stream.batches(at: position, size: size, count: count) {
                    #expect(try stream.batch(at: position, size: size) == batch)
                    position = batch.next
                }
            }
        }
    }

    @Test func manyGroupsComeInTheSameOrderFromAnyNumberOfThreads() throws {
        let sizes = [70, 1, 59]
        let stream = try stream(sizes)
        let alone = try (0..<130).flatMap {
            try stream.batch(at: StreamPosition(index: $0), size: .groups(1)).groups
        }
        #expect(try order(stream, epochs: 1) == alone)
        for threads in 1...4 {
            let ahead = PairPrefetch(try self.stream(sizes), window: 3, threads: threads)
            var (position, groups) = (StreamPosition(), [CandidateGroup]())
            while position.epoch == 0 {
                let batch = try ahead.batch(at: position, size: .groups(4))
                groups += batch.groups
                position = batch.next
            }
            #expect(groups == alone)
        }
    }

    @Test func readingAheadChangesNothing() throws {
        let sizes = [3, 4]
        let plain = try stream(sizes)
        for window in [1, 2, 5] {
            let ahead = PairPrefetch(try stream(sizes), window: window)
            #expect(ahead.groupCount == 7)
            var position = StreamPosition()
            for step in 0..<40 {
                let size = step % 11 == 10 ? BatchSize.tokens(30) : .groups(2)
                let rank = step < 30 ? StreamRank.only : StreamRank(1, of: 2)
                let batch = try ahead.batch(at: position, size: size, rank: rank)
                #expect(try plain.batch(at: position, size: size, rank: rank) == batch)
                // Now and then the reader jumps, back or ahead.
                position = step % 7 == 6 ? StreamPosition(epoch: step % 3, index: step % 5) : batch.next
            }
        }
    }

    @Test func aShardThatIsGoneOrChangedStopsBeforeTheFirstBatch() throws {
        let path = folder.file("set")
        try ShardSamples.writePairs(to: path, shards: [[.train], [.train]])
        #expect(throws: StreamError.empty(path: path, split: .test)) {
            try PairStream(try ShardSet(opening: path, kind: .pairs), seed: 0, split: .test)
        }
        try SQLiteShell(path + "/shard-00001.sqlite", readonly: false).execute(
            "UPDATE completion SET reward = reward + 1")
        #expect(throws: ShardError.wrongHash(path: path + "/shard-00001.sqlite")) {
            try PairStream(try ShardSet(opening: path, kind: .pairs), seed: 0)
        }
    }
}
