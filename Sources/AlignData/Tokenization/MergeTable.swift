/// The merges of a byte-pair encoding: (left id, right id) → (rank, merged id), in one open-addressing table.
struct MergeTable: Sendable {
    /// Left id in the upper half, right id in the lower; `empty` where the slot is free.
    private let keys: [UInt64]
    /// Rank in the upper half, merged id in the lower.
    private let values: [UInt64]
    private let mask: Int

    private static let empty = UInt64.max
    /// What `find` answers for a pair that does not merge: a rank after every other.
    static let none = UInt64.max

    /// - Parameter merges: by rank. Of a pair that is listed twice the later one counts, as in HF tokenizers.
    init(_ merges: [(left: TokenID, right: TokenID, merged: TokenID)]) {
        var capacity = 16
        while capacity < merges.count * 2 { capacity *= 2 }
        var keys = [UInt64](repeating: Self.empty, count: capacity)
        var values = [UInt64](repeating: Self.none, count: capacity)
        for (rank, merge) in merges.enumerated() {
            let key = Self.key(merge.left, merge.right)
            var slot = Self.slot(key, mask: capacity - 1)
            while keys[slot] != Self.empty && keys[slot] != key { slot = (slot + 1) & (capacity - 1) }
            keys[slot] = key
            values[slot] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merge.merged))
        }
        self.keys = keys
        self.values = values
        mask = capacity - 1
    }

    private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    private static func slot(_ key: UInt64, mask: Int) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 32) & mask
    }

    /// Rank and merged id of a pair, packed so that a smaller value merges earlier; `none` when it does not
    /// merge.
    @inline(__always)
    func find(_ left: TokenID, _ right: TokenID) -> UInt64 {
        let key = Self.key(left, right)
        return keys.withUnsafeBufferPointer { keys in
            var slot = Self.slot(key, mask: mask)
            while true {
                let found = keys[slot]
                if found == key { return values.withUnsafeBufferPointer { $0[slot] } }
                if found == Self.empty { return Self.none }
                slot = (slot + 1) & mask
            }
        }
    }
}
