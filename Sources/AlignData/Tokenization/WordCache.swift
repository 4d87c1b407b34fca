/// Words seen before and their ids: an open-addressing table on bytes, of at most `maxBytes`.
///
/// When it is full it forgets everything and starts over: prose refills it in milliseconds, and nothing
/// needs to be kept per use.
struct WordCache {
    private struct Entry {
        var hash: UInt64 = 0
        var textStart: UInt32 = 0
        var textCount: UInt32 = 0
        var tokenStart: UInt32 = 0
        /// 0 where the slot is free.
        var tokenCount: UInt32 = 0
    }

    /// Longer words are not kept.
    static let longestWord = 64
    private static let slots = 1 << 16
    private static let wordLimit = slots / 2
    private static let textLimit = 1 << 20
    private static let tokenLimit = 1 << 18

    /// 3.5 MiB, and what the allocator rounds up.
    static let maxBytes = slots * MemoryLayout<Entry>.stride + textLimit + tokenLimit * 4 + 3 * 4096

    private var entries = [Entry](repeating: Entry(), count: slots)
    private var text: [UInt8] = []
    private var tokens: [TokenID] = []
    private var count = 0

    init() {
        // At once: growing would take up to twice as much.
        text.reserveCapacity(Self.textLimit)
        tokens.reserveCapacity(Self.tokenLimit)
    }

    /// The memory held.
    var allocatedBytes: Int {
        entries.capacity * MemoryLayout<Entry>.stride + text.capacity + tokens.capacity * 4
    }

    @inline(__always)
    static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: word.count) &* 0x9e37_79b9_7f4a_7c15
        var i = 0
        let raw = UnsafeRawBufferPointer(word)
        while i + 8 <= raw.count {
            hash = (hash ^ raw.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
            hash ^= hash >> 32
            i += 8
        }
        var rest: UInt64 = 0
        while i < raw.count {
            rest = rest << 8 | UInt64(raw[i])
            i += 1
        }
        hash = (hash ^ rest) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 29
    }

    /// Appends the word's ids to `output` when it is known.
    @inline(__always)
    func append(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, to output: inout [TokenID]) -> Bool {
        entries.withUnsafeBufferPointer { entries in
            text.withUnsafeBufferPointer { text in
                tokens.withUnsafeBufferPointer { tokens in
                    var slot = Int(truncatingIfNeeded: hash) & (Self.slots - 1)
                    while true {
                        let entry = entries[slot]
                        if entry.tokenCount == 0 { return false }
                        if entry.hash == hash, Int(entry.textCount) == word.count,
                            Self.equal(text, Int(entry.textStart), word)
                        {
                            let start = Int(entry.tokenStart)
                            for i in start..<(start + Int(entry.tokenCount)) { output.append(tokens[i]) }
                            return true
                        }
                        slot = (slot + 1) & (Self.slots - 1)
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func equal(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ word: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        for i in 0..<word.count where text[start + i] != word[i] { return false }
        return true
    }

    /// Keeps a word and its ids.
    mutating func insert(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, tokens found: ArraySlice<TokenID>)
    {
        guard word.count <= Self.longestWord, !found.isEmpty else { return }
        if count >= Self.wordLimit || text.count + word.count > Self.textLimit
            || tokens.count + found.count > Self.tokenLimit
        {
            for slot in entries.indices { entries[slot].tokenCount = 0 }
            text.removeAll(keepingCapacity: true)
            tokens.removeAll(keepingCapacity: true)
            count = 0
        }
        var slot = Int(truncatingIfNeeded: hash) & (Self.slots - 1)
        while entries[slot].tokenCount != 0 { slot = (slot + 1) & (Self.slots - 1) }
        entries[slot] = Entry(
            hash: hash, textStart: UInt32(text.count), textCount: UInt32(word.count),
            tokenStart: UInt32(tokens.count), tokenCount: UInt32(found.count))
        text.append(contentsOf: word)
        tokens += found
        count += 1
    }
}
