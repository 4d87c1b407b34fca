/// Remembers texts by 62 bits of their ids, with a split and a number each, in bounded memory: after `capacity` texts it
/// begins to forget, oldest first, and never remembers fewer than `capacity`. Two different texts among ten million
/// are taken for one with probability 1e-5.
struct FingerprintIndex {
    struct Fingerprint: Hashable {
        fileprivate let bits: UInt64

        /// Of what `id` is made of.
        init(_ id: RecordID) { bits = id.high & ~3 }
    }

    /// What is remembered of a text.
    struct Entry: Hashable {
        var split: Split
        /// The lower half of a number; the rest follows where numbers only grow.
        var number: UInt32
    }

    private struct Generation {
        /// By their tag less one.
        private static let splits: [Split] = [.train, .validation, .test]

        /// Fingerprints with the split in the two lowest bits, which are never 0; 0 is an empty slot.
        private var slots = [UInt64](repeating: 0, count: 1 << 10)
        private var numbers = [UInt32](repeating: 0, count: 1 << 10)
        private(set) var count = 0

        func entry(of bits: UInt64) -> Entry? {
            let place = place(of: bits)
            let value = slots[place]
            return value == 0 ? nil : Entry(split: Self.splits[Int(value & 3) - 1], number: numbers[place])
        }

        private func place(of bits: UInt64) -> Int {
            let mask = slots.count - 1
            var place = Int(truncatingIfNeeded: bits >> 20) & mask
            while slots[place] != 0, slots[place] & ~3 != bits { place = (place + 1) & mask }
            return place
        }

        mutating func insert(_ bits: UInt64, _ entry: Entry) {
            if count * 5 > slots.count * 4 { grow() }
            let tag = (Self.splits.firstIndex(of: entry.split) ?? 0) + 1
            let place = place(of: bits)
            slots[place] = bits | UInt64(tag)
            numbers[place] = entry.number
            count += 1
        }

        private mutating func grow() {
            let (slots, numbers) = (slots, numbers)
            self.slots = [UInt64](repeating: 0, count: slots.count * 2)
            self.numbers = [UInt32](repeating: 0, count: slots.count * 2)
            for (value, number) in zip(slots, numbers) where value != 0 {
                let place = place(of: value & ~3)
                self.slots[place] = value
                self.numbers[place] = number
            }
        }
    }

    /// Texts that are remembered for certain.
    let capacity: Int
    /// Texts that are no longer remembered.
    private(set) var forgotten = 0
    private var current = Generation()
    private var previous = Generation()

    init(capacity: Int = 6_000_000) { self.capacity = capacity }

    /// What is remembered of a text that was seen before.
    func entry(of fingerprint: Fingerprint) -> Entry? {
        current.entry(of: fingerprint.bits) ?? previous.entry(of: fingerprint.bits)
    }

    /// Remembers a text that it does not know.
    mutating func insert(_ fingerprint: Fingerprint, _ entry: Entry) {
        if current.count == capacity {
            forgotten += previous.count
            previous = current
            current = Generation()
        }
        current.insert(fingerprint.bits, entry)
    }
}
