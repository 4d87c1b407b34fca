/// Where the groups of some consecutive batches lie.
struct WindowPlan: Sendable {
    /// A prompt of a pair set.
    struct Place: Comparable {
        var shard: Int
        var position: Int

        static func < (a: Place, b: Place) -> Bool { (a.shard, a.position) < (b.shard, b.position) }
    }

    private var places: [Place] = []
    /// Of each batch, the number of places up to its end, and the position after it.
    private var ends: [(places: Int, next: StreamPosition)] = []

    /// The position after the last batch.
    var next: StreamPosition? { ends.last?.next }

    mutating func append(_ place: Place) { places.append(place) }

    mutating func endBatch(next: StreamPosition) { ends.append((places.count, next)) }

    /// The batches. Each shard is asked once, in the order of its pages.
    func batches(from set: ShardSet) throws -> [PairBatch] {
        let order = places.enumerated().map { (place: $1, slot: $0) }.sorted { $0.place < $1.place }
        var groups = [CandidateGroup?](repeating: nil, count: places.count)
        var start = 0
        while start < order.count {
            let shard = order[start].place.shard
            let end = order[start...].firstIndex { $0.place.shard != shard } ?? order.count
            let part = order[start..<end]
            let found = try set.shard(at: shard).groups(at: part.lazy.map(\.place.position))
            for (read, group) in zip(part, found) { groups[read.slot] = group }
            start = end
        }
        start = 0
        return ends.map { end in
            defer { start = end.places }
            return PairBatch(groups: groups[start..<end.places].compactMap { $0 }, next: end.next)
        }
    }
}
