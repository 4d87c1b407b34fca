import Foundation

/// Turns segments of text into ids, word by word, remembering words. One thread at a time uses one.
final class WordEncoder {
    private var memory = Memory()

    /// Appends the ids of `segment` (UTF-8) to `output`.
    func encode(
        _ segment: UnsafeBufferPointer<UInt8>, preTokenizer: PreTokenizer, model: BytePairEncoding,
        into output: inout [TokenID]
    ) {
        Self.encode(segment, preTokenizer, model, &memory, into: &output) { _, _ in }
    }

    /// As `encode`, but reports each word's end (bytes from the segment's start) and the ids so far.
    func measure(
        _ segment: UnsafeBufferPointer<UInt8>, preTokenizer: PreTokenizer, model: BytePairEncoding,
        word: (_ end: Int, _ tokens: Int) -> Void
    ) {
        var output: [TokenID] = []
        Self.encode(segment, preTokenizer, model, &memory, into: &output, word: word)
    }

    /// What is kept from segment to segment. Taken out of the object once a segment: every access to an object's
    /// variable is checked for others at the same time, which costs as much as looking up a word.
    private struct Memory: ~Copyable {
        var cache = WordCache()
        var scratch = WordMerger.Scratch()
    }

    /// A word on its way to its ids: its slot of the cache is being fetched while the next words are cut.
    private struct Pending {
        var start: Int
        var end: Int
        var key: WordCache.Key
    }
    private static let pendingLimit = 16

    @inline(__always)
    private static func encode(
        _ segment: UnsafeBufferPointer<UInt8>, _ preTokenizer: PreTokenizer, _ model: BytePairEncoding,
        _ memory: inout Memory, into output: inout [TokenID], word: (_ end: Int, _ tokens: Int) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Pending.self, capacity: pendingLimit) { pending in
            var count = 0
            preTokenizer.split(segment) { start, end in
                let key = WordCache.key(UnsafeBufferPointer(rebasing: segment[start..<end]))
                memory.cache.fetch(key)
                pending[count] = Pending(start: start, end: end, key: key)
                count += 1
                if count == pendingLimit {
                    encode(
                        UnsafeBufferPointer(pending), of: segment, model, &memory, into: &output, word: word)
                    count = 0
                }
            }
            let rest = UnsafeBufferPointer(rebasing: pending[..<count])
            encode(rest, of: segment, model, &memory, into: &output, word: word)
        }
    }

    @inline(__always)
    private static func encode(
        _ pending: UnsafeBufferPointer<Pending>, of segment: UnsafeBufferPointer<UInt8>,
        _ model: BytePairEncoding, _ memory: inout Memory, into output: inout [TokenID],
        word: (_ end: Int, _ tokens: Int) -> Void
    ) {
        for item in pending {
            let bytes = UnsafeBufferPointer(rebasing: segment[item.start..<item.end])
            if bytes.count > WordCache.longestWord {
                model.encode(bytes, into: &output, scratch: &memory.scratch)
            } else if !memory.cache.append(bytes, item.key, to: &output) {
                let first = output.count
                model.encode(bytes, into: &output, scratch: &memory.scratch)
                memory.cache.insert(bytes, item.key, tokens: output[first...])
            }
            word(item.end, output.count)
        }
    }
}

/// Word encoders that are not in use: as many as threads ever encoded at once with one tokenizer.
final class WordEncoderPool: @unchecked Sendable {
    private let lock = NSLock()
    private var idle: [WordEncoder] = []

    func withEncoder<Result>(_ body: (WordEncoder) throws -> Result) rethrows -> Result {
        let encoder = lock.withLock { idle.popLast() } ?? WordEncoder()
        defer { lock.withLock { idle.append(encoder) } }
        return try body(encoder)
    }
}
