/// The definition of byte-pair encoding on up to 64 symbols: the lowest rank is looked for anew each time. Quadratic,
/// and for so few the fastest: what is looked through is one run of numbers.
enum MergeScan {
    static let limit = UInt64.bitWidth

    /// Merges in place.
    /// - Parameter symbols: at most `limit`.
    /// - Returns: a bit for each place where a token begins; there it stands in `symbols`.
    static func merge(_ symbols: UnsafeMutableBufferPointer<TokenID>, _ merges: MergeTable) -> UInt64 {
        let count = symbols.count
        var starts = UInt64.max >> UInt64(limit - count)
        guard count > 1 else { return starts }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: limit) { pairs in
            // By the place of a pair's left side: the rank, and below it the place, so that the least number is
            // the leftmost pair of lowest rank.
            for i in 0..<(count - 1) { pairs[i] = merges.rank(symbols[i], symbols[i + 1]) << 6 | Int32(i) }
            // A multiple of eight, so that the least is found eight at a time.
            let searched = (count + 7) & ~7
            for i in (count - 1)..<searched { pairs[i] = .max }
            while true {
                var least = Int32.max
                for i in 0..<searched { least = min(least, pairs[i]) }
                let rank = least >> 6
                guard rank < MergeTable.none else { break }
                let left = Int(least & 63)
                symbols[left] = merges.merged(rank)
                let after = starts & ~(UInt64.max >> UInt64(limit - 1 - left))
                let right = after.trailingZeroBitCount
                starts &= ~(1 << UInt64(right))
                pairs[right] = .max
                let next = (after & (after &- 1)).trailingZeroBitCount
                pairs[left] =
                    next < limit ? merges.rank(symbols[left], symbols[next]) << 6 | Int32(left) : .max
                let before = starts & ((1 << UInt64(left)) &- 1)
                if before != 0 {
                    let previous = limit - 1 - before.leadingZeroBitCount
                    pairs[previous] =
                        merges.rank(symbols[previous], symbols[left]) << 6 | Int32(previous)
                }
            }
        }
        return starts
    }
}
