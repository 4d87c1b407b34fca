/// The model: merges the symbols of one word, always the pair of lowest rank, the leftmost of equals.
struct BytePairEncoding: Sendable {
    let symbols: SymbolTable
    let merges: MergeTable
    /// Words that are pieces, where the vocabulary takes these before it merges anything.
    let wholeWords: PieceTable?

    /// Words of at most so many symbols are merged by looking for the lowest rank anew each time:
    /// quadratic, but on so few it beats a heap.
    private static let scanLimit = 48

    /// Appends the ids of `word` to `output`.
    func encode(_ word: UnsafeBufferPointer<UInt8>, into output: inout [TokenID], scratch: inout Scratch) {
        if let whole = wholeWords?.find(word) { return output.append(whole) }
        scratch.symbols.removeAll(keepingCapacity: true)
        symbols.append(word, to: &scratch.symbols)
        if scratch.symbols.count <= Self.scanLimit {
            mergeByScan(&scratch)
        } else {
            mergeByHeap(&scratch)
        }
        output += scratch.symbols
    }

    private func mergeByScan(_ scratch: inout Scratch) {
        var count = scratch.symbols.count
        guard count > 1 else { return }
        while scratch.ranks.count < count { scratch.ranks.append(MergeTable.none) }
        scratch.symbols.withUnsafeMutableBufferPointer { symbols in
            scratch.ranks.withUnsafeMutableBufferPointer { ranks in
                for i in 0..<(count - 1) { ranks[i] = merges.find(symbols[i], symbols[i + 1]) }
                while count > 1 {
                    var best = 0
                    var lowest = ranks[0]
                    for i in 1..<max(1, count - 1) where ranks[i] < lowest {
                        lowest = ranks[i]
                        best = i
                    }
                    guard lowest != MergeTable.none else { break }
                    symbols[best] = TokenID(truncatingIfNeeded: lowest)
                    count -= 1
                    for i in (best + 1)..<max(best + 1, count) { symbols[i] = symbols[i + 1] }
                    for i in (best + 1)..<max(best + 1, count - 1) { ranks[i] = ranks[i + 1] }
                    if best + 1 < count { ranks[best] = merges.find(symbols[best], symbols[best + 1]) }
                    if best > 0 { ranks[best - 1] = merges.find(symbols[best - 1], symbols[best]) }
                }
            }
        }
        scratch.symbols.removeSubrange(count...)
    }

    /// O(n log n): a heap of candidate merges over a doubly linked list of symbols. A candidate is stale, and
    /// skipped, when its pair no longer merges to what it says.
    private func mergeByHeap(_ scratch: inout Scratch) {
        let count = scratch.symbols.count
        scratch.next.removeAll(keepingCapacity: true)
        scratch.previous.removeAll(keepingCapacity: true)
        for i in 0..<Int32(count) {
            scratch.next.append(i + 1)
            scratch.previous.append(i - 1)
        }
        var heap = MergeHeap(capacity: count)
        scratch.symbols.withUnsafeMutableBufferPointer { symbols in
            scratch.next.withUnsafeMutableBufferPointer { next in
                scratch.previous.withUnsafeMutableBufferPointer { previous in
                    merge(symbols, next, previous, &heap)
                }
            }
        }
        scratch.symbols.removeAll { $0 < 0 }
    }

    private func merge(
        _ symbols: UnsafeMutableBufferPointer<TokenID>, _ next: UnsafeMutableBufferPointer<Int32>,
        _ previous: UnsafeMutableBufferPointer<Int32>, _ heap: inout MergeHeap
    ) {
        let count = symbols.count
        for left in 0..<(count - 1) {
            let found = merges.find(symbols[left], symbols[left + 1])
            if found != MergeTable.none {
                heap.push(MergeHeap.Candidate(merge: found, position: Int32(left)))
            }
        }
        while let top = heap.pop() {
            let left = Int(top.position)
            guard symbols[left] >= 0 else { continue }
            let right = Int(next[left])
            guard right < count, merges.find(symbols[left], symbols[right]) == top.merge else { continue }
            symbols[left] = TokenID(truncatingIfNeeded: top.merge)
            symbols[right] = -1
            let after = Int(next[right])
            next[left] = Int32(after)
            if after < count {
                previous[after] = Int32(left)
                let found = merges.find(symbols[left], symbols[after])
                if found != MergeTable.none {
                    heap.push(MergeHeap.Candidate(merge: found, position: top.position))
                }
            }
            let before = previous[left]
            if before >= 0 {
                let found = merges.find(symbols[Int(before)], symbols[left])
                if found != MergeTable.none { heap.push(MergeHeap.Candidate(merge: found, position: before)) }
            }
        }
    }
}

extension BytePairEncoding {
    /// Buffers that are reused from word to word.
    struct Scratch {
        var symbols: [TokenID] = []
        var ranks: [UInt64] = []
        /// The linked list of `mergeByHeap`: the neighbours of each symbol that is left.
        var next: [Int32] = []
        var previous: [Int32] = []
    }
}

/// A binary min-heap of merges, lowest rank first, then leftmost.
private struct MergeHeap {
    struct Candidate {
        /// Rank and merged id, as `MergeTable.find` packs them.
        let merge: UInt64
        let position: Int32

        @inline(__always)
        static func < (a: Candidate, b: Candidate) -> Bool {
            a.merge != b.merge ? a.merge < b.merge : a.position < b.position
        }
    }

    private var items: [Candidate] = []

    init(capacity: Int) { items.reserveCapacity(capacity) }

    mutating func push(_ item: Candidate) {
        items.append(item)
        items.withUnsafeMutableBufferPointer { items in
            var child = items.count - 1
            while child > 0 {
                let parent = (child - 1) / 2
                guard item < items[parent] else { break }
                items[child] = items[parent]
                child = parent
            }
            items[child] = item
        }
    }

    mutating func pop() -> Candidate? {
        guard let top = items.first, let last = items.popLast() else { return nil }
        let count = items.count
        guard count > 0 else { return top }
        items.withUnsafeMutableBufferPointer { items in
            var hole = 0
            while true {
                var child = 2 * hole + 1
                guard child < count else { break }
                if child + 1 < count && items[child + 1] < items[child] { child += 1 }
                guard items[child] < last else { break }
                items[hole] = items[child]
                hole = child
            }
            items[hole] = last
        }
        return top
    }
}
