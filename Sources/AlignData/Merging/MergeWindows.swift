/// Merges a long word in windows that overlap.
///
/// The ids are those of the whole by this law: a sequence of tokens is the encoding of its text exactly when each two
/// neighbours are the encoding of theirs. (Merges that cross no boundary leave its two sides independent, so the first
/// merge across one would also be made in the two tokens at its sides alone.) So where two windows agree on a token,
/// what comes before it in the first and what comes after it in the second are the encoding of both together. Where
/// they do not agree, they are made larger: O(n log n) at worst, and for most text a seventh more than the windows
/// themselves.
///
/// A window that reads as one of the last few did is not merged again: runs of a letter, or of a short period, are
/// compared and copied.
struct MergeWindows {
    /// A part of a word and, among those kept, its encoding.
    private struct Window {
        let start: Int
        let end: Int
        let encoding: Int
    }

    fileprivate struct Encoding {
        /// Where in the word its symbols stand, once at least.
        var start = 0
        /// How many these are; 0 where nothing is kept.
        var count = 0
        var tokens: [TokenID] = []
        /// Where the tokens begin, from the first symbol, and where the last one ends.
        var places: [Int] = []
    }

    private var kept = [Encoding](repeating: Encoding(), count: 8)
    private var newest = 0

    /// Appends the ids of the word made of `symbols` to `output`.
    mutating func merge(
        _ symbols: UnsafeBufferPointer<TokenID>, _ merges: MergeTable, into output: inout [TokenID]
    ) {
        defer { forget() }
        let outputStart = output.count
        var size = MergeScan.limit
        var window = window(symbols, at: 0, size: size, merges)
        // The window's first token that is not in `output`: the one that the last two agreed on.
        var agreed = 0
        while window.end < symbols.count {
            if let next = next(after: window, size: size, symbols, merges),
                let (last, first) = agreement(of: window, and: next), last >= agreed
            {
                output += kept[window.encoding].tokens[agreed..<last]
                (window, agreed) = (next, first)
                continue
            }
            size *= 2
            let larger = self.window(
                symbols, at: place(of: agreed, in: window), size: size, merges, keeping: window.encoding)
            if larger.start == 0 || isEqual(0, of: larger, agreed, of: window) {
                (window, agreed) = (larger, 0)
            } else {
                // What was agreed on depends on what comes later: the word as a whole.
                output.removeLast(output.count - outputStart)
                (window, agreed) = (self.window(symbols, at: 0, size: symbols.count, merges), 0)
            }
        }
        output += kept[window.encoding].tokens[agreed...]
    }

    /// - Parameters:
    ///   - size: in symbols; fewer where the word ends before.
    ///   - other: an encoding that must stay.
    private mutating func window(
        _ symbols: UnsafeBufferPointer<TokenID>, at start: Int, size: Int, _ merges: MergeTable,
        keeping other: Int? = nil
    ) -> Window {
        let part = UnsafeBufferPointer(rebasing: symbols[start..<min(symbols.count, start + size)])
        let known = kept.firstIndex { known in
            known.count == part.count
                && part.elementsEqual(symbols[known.start..<known.start + known.count])
        }
        if let known { return Window(start: start, end: start + part.count, encoding: known) }
        repeat { newest = (newest + 1) % kept.count } while newest == other
        kept[newest].start = start
        kept[newest].merge(part, merges)
        return Window(start: start, end: start + part.count, encoding: newest)
    }

    /// The window after one: it begins with a token of it that has an eighth of it behind itself.
    /// - Returns: nil where that leads too little on.
    private mutating func next(
        after window: Window, size: Int, _ symbols: UnsafeBufferPointer<TokenID>, _ merges: MergeTable
    ) -> Window? {
        let count = window.end - window.start
        guard let place = kept[window.encoding].places.last(where: { $0 <= count - count / 8 }),
            place >= count / 4
        else { return nil }
        return self.window(
            symbols, at: window.start + place, size: size, merges, keeping: window.encoding)
    }

    /// The first token that two windows have in common, by its number in each.
    private func agreement(of window: Window, and next: Window) -> (Int, Int)? {
        let tokens = kept[window.encoding].tokens.count
        let others = kept[next.encoding].tokens.count
        var token = kept[window.encoding].places.firstIndex { window.start + $0 >= next.start } ?? tokens
        var other = 0
        while token < tokens && other < others {
            let place = place(of: token, in: window)
            let otherPlace = self.place(of: other, in: next)
            if isEqual(token, of: window, other, of: next) { return (token, other) }
            if place <= otherPlace { token += 1 }
            if otherPlace <= place { other += 1 }
        }
        return nil
    }

    /// Where a token begins in the word.
    private func place(of token: Int, in window: Window) -> Int {
        window.start + kept[window.encoding].places[token]
    }

    private func isEqual(_ token: Int, of window: Window, _ other: Int, of next: Window) -> Bool {
        kept[window.encoding].tokens[token] == kept[next.encoding].tokens[other]
            && place(of: token, in: window) == place(of: other, in: next)
            && place(of: token + 1, in: window) == place(of: other + 1, in: next)
    }

    /// Keeps nothing of this word, and no buffers larger than usual.
    private mutating func forget() {
        for i in kept.indices {
            kept[i].count = 0
            if kept[i].places.capacity > 1 << 12 { kept[i] = Encoding() }
        }
    }
}

extension MergeWindows.Encoding {
    /// Becomes the encoding of `part`.
    mutating func merge(_ part: UnsafeBufferPointer<TokenID>, _ merges: MergeTable) {
        count = part.count
        tokens.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        withUnsafeTemporaryAllocation(of: TokenID.self, capacity: count) { symbols in
            _ = symbols.initialize(from: part)
            guard count > MergeScan.limit else {
                var starts = MergeScan.merge(symbols, merges)
                while starts != 0 {
                    places.append(starts.trailingZeroBitCount)
                    starts &= starts &- 1
                }
                for place in places { tokens.append(symbols[place]) }
                places.append(count)
                return
            }
            places = MergeQueue.merge(symbols, merges)
            for place in places.dropLast() { tokens.append(symbols[place]) }
        }
    }
}
