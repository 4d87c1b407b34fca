/// The definition of byte-pair encoding on any number of symbols: a queue of pairs by rank, O(n log n).
struct MergeQueue {
    /// A binary heap of ranks, each above the place of its pair's left side: the least is the leftmost pair of lowest
    /// rank. Pairs that are gone stay in it until they come up.
    private var heap: [UInt64] = []
    /// By place: the rank of the pair that begins there.
    private var ranks: [Int32]
    /// By place: where the tokens beside the one that begins there begin.
    private var next: [Int]
    private var previous: [Int]

    private init(count: Int) {
        ranks = [Int32](repeating: MergeTable.none, count: count)
        next = Array(1..<count + 1)
        previous = Array(-1..<count - 1)
    }

    /// Merges in place.
    /// - Returns: each place where a token begins (there it stands in `symbols`), and the end.
    static func merge(_ symbols: UnsafeMutableBufferPointer<TokenID>, _ merges: MergeTable) -> [Int] {
        var queue = MergeQueue(count: symbols.count)
        for place in symbols.indices { queue.push(place, symbols, merges) }
        while let (rank, place) = queue.pop() {
            guard queue.ranks[place] == rank else { continue }
            symbols[place] = merges.merged(rank)
            let right = queue.next[place]
            queue.ranks[right] = MergeTable.none
            queue.next[place] = queue.next[right]
            if queue.next[place] < symbols.count { queue.previous[queue.next[place]] = place }
            queue.push(place, symbols, merges)
            if queue.previous[place] >= 0 { queue.push(queue.previous[place], symbols, merges) }
        }
        return Array(sequence(first: 0) { $0 < symbols.count ? queue.next[$0] : nil })
    }

    /// Ranks the pair that begins at a place anew.
    private mutating func push(
        _ place: Int, _ symbols: UnsafeMutableBufferPointer<TokenID>, _ merges: MergeTable
    ) {
        let right = next[place]
        ranks[place] = right < symbols.count ? merges.rank(symbols[place], symbols[right]) : MergeTable.none
        guard ranks[place] < MergeTable.none else { return }
        let item = UInt64(ranks[place]) << 32 | UInt64(place)
        heap.append(item)
        var child = heap.count - 1
        while child > 0, item < heap[(child - 1) / 2] {
            heap[child] = heap[(child - 1) / 2]
            child = (child - 1) / 2
        }
        heap[child] = item
    }

    private mutating func pop() -> (rank: Int32, place: Int)? {
        guard let least = heap.first, let item = heap.popLast() else { return nil }
        if !heap.isEmpty {
            var parent = 0
            while parent * 2 + 1 < heap.count {
                var child = parent * 2 + 1
                if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
                guard heap[child] < item else { break }
                heap[parent] = heap[child]
                parent = child
            }
            heap[parent] = item
        }
        return (Int32(least >> 32), Int(least & 0xffff_ffff))
    }
}
