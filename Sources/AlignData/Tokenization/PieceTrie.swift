import Foundation

/// The pieces of a vocabulary as a trie over the symbols (single bytes or characters) they are made of.
struct PieceTrie: Sendable {
    typealias Rule = (left: TokenID, right: TokenID, merged: TokenID)

    /// The node of each symbol that a longer piece begins with, by id; -1 for the others.
    private var first: [Int32]
    /// (node, symbol) → node, in one open-addressing table; the node in the upper half of the key.
    private var edges: [UInt64]
    private var targets: [Int32]
    private var edgeCount = 0
    /// By node; -1 where no piece ends.
    private var pieces: [TokenID] = []
    /// Piece t is made of `symbols[offsets[t] ..< offsets[t + 1]]`; of itself where that is empty.
    private var symbols: [TokenID]
    private var offsets: [Int32]

    private static let empty = UInt64.max

    /// - Parameter rules: the text of a merged id is that of its two parts. Those that make the parts usually
    ///   come before.
    init(_ rules: [Rule]) {
        (symbols, offsets) = Self.symbols(of: rules)
        let ids = offsets.count - 1
        first = [Int32](repeating: -1, count: ids)
        var capacity = 1 << 8
        while capacity < rules.count * 4 { capacity *= 2 }
        edges = [UInt64](repeating: Self.empty, count: capacity)
        targets = [Int32](repeating: -1, count: capacity)
        for id in 0..<ids where offsets[id] < offsets[id + 1] { insert(TokenID(id)) }
    }

    /// What the merged ids are made of, one after the other by id, and where each begins.
    private static func symbols(of rules: [Rule]) -> ([TokenID], offsets: [Int32]) {
        let ids = Int(rules.reduce(-1) { max($0, $1.left, $1.right, $1.merged) }) + 1
        // 1 for a symbol, 0 for what is not known yet.
        var lengths = [Int32](repeating: 1, count: ids)
        for rule in rules { lengths[Int(rule.merged)] = 0 }
        var order: [Rule] = []
        order.reserveCapacity(rules.count)
        var waiting = rules[...]
        while !waiting.isEmpty {
            var later: [Rule] = []
            for rule in waiting {
                let (left, right) = (lengths[Int(rule.left)], lengths[Int(rule.right)])
                if left == 0 || right == 0 {
                    later.append(rule)
                } else if lengths[Int(rule.merged)] == 0 {
                    lengths[Int(rule.merged)] = left + right
                    order.append(rule)
                }
            }
            // A rule whose parts no other makes is never used.
            if later.count == waiting.count { break }
            waiting = later[...]
        }
        var offsets: [Int32] = [0]
        offsets.reserveCapacity(ids + 1)
        for length in lengths { offsets.append(offsets[offsets.count - 1] + (length > 1 ? length : 0)) }
        var symbols = [TokenID](repeating: -1, count: Int(offsets[ids]))
        for rule in order {
            var place = Int(offsets[Int(rule.merged)])
            for part in [rule.left, rule.right] {
                let (start, end) = (Int(offsets[Int(part)]), Int(offsets[Int(part) + 1]))
                if start == end {
                    symbols[place] = part
                    place += 1
                }
                for i in start..<end {
                    symbols[place] = symbols[i]
                    place += 1
                }
            }
        }
        return (symbols, offsets)
    }

    private mutating func insert(_ piece: TokenID) {
        let (start, end) = (Int(offsets[Int(piece)]), Int(offsets[Int(piece) + 1]))
        var node = first[Int(symbols[start])]
        if node < 0 {
            node = addNode()
            first[Int(symbols[start])] = node
        }
        for i in (start + 1)..<end {
            let key = Self.key(node, symbols[i])
            var slot = Self.slot(key, mask: edges.count - 1)
            while edges[slot] != Self.empty && edges[slot] != key { slot = (slot + 1) & (edges.count - 1) }
            if edges[slot] == key {
                node = targets[slot]
                continue
            }
            edges[slot] = key
            node = addNode()
            targets[slot] = node
            edgeCount += 1
            if edgeCount * 2 > edges.count { grow() }
        }
        pieces[Int(node)] = piece
    }

    private mutating func addNode() -> Int32 {
        pieces.append(-1)
        return Int32(pieces.count - 1)
    }

    private mutating func grow() {
        let old = zip(edges, targets).filter { $0.0 != Self.empty }
        edges = [UInt64](repeating: Self.empty, count: edges.count * 2)
        targets = [Int32](repeating: -1, count: edges.count)
        for (key, target) in old {
            var slot = Self.slot(key, mask: edges.count - 1)
            while edges[slot] != Self.empty { slot = (slot + 1) & (edges.count - 1) }
            edges[slot] = key
            targets[slot] = target
        }
    }

    private static func key(_ node: Int32, _ symbol: TokenID) -> UInt64 {
        UInt64(UInt32(bitPattern: node)) << 32 | UInt64(UInt32(bitPattern: symbol))
    }

    private static func slot(_ key: UInt64, mask: Int) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 32) & mask
    }

    // MARK: - Asking

    /// The longest piece at a place of a word: at least the symbol there.
    @inline(__always)
    func longest(in word: UnsafeBufferPointer<TokenID>, at start: Int) -> TokenID {
        var longest = word[start]
        guard Int(longest) < first.count else { return longest }
        var node = first[Int(longest)]
        var position = start + 1
        let mask = edges.count - 1
        edges.withUnsafeBufferPointer { edges in
            while node >= 0 && position < word.count {
                let key = Self.key(node, word[position])
                var slot = Self.slot(key, mask: mask)
                while edges[slot] != key && edges[slot] != Self.empty { slot = (slot + 1) & mask }
                guard edges[slot] == key else { break }
                node = targets[slot]
                position += 1
                if pieces[Int(node)] >= 0 { longest = pieces[Int(node)] }
            }
        }
        return longest
    }

    /// The longest piece that is a proper beginning of another; -1 for a symbol.
    func shorter(than piece: TokenID) -> TokenID {
        let count = length(of: piece)
        guard count > 1 else { return -1 }
        let start = Int(offsets[Int(piece)])
        return symbols.withUnsafeBufferPointer {
            longest(in: UnsafeBufferPointer(rebasing: $0[start..<(start + count - 1)]), at: 0)
        }
    }

    /// In symbols.
    @inline(__always)
    func length(of piece: TokenID) -> Int {
        guard Int(piece) + 1 < offsets.count else { return 1 }
        return max(1, Int(offsets[Int(piece) + 1] - offsets[Int(piece)]))
    }

    func appendSymbols(of piece: TokenID, to output: inout [TokenID]) {
        let start = output.count
        if Int(piece) + 1 < offsets.count {
            for i in Int(offsets[Int(piece)])..<Int(offsets[Int(piece) + 1]) { output.append(symbols[i]) }
        }
        if output.count == start { output.append(piece) }
    }
}

extension PieceTrie {
    /// A trie that is made when it is worth it, by one of the threads that ask: making it costs as much as merging
    /// some dozens of long words by the definition.
    final class WhenNeeded: @unchecked Sendable {
        private let rules: [Rule]
        private let lock = NSLock()
        private var trie: PieceTrie?
        /// What is left to spend on merging long words by the definition, in symbols squared.
        private var budget = 1 << 22

        init(_ rules: [Rule]) { self.rules = rules }

        /// - Parameter count: the symbols of a word.
        /// - Returns: nil where the word is to be merged by the definition.
        func callAsFunction(for count: Int) -> PieceTrie? {
            lock.withLock {
                if let trie { return trie }
                if count < 1 << 10 {
                    budget -= count * count
                    if budget > 0 { return nil }
                }
                let made = PieceTrie(rules)
                trie = made
                return made
            }
        }
    }
}
