/// Merges the symbols of a word by the rules of a byte-pair encoding: always the pair of lowest rank, the
/// leftmost of equals.
///
/// Two ways to the same ids. Short words are merged as the definition says. Long ones are cut from left to
/// right (`PieceTrie`): a sequence of tokens is the encoding of its text exactly when each two neighbours are
/// the encoding of theirs. Merges that do not cross a boundary leave its two sides independent, so the first
/// merge across one would also be made in the two tokens at its sides alone. The longest token that goes with
/// its left neighbour is taken; where none does, the last one is taken back and shortened. Every beginning of
/// a word has one encoding, so a place from which there is no way on is never entered again: the steps are
/// linear in the length.
struct WordMerger: Sendable {
    private let merges: MergeTable
    /// Made once there are long words enough: many texts have none, or a few.
    private let trie: PieceTrie.WhenNeeded

    /// Words of at most so many symbols are merged by looking for the lowest rank anew each time.
    static let scanLimit = 32

    /// - Parameter rules: by rank.
    init(_ rules: [PieceTrie.Rule]) {
        merges = MergeTable(rules)
        trie = PieceTrie.WhenNeeded(rules)
    }

    /// Merges `scratch.symbols`, ids of single bytes or characters, and appends the ids to `output`.
    func merge(_ scratch: inout Scratch, into output: inout [TokenID]) {
        let count = scratch.symbols.count
        let trie = count <= Self.scanLimit ? nil : self.trie(for: count)
        guard let trie else {
            let merged = scratch.symbols.withUnsafeMutableBufferPointer {
                Self.scan($0, merges: merges, ranks: &scratch.ranks)
            }
            for i in 0..<merged { output.append(scratch.symbols[i]) }
            return
        }
        cut(&scratch, trie: trie, into: &output)
        scratch.shrink()
    }

    /// The definition: merges in place and returns how many symbols are left. Quadratic.
    static func scan(
        _ symbols: UnsafeMutableBufferPointer<TokenID>, merges: MergeTable, ranks: inout [UInt64]
    ) -> Int {
        var count = symbols.count
        guard count > 1 else { return count }
        while ranks.count < count { ranks.append(MergeTable.none) }
        ranks.withUnsafeMutableBufferPointer { ranks in
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
        return count
    }

    /// Cuts the symbols from left to right into the tokens of their encoding.
    private func cut(_ scratch: inout Scratch, trie: PieceTrie, into output: inout [TokenID]) {
        let count = scratch.symbols.count
        let start = output.count
        if scratch.neighbours.isEmpty { scratch.neighbours = [UInt64](repeating: .max, count: 1 << 16) }
        scratch.deadEnds.removeAll(keepingCapacity: true)
        for _ in 0...(count >> 6) { scratch.deadEnds.append(0) }
        var position = 0
        var candidate = scratch.longest(at: 0, trie)
        while position < count {
            var end = position
            while candidate >= 0 {
                end = position + trie.length(of: candidate)
                if scratch.deadEnds[end >> 6] & 1 << UInt64(end & 63) == 0,
                    areNeighbours(
                        position == 0 ? Self.start : output[output.count - 1], candidate, trie, &scratch)
                {
                    break
                }
                candidate = trie.shorter(than: candidate)
            }
            if candidate >= 0 {
                output.append(candidate)
                position = end
                if position < count { candidate = scratch.longest(at: position, trie) }
            } else {
                scratch.deadEnds[position >> 6] |= 1 << UInt64(position & 63)
                precondition(output.count > start, "every word has an encoding")
                let last = output.removeLast()
                position -= trie.length(of: last)
                candidate = trie.shorter(than: last)
            }
        }
    }

    /// Stands to the left of a word's first token.
    private static let start = TokenID.max

    /// Whether the text of two tokens is encoded as these two; of one, after `start`, as this one.
    @inline(__always)
    private func areNeighbours(
        _ left: TokenID, _ right: TokenID, _ trie: PieceTrie, _ scratch: inout Scratch
    ) -> Bool {
        let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        let slot = Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 48)
        let known = scratch.neighbours[slot]
        if known >> 1 == key { return known & 1 != 0 }
        let answer = findWhetherNeighbours(left, right, trie, &scratch)
        scratch.neighbours[slot] = key << 1 | (answer ? 1 : 0)
        return answer
    }

    @inline(never)
    private func findWhetherNeighbours(
        _ left: TokenID, _ right: TokenID, _ trie: PieceTrie, _ scratch: inout Scratch
    ) -> Bool {
        scratch.pair.removeAll(keepingCapacity: true)
        if left != Self.start {
            if merges.find(left, right) != MergeTable.none { return false }
            trie.appendSymbols(of: left, to: &scratch.pair)
        }
        trie.appendSymbols(of: right, to: &scratch.pair)
        let count = scratch.pair.withUnsafeMutableBufferPointer {
            Self.scan($0, merges: merges, ranks: &scratch.ranks)
        }
        if left == Self.start { return count == 1 && scratch.pair[0] == right }
        return count == 2 && scratch.pair[0] == left && scratch.pair[1] == right
    }
}

extension WordMerger {
    /// Buffers that are reused from word to word. At most ≈ 9 MB are kept.
    struct Scratch {
        var symbols: [TokenID] = []
        fileprivate var ranks: [UInt64] = []
        fileprivate var pair: [TokenID] = []
        /// A bit for each place in the word from which there is no way on.
        fileprivate var deadEnds: [UInt64] = []
        /// Pairs of tokens looked at before, one a slot: the pair, and in the lowest bit the answer.
        fileprivate var neighbours: [UInt64] = []

        private static let keptSymbols = 1 << 21

        @inline(__always)
        fileprivate func longest(at place: Int, _ trie: PieceTrie) -> TokenID {
            symbols.withUnsafeBufferPointer { trie.longest(in: $0, at: place) }
        }

        /// Lets go of the buffers of a very long word.
        fileprivate mutating func shrink() {
            guard symbols.capacity > Self.keptSymbols else { return }
            symbols = []
            deadEnds = []
        }
    }
}
