/// Remembers texts by 62 bits of their ids, with a split and a number each. The last ones are in memory; those before
/// them are in files, as tables of the same form that are mapped into memory. So it forgets nothing, and its own memory
/// is bounded. Two different texts among ten million are taken for one with probability 1e-5.
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

    /// Texts in memory, at most.
    private let inMemory: Int
    private let makeFile: (() throws -> UnnamedFile)?
    private var current = Table()
    /// The last one first.
    private var earlier: [StoredTable] = []

    /// - Parameters:
    ///   - inMemory: texts that memory holds, at most.
    ///   - makeFile: makes a file for so many texts; nil where memory holds all, however many.
    init(inMemory: Int, makeFile: (() throws -> UnnamedFile)? = nil) {
        self.inMemory = inMemory
        self.makeFile = makeFile
    }

    /// What is remembered of a text that was seen before.
    func entry(of fingerprint: Fingerprint) -> Entry? {
        if let entry = current.entry(of: fingerprint.bits) { return entry }
        for table in earlier {
            if let entry = table.entry(of: fingerprint.bits) { return entry }
        }
        return nil
    }

    /// Remembers a text that it does not know.
    /// - Throws: `FileError`, where the file for those before it cannot be written.
    mutating func insert(_ fingerprint: Fingerprint, _ entry: Entry) throws {
        if current.count >= inMemory, let makeFile {
            earlier.insert(try StoredTable(current, in: makeFile()), at: 0)
            current = Table()
        }
        current.insert(fingerprint.bits, entry)
    }
}

extension FingerprintIndex {
    /// By their tag less one.
    private static let splits: [Split] = [.train, .validation, .test]

    /// Where a fingerprint stands, or would stand, in slots whose number is a power of 2 and some of which are empty.
    @inline(__always)
    private static func place<Slots: RandomAccessCollection>(of bits: UInt64, in slots: Slots) -> Int
    where Slots.Element == UInt64, Slots.Index == Int {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: bits >> 20) & mask
        while slots[place] != 0, slots[place] & ~3 != bits { place = (place + 1) & mask }
        return place
    }

    private static func entry(_ slot: UInt64, _ number: UInt32) -> Entry? {
        slot == 0 ? nil : Entry(split: splits[Int(slot & 3) - 1], number: number)
    }

    private struct Table {
        /// Fingerprints with the split in the two lowest bits, which are never 0; 0 is an empty slot.
        private(set) var slots = [UInt64](repeating: 0, count: 1 << 10)
        private(set) var numbers = [UInt32](repeating: 0, count: 1 << 10)
        private(set) var count = 0

        func entry(of bits: UInt64) -> Entry? {
            let place = FingerprintIndex.place(of: bits, in: slots)
            return FingerprintIndex.entry(slots[place], numbers[place])
        }

        mutating func insert(_ bits: UInt64, _ entry: Entry) {
            if count * 5 > slots.count * 4 { grow() }
            let tag = (FingerprintIndex.splits.firstIndex(of: entry.split) ?? 0) + 1
            let place = FingerprintIndex.place(of: bits, in: slots)
            slots[place] = bits | UInt64(tag)
            numbers[place] = entry.number
            count += 1
        }

        private mutating func grow() {
            let (slots, numbers) = (slots, numbers)
            self.slots = [UInt64](repeating: 0, count: slots.count * 2)
            self.numbers = [UInt32](repeating: 0, count: slots.count * 2)
            for (value, number) in zip(slots, numbers) where value != 0 {
                let place = FingerprintIndex.place(of: value & ~3, in: self.slots)
                self.slots[place] = value
                self.numbers[place] = number
            }
        }
    }

    /// A table in a file: the slots, then the numbers.
    private struct StoredTable {
        /// Keeps the two below mapped.
        private let bytes: MappedBytes
        private let slots: UnsafeBufferPointer<UInt64>
        private let numbers: UnsafeBufferPointer<UInt32>

        init(_ table: Table, in file: UnnamedFile) throws {
            try table.slots.withUnsafeBytes(file.append)
            try table.numbers.withUnsafeBytes(file.append)
            bytes = try file.mapped()
            let end = table.slots.count * MemoryLayout<UInt64>.stride
            slots = UnsafeRawBufferPointer(rebasing: bytes.bytes[..<end]).assumingMemoryBound(to: UInt64.self)
            numbers = UnsafeRawBufferPointer(rebasing: bytes.bytes[end...])
                .assumingMemoryBound(to: UInt32.self)
        }

        func entry(of bits: UInt64) -> Entry? {
            let place = FingerprintIndex.place(of: bits, in: slots)
            return FingerprintIndex.entry(slots[place], numbers[place])
        }
    }
}
