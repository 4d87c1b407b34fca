import CPrefetch
import Foundation

/// Words seen before and their ids: an open-addressing table on bytes, of at most `maxBytes`.
///
/// A usual word, of at most 16 bytes and 3 ids, lies in its slot as a whole, half a cache line: a look-up costs one
/// access to memory. When the table is full it forgets everything and starts over: prose refills it in milliseconds,
/// and nothing needs to be kept per use.
struct WordCache: ~Copyable {
    private struct Entry {
        /// The bytes of a short word (its first and its last eight), or a longer one's hash and place.
        var low: UInt64
        var high: UInt64
        /// The ids, or the place of the first where there are more.
        var first: TokenID
        var second: TokenID
        var third: TokenID
        var byteCount: UInt16
        /// 0 where the slot is free.
        var tokenCount: UInt16
    }

    /// What a word is looked up by.
    struct Key {
        fileprivate let low: UInt64
        fileprivate let high: UInt64
        fileprivate let hash: UInt64
    }

    /// Longer words are not kept.
    static let longestWord = 64
    private static let slots = 1 << 16
    private static let wordLimit = slots / 2
    private static let textLimit = 1 << 19
    private static let tokenLimit = 1 << 17
    /// 3 MiB.
    static let maxBytes = slots * MemoryLayout<Entry>.stride + textLimit + tokenLimit * 4

    private let entries: UnsafeMutablePointer<Entry>
    /// The bytes of words of more than 16.
    private let text: UnsafeMutablePointer<UInt8>
    /// The ids of words of more than 3.
    private let tokens: UnsafeMutablePointer<TokenID>
    private var textCount = 0
    private var tokenCount = 0
    private var count = 0

    init() {
        // One huge page where the system has them: words lie anywhere in the table, so every small page would be faulted
        // in, and would miss in the processor's table of pages ever after.
        let bytes = Self.slots * MemoryLayout<Entry>.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 1 << 21)
        #if os(Linux)
            madvise(memory, bytes, MADV_HUGEPAGE)
        #endif
        memset(memory, 0, bytes)
        entries = memory.bindMemory(to: Entry.self, capacity: Self.slots)
        text = .allocate(capacity: Self.textLimit)
        tokens = .allocate(capacity: Self.tokenLimit)
    }

    deinit {
        entries.deallocate()
        text.deallocate()
        tokens.deallocate()
    }

    @inline(__always)
    static func key(_ word: UnsafeBufferPointer<UInt8>) -> Key {
        let raw = UnsafeRawBufferPointer(word)
        let count = raw.count
        var low: UInt64 = 0
        var high: UInt64 = 0
        switch count {
        case 8...16:
            low = raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
            high = raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        case 4..<8:
            low = UInt64(raw.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
            high = UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        case 1..<4:
            low = UInt64(raw[0]) << 16 | UInt64(raw[count / 2]) << 8 | UInt64(raw[count - 1])
        case 0: break
        default:
            guard count <= longestWord else { break }
            var hash: UInt64 = 0
            var i = 0
            while i + 8 <= count {
                hash = (hash ^ raw.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
                hash ^= hash >> 32
                i += 8
            }
            low = hash
            high = raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        }
        var hash = (low ^ UInt64(truncatingIfNeeded: count)) &* 0x9e37_79b9_7f4a_7c15
        hash = (hash ^ hash >> 29 ^ high) &* 0xc4ce_b9fe_1a85_ec53
        return Key(low: low, high: high, hash: hash ^ hash >> 32)
    }

    /// Has the processor fetch the word's slot, which `append` will look at soon. Nothing waits for it.
    @inline(__always)
    func fetch(_ key: Key) {
        prefetch(entries + (Int(truncatingIfNeeded: key.hash) & (Self.slots - 1)))
    }

    /// Appends the word's ids to `output` when it is known.
    @inline(__always)
    func append(_ word: UnsafeBufferPointer<UInt8>, _ key: Key, to output: inout [TokenID]) -> Bool {
        var slot = Int(truncatingIfNeeded: key.hash) & (Self.slots - 1)
        while true {
            let entry = entries[slot]
            if entry.tokenCount == 0 { return false }
            if isEqual(entry, word, key) {
                output.append(entry.tokenCount > 3 ? tokens[Int(entry.first)] : entry.first)
                if entry.tokenCount == 1 { return true }
                if entry.tokenCount <= 3 {
                    output.append(entry.second)
                    if entry.tokenCount == 3 { output.append(entry.third) }
                } else {
                    for i in 1..<Int(entry.tokenCount) { output.append(tokens[Int(entry.first) + i]) }
                }
                return true
            }
            slot = (slot + 1) & (Self.slots - 1)
        }
    }

    @inline(__always)
    private func isEqual(_ entry: Entry, _ word: UnsafeBufferPointer<UInt8>, _ key: Key) -> Bool {
        guard Int(entry.byteCount) == word.count, entry.low == key.low else { return false }
        if word.count <= 16 { return entry.high == key.high }
        return word.baseAddress.map { memcmp($0, text + Int(entry.high), word.count) == 0 } ?? false
    }

    /// Keeps a word that is not known, and its ids.
    mutating func insert(_ word: UnsafeBufferPointer<UInt8>, _ key: Key, tokens found: ArraySlice<TokenID>) {
        guard word.count <= Self.longestWord, let first = found.first else { return }
        let bytes = word.count > 16 ? word.count : 0
        let ids = found.count > 3 ? found.count : 0
        if count >= Self.wordLimit || textCount + bytes > Self.textLimit || tokenCount + ids > Self.tokenLimit
        {
            memset(entries, 0, Self.slots * MemoryLayout<Entry>.stride)
            textCount = 0
            tokenCount = 0
            count = 0
        }
        var entry = Entry(
            low: key.low, high: key.high, first: first, second: 0, third: 0, byteCount: UInt16(word.count),
            tokenCount: UInt16(found.count))
        if bytes > 0, let base = word.baseAddress {
            entry.high = UInt64(textCount)
            (text + textCount).update(from: base, count: bytes)
            textCount += bytes
        }
        if ids > 0 {
            entry.first = TokenID(tokenCount)
            for id in found {
                tokens[tokenCount] = id
                tokenCount += 1
            }
        } else {
            if found.count > 1 { entry.second = found[found.startIndex + 1] }
            if found.count > 2 { entry.third = found[found.startIndex + 2] }
        }
        var slot = Int(truncatingIfNeeded: key.hash) & (Self.slots - 1)
        while entries[slot].tokenCount != 0 { slot = (slot + 1) & (Self.slots - 1) }
        entries[slot] = entry
        count += 1
    }
}
