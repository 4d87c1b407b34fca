/// Remembers texts by 62 bits of their ids, with a split each, in bounded memory: after `capacity` texts it
/// begins to forget, oldest first, and never remembers fewer than `capacity`. Two different texts among ten million
/// are taken for one with probability 1e-5.
struct FingerprintIndex {
    struct Fingerprint: Hashable {
        fileprivate let bits: UInt64

        /// Of what `id` is made of.
        init(_ id: RecordID) { bits = id.high & ~3 }
    }

    private struct Generation {
        /// By their tag less one.
        private static let splits: [Split] = [.train, .validation, .test]

        /// Fingerprints with the split in the two lowest bits, which are never 0; 0 is an empty slot.
        private var slots = [UInt64](repeating: 0, count: 1 << 10)
        private(set) var count = 0

        func split(of bits: UInt64) -> Split? {
            let value = slots[place(of: bits)]
            return value == 0 ? nil : Self.splits[Int(value & 3) - 1]
        }

        private func place(of bits: UInt64) -> Int {
            let mask = slots.count - 1
            var place = Int(truncatingIfNeeded: bits >> 20) & mask
            while slots[place] != 0, slots[place] & ~3 != bits { place = (place + 1) & mask }
            return place
        }

        mutating func insert(_ bits: UInt64, _ split: Split) {
            if count * 5 > slots.count * 4 {
                let old = slots
                slots = [UInt64](repeating: 0, count: old.count * 2)
                for value in old where value != 0 { slots[place(of: value & ~3)] = value }
            }
            let tag = (Self.splits.firstIndex(of: split) ?? 0) + 1
            slots[place(of: bits)] = bits | UInt64(tag)
            count += 1
        }
    }

    /// Texts that are remembered for certain.
    let capacity: Int
    /// Texts that are no longer remembered.
    private(set) var forgotten = 0
    private var current = Generation()
    private var previous = Generation()

    init(capacity: Int = 6_000_000) { self.capacity = capacity }

    /// The split in which the text was seen before; otherwise remembers it and returns `nil`.
    mutating func insert(_ fingerprint: Fingerprint, split: Split) -> Split? {
        if let split = current.split(of: fingerprint.bits) ?? previous.split(of: fingerprint.bits) {
            return split
        }
        if current.count == capacity {
            forgotten += previous.count
            previous = current
            current = Generation()
        }
        current.insert(fingerprint.bits, split)
        return nil
    }
}
