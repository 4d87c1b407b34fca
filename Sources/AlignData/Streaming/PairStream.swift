/// Consecutive groups of a stream.
public struct PairBatch: Hashable, Sendable {
    /// What the rank takes of the batch, in order: nothing, where the batch has fewer groups than there are ranks.
    public var groups: [CandidateGroup]
    /// The position after the batch, the same for all ranks: index 0 of the next epoch after the last of one.
    public var next: StreamPosition
}

/// The groups of one split of a pair set, in an order that is a pure function of (manifest, seed, epoch): a full
/// permutation, other in each epoch, of which only the asked part is ever computed. Any position is reached at once.
///
/// For one thread at a time.
public final class PairStream {
    /// Groups in an epoch.
    public let count: Int
    public let seed: UInt64
    public let split: Split

    let shardSet: ShardSet
    /// Per shard, the positions of the split's prompts; empty where `isWhole`.
    private var positions: [[Int32]] = []
    /// Per shard, whether all its prompts are of the split, so that they need no list.
    private var isWhole: [Bool] = []
    /// Per shard, the number of groups in the shards before it, and at last the number of all.
    private var starts = [0]

    /// Opens every shard once.
    /// - Parameter shardSet: opened with its hashes checked: then nothing that a shard holds can stop the stream later.
    /// - Throws: `StreamError.empty` when the split has no groups; `ShardError`.
    public init(_ shardSet: ShardSet, seed: UInt64, split: Split = .train) throws {
        precondition(shardSet.kind == .pairs, "a stream reads pairs")
        self.shardSet = shardSet
        self.seed = seed
        self.split = split
        for index in 0..<shardSet.shardCount {
            let shard = try shardSet.shard(at: index)
            let found = shard.promptCounts[split.rawValue] ?? 0
            let whole = found == shard.rowCounts["prompt"]
            isWhole.append(whole)
            positions.append(whole || found == 0 ? [] : try shard.positions(of: split).map(Int32.init))
            guard whole || positions[index].count == found else {
                throw ShardError.notAShard(
                    path: shard.path, detail: "it has not the \(split.rawValue) prompts that it states")
            }
            starts.append(starts[index] + found)
        }
        count = starts[shardSet.shardCount]
        guard count > 0 else { throw StreamError.empty(path: shardSet.path, split: split) }
    }

    /// The batch that begins at `position`.
    public func batch(
        at position: StreamPosition, size: BatchSize, rank: StreamRank = .only
    ) throws -> PairBatch {
        try batches(at: position, size: size, rank: rank, count: 1)[0]
    }

    /// The next `count` batches from `position` on. Read together they cost less: each shard is asked once, in the
    /// order of its pages.
    public func batches(
        at position: StreamPosition, size: BatchSize, rank: StreamRank = .only, count: Int
    ) throws -> [PairBatch] {
        try plan(at: position, size: size, rank: rank, count: count).batches(from: shardSet)
    }

    /// Where the groups of the next `count` batches lie, which any reader of the set then reads.
    func plan(
        at position: StreamPosition, size: BatchSize, rank: StreamRank, count: Int
    ) throws -> WindowPlan {
        var plan = WindowPlan()
        var position = position
        for _ in 0..<count {
            position = try append(batchAt: position, size, rank, to: &plan)
            plan.endBatch(next: position)
        }
        return plan
    }

    /// Appends the places of the rank's part of one batch.
    /// - Returns: the position after the batch.
    private func append(
        batchAt position: StreamPosition, _ size: BatchSize, _ rank: StreamRank, to plan: inout WindowPlan
    ) throws -> StreamPosition {
        precondition(
            position.epoch >= 0 && 0 <= position.index && position.index < count, "a position of this stream")
        let order = Permutation(
            count: count, seed: seed, lane: UInt32(truncatingIfNeeded: position.epoch))
        var index = position.index
        var tokens = 0
        while index < count {
            let isOwn = index % rank.count == rank.index
            switch size {
            case .groups(let most):
                precondition(most > 0, "a batch has groups")
                if index - position.index == most {
                    return StreamPosition(epoch: position.epoch, index: index)
                }
                if isOwn { plan.append(place(of: order[index])) }
            case .tokens(let most):
                let place = place(of: order[index])
                tokens += try shardSet.shard(at: place.shard).tokenCount(ofGroupAt: place.position)
                if tokens > most && index > position.index {
                    return StreamPosition(epoch: position.epoch, index: index)
                }
                if isOwn { plan.append(place) }
            }
            index += 1
        }
        return StreamPosition(epoch: position.epoch + 1)
    }

    /// Shard and position of the split's `ordinal`-th group.
    private func place(of ordinal: Int) -> WindowPlan.Place {
        // The last shard that starts at or before it; empty shards start where the next one does.
        var (low, high) = (0, starts.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= ordinal { low = middle } else { high = middle }
        }
        let offset = ordinal - starts[low]
        return WindowPlan.Place(
            shard: low, position: isWhole[low] ? offset : Int(positions[low][offset]))
    }
}
