/// The groups of one split of a pair set, in an order that is a pure function of (manifest, seed, epoch): a full
/// permutation, other in each epoch, of which only the asked part is ever computed. Any position is reached at once.
public final class PairStream {
    /// Groups in an epoch.
    public let count: Int
    public let seed: UInt64
    public let split: Split

    private let shardSet: ShardSet
    /// Per shard, the positions of the split's prompts; empty where `isWhole`.
    private var positions: [[Int32]] = []
    /// Per shard, whether all its prompts are of the split, so that they need no list.
    private var isWhole: [Bool] = []
    /// Per shard, the number of groups in the shards before it, and at last the number of all.
    private var starts = [0]

    /// Reads the index (split of each prompt) once.
    /// - Throws: `StreamError.empty` when the split has no groups; `ShardError`.
    public init(_ shardSet: ShardSet, seed: UInt64, split: Split = .train) throws {
        precondition(shardSet.kind == .pairs, "a stream reads pairs")
        self.shardSet = shardSet
        self.seed = seed
        self.split = split
        for index in 0..<shardSet.shardCount {
            let shard = try shardSet.shard(at: index)
            let found = try shard.positions(of: split)
            let whole = found.count == shard.rowCounts["prompt"]
            isWhole.append(whole)
            positions.append(whole ? [] : found.map(Int32.init))
            starts.append(starts[index] + found.count)
        }
        count = starts[shardSet.shardCount]
        guard count > 0 else { throw StreamError.empty(path: shardSet.path, split: split) }
    }

    /// The next `count` groups from `position` on, across the end of an epoch where it comes, and the position
    /// after them.
    public func batch(
        at position: StreamPosition, count: Int
    ) throws -> (groups: [CandidateGroup], next: StreamPosition) {
        precondition(count >= 0, "a batch of a negative number of groups")
        let (places, next) = places(at: position, count: count)
        // Each shard is asked once, in ascending order of position; then the groups take their places.
        var groups = [CandidateGroup?](repeating: nil, count: places.count)
        var byShard: [Int: [Int]] = [:]
        for (slot, place) in places.enumerated() { byShard[place.shard, default: []].append(slot) }
        for shard in byShard.keys.sorted() {
            let slots = (byShard[shard] ?? []).sorted { places[$0].position < places[$1].position }
            let read = try shardSet.shard(at: shard).groups(at: slots.map { places[$0].position })
            for (slot, group) in zip(slots, read) { groups[slot] = group }
        }
        return (groups.compactMap { $0 }, next)
    }

    /// Where the next `count` groups lie, in the order of the stream.
    func places(
        at position: StreamPosition, count: Int
    ) -> (places: [(shard: Int, position: Int)], next: StreamPosition) {
        precondition(
            position.epoch >= 0 && 0 <= position.index && position.index < self.count,
            "a position of this stream")
        var next = position
        var places: [(shard: Int, position: Int)] = []
        places.reserveCapacity(count)
        var order = permutation(ofEpoch: next.epoch)
        while places.count < count {
            places.append(place(of: order[next.index]))
            next.index += 1
            if next.index == self.count {
                next = StreamPosition(epoch: next.epoch + 1)
                order = permutation(ofEpoch: next.epoch)
            }
        }
        return (places, next)
    }

    private func permutation(ofEpoch epoch: Int) -> Permutation {
        Permutation(count: count, seed: seed, lane: UInt32(truncatingIfNeeded: epoch))
    }

    /// Shard and position of the split's `ordinal`-th group.
    private func place(of ordinal: Int) -> (shard: Int, position: Int) {
        // The last shard that starts at or before it; empty shards start where the next one does.
        var (low, high) = (0, starts.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= ordinal { low = middle } else { high = middle }
        }
        let offset = ordinal - starts[low]
        return (low, isWhole[low] ? offset : Int(positions[low][offset]))
    }
}
