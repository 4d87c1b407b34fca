/// The merges of a byte-pair encoding: (left id, right id) → rank → merged id.
///
/// A pair is looked up in an open-addressing table of 8 bytes a slot. Before it, a bit says of nine pairs in ten that do
/// not merge that they do not: a table of bits stays in the processor's cache where the other does not.
struct MergeTable: Sendable {
    typealias Rule = (left: TokenID, right: TokenID, merged: TokenID)

    /// Ids are below this: four times the largest vocabulary known.
    static let idLimit = (1 << 20) - 1
    static let rankLimit = 1 << 24
    /// What `rank` answers for a pair that does not merge: a rank after every other.
    static let none = Int32(rankLimit)

    /// Left id, right id and rank in 20, 20 and 24 bits; `empty` where the slot is free.
    private let slots: [UInt64]
    private let shift: UInt64
    /// Four bits for each slot: one is set where a pair hashes there.
    private let bits: [UInt64]
    /// By rank; empty where a rank's id is the rank and `offset`, as most files have it.
    private let merged: [TokenID]
    private let offset: TokenID

    private static let empty = UInt64.max

    /// - Parameter rules: by rank. Of a pair that is listed twice the later one counts, as in HF tokenizers.
    init(_ rules: [Rule]) {
        precondition(rules.count < Self.rankLimit, "more merges than a rank can number")
        let width = max(4, Int.bitWidth - (rules.count + rules.count / 2).leadingZeroBitCount)
        var slots = [UInt64](repeating: Self.empty, count: 1 << width)
        var bits = [UInt64](repeating: 0, count: (4 << width) / UInt64.bitWidth)
        shift = UInt64(UInt64.bitWidth - width)
        for (rank, rule) in rules.enumerated() {
            precondition(max(rule.left, rule.right) < Self.idLimit, "an id beyond the limit")
            let key = Self.key(rule.left, rule.right)
            let bit = Self.slot(key, shift: shift - 2)
            bits[bit / UInt64.bitWidth] |= 1 << UInt64(bit % UInt64.bitWidth)
            var slot = Self.slot(key, shift: shift)
            while slots[slot] != Self.empty && slots[slot] >> 24 != key {
                slot = (slot + 1) & (slots.count - 1)
            }
            slots[slot] = key << 24 | UInt64(rank)
        }
        self.slots = slots
        self.bits = bits
        offset = rules.first?.merged ?? 0
        let offset = offset
        let isInOrder = rules.enumerated().allSatisfy { $1.merged == TokenID($0) + offset }
        merged = isInOrder ? [] : rules.map(\.merged)
    }

    @inline(__always)
    private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 20 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private static func slot(_ key: UInt64, shift: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) &>> shift)
    }

    /// The rank of a pair, a smaller one merges earlier; `none` when it does not merge.
    @inline(__always)
    func rank(_ left: TokenID, _ right: TokenID) -> Int32 {
        let key = Self.key(left, right)
        let bit = Self.slot(key, shift: shift &- 2)
        let word = bits.withUnsafeBufferPointer { $0[bit / UInt64.bitWidth] }
        guard word >> UInt64(bit % UInt64.bitWidth) & 1 != 0 else { return Self.none }
        return slots.withUnsafeBufferPointer { slots in
            var slot = Self.slot(key, shift: shift)
            while true {
                let found = slots[slot]
                if found >> 24 == key { return Int32(truncatingIfNeeded: found & 0xff_ffff) }
                if found == Self.empty { return Self.none }
                slot = (slot &+ 1) & (slots.count &- 1)
            }
        }
    }

    /// What the pair of that rank becomes.
    @inline(__always)
    func merged(_ rank: Int32) -> TokenID {
        merged.isEmpty ? rank + offset : merged.withUnsafeBufferPointer { $0[Int(rank)] }
    }
}
