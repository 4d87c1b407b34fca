/// The merges of a byte-pair encoding: (left id, right id) → rank → merged id.
///
/// A pair is looked up in an open-addressing table of 8 bytes a slot: the answer, mostly no, costs one access to memory.
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
    /// By rank.
    private let merged: [TokenID]

    private static let empty = UInt64.max

    /// - Parameter rules: by rank. Of a pair that is listed twice the later one counts, as in HF tokenizers.
    init(_ rules: [Rule]) {
        precondition(rules.count < Self.rankLimit, "more merges than a rank can number")
        let bits = max(4, Int.bitWidth - (rules.count + rules.count / 2).leadingZeroBitCount)
        var slots = [UInt64](repeating: Self.empty, count: 1 << bits)
        shift = UInt64(UInt64.bitWidth - bits)
        for (rank, rule) in rules.enumerated() {
            precondition(max(rule.left, rule.right) < Self.idLimit, "an id beyond the limit")
            let key = Self.key(rule.left, rule.right)
            var slot = Self.slot(key, shift: shift)
            while slots[slot] != Self.empty && slots[slot] >> 24 != key {
                slot = (slot + 1) & (slots.count - 1)
            }
            slots[slot] = key << 24 | UInt64(rank)
        }
        self.slots = slots
        merged = rules.map(\.merged)
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
    func merged(_ rank: Int32) -> TokenID { merged.withUnsafeBufferPointer { $0[Int(rank)] } }
}
