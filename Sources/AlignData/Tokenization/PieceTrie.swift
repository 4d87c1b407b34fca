import Foundation

/// The tokens that an encoding can contain, as a trie over the symbols (single bytes or characters) they are made of.
///
/// A piece that its own text is not merged to is left out: no encoding contains it.
struct PieceTrie: Sendable {
    /// The node of each symbol that a longer token begins with, by id; -1 for the others.
    private var first: [Int32] = []
    /// (node, symbol) → node, in one open-addressing table; the node in the upper half of the key.
    private var edges: [UInt64] = []
    private var targets: [Int32] = []
    private var edgeCount = 0
    /// By node; -1 where no token ends.
    private var tokens: [TokenID] = []
    /// Token t is made of `symbols[offsets[t] ..< offsets[t + 1]]`; of itself where that is empty.
    private var symbols: [TokenID] = []
    private var offsets: [Int32] = []
    /// By token: the longest token that is a proper beginning of it; -1 for a symbol.
    private var shorter: [TokenID] = []

    private static let empty = UInt64.max

    /// - Parameter merges: the text of a merged id is that of its two parts.
    init(_ merges: MergeTable) {
        let parts = Self.symbols(of: merges.rules)
        offsets = [0]
        offsets.reserveCapacity(parts.count + 1)
        for part in parts {
            symbols += part
            offsets.append(Int32(symbols.count))
        }
        first = [Int32](repeating: -1, count: parts.count)
        shorter = [TokenID](repeating: -1, count: parts.count)
        edges = [UInt64](repeating: Self.empty, count: 1 << 12)
        targets = [Int32](repeating: -1, count: 1 << 12)
        var ranks: [UInt64] = []
        var reachable: [TokenID] = []
        for (id, part) in parts.enumerated() where !part.isEmpty {
            var merged = part
            let count = merged.withUnsafeMutableBufferPointer {
                WordMerger.scan($0, merges: merges, ranks: &ranks)
            }
            guard count == 1, merged[0] == TokenID(id) else { continue }
            insert(part, token: TokenID(id))
            reachable.append(TokenID(id))
        }
        for id in reachable {
            let part = parts[Int(id)]
            shorter[Int(id)] = longest(in: part.dropLast(), at: 0)
        }
    }

    /// What each merged id is made of, by id; empty for the others.
    private static func symbols(
        of rules: [(left: TokenID, right: TokenID, merged: TokenID)]
    ) -> [[TokenID]] {
        let ids = rules.map { max($0.left, $0.right, $0.merged) }.max() ?? -1
        var parts = [[TokenID]](repeating: [], count: Int(ids) + 1)
        var isMerged = [Bool](repeating: false, count: parts.count)
        for rule in rules { isMerged[Int(rule.merged)] = true }
        var waiting = rules
        // One round, where every rule comes after those that make its parts.
        while !waiting.isEmpty {
            let before = waiting.count
            waiting = waiting.filter { rule in
                let left = parts[Int(rule.left)]
                let right = parts[Int(rule.right)]
                if left.isEmpty && isMerged[Int(rule.left)] || right.isEmpty && isMerged[Int(rule.right)] {
                    return true
                }
                if parts[Int(rule.merged)].isEmpty {
                    parts[Int(rule.merged)] =
                        (left.isEmpty ? [rule.left] : left) + (right.isEmpty ? [rule.right] : right)
                }
                return false
            }
            if waiting.count == before { break }
        }
        return parts
    }

    private mutating func insert(_ part: [TokenID], token: TokenID) {
        var node = first[Int(part[0])]
        if node < 0 {
            node = addNode()
            first[Int(part[0])] = node
        }
        for symbol in part.dropFirst() {
            let key = Self.key(node, symbol)
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
        tokens[Int(node)] = token
    }

    private mutating func addNode() -> Int32 {
        tokens.append(-1)
        return Int32(tokens.count - 1)
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

    /// The longest token at a place of a word: at least the symbol there.
    @inline(__always)
    func longest<Word: RandomAccessCollection>(in word: Word, at start: Int) -> TokenID
    where Word.Element == TokenID, Word.Index == Int {
        var longest = word[start]
        guard Int(longest) < first.count else { return longest }
        var node = first[Int(longest)]
        var position = start + 1
        let mask = edges.count - 1
        edges.withUnsafeBufferPointer { edges in
            while node >= 0 && position < word.endIndex {
                let key = Self.key(node, word[position])
                var slot = Self.slot(key, mask: mask)
                while edges[slot] != key && edges[slot] != Self.empty { slot = (slot + 1) & mask }
                guard edges[slot] == key else { break }
                node = targets[slot]
                position += 1
                if tokens[Int(node)] >= 0 { longest = tokens[Int(node)] }
            }
        }
        return longest
    }

    /// The longest token that is a proper beginning of `token`; -1 for a symbol.
    @inline(__always)
    func shorter(than token: TokenID) -> TokenID { Int(token) < shorter.count ? shorter[Int(token)] : -1 }

    /// In symbols.
    @inline(__always)
    func length(of token: TokenID) -> Int {
        guard Int(token) + 1 < offsets.count else { return 1 }
        return max(1, Int(offsets[Int(token) + 1] - offsets[Int(token)]))
    }

    func appendSymbols(of token: TokenID, to output: inout [TokenID]) {
        let start = output.count
        if Int(token) + 1 < offsets.count {
            for i in Int(offsets[Int(token)])..<Int(offsets[Int(token) + 1]) { output.append(symbols[i]) }
        }
        if output.count == start { output.append(token) }
    }
}

extension PieceTrie {
    /// A trie that is made when it is worth it, by one of the threads that ask: making it costs as much as merging a
    /// few dozen long words by the definition.
    final class WhenNeeded: @unchecked Sendable {
        private let merges: MergeTable
        private let lock = NSLock()
        private var trie: PieceTrie?
        /// What is left to spend on merging long words by the definition, in symbols squared.
        private var budget = 1 << 22

        init(_ merges: MergeTable) { self.merges = merges }

        /// - Parameter count: the symbols of a word.
        /// - Returns: nil where the word is to be merged by the definition.
        func callAsFunction(for count: Int) -> PieceTrie? {
            lock.withLock {
                if let trie { return trie }
                if count < 1 << 10 {
                    budget -= count * count
                    if budget > 0 { return nil }
                }
                let made = PieceTrie(merges)
                trie = made
                return made
            }
        }
    }
}
