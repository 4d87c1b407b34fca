import Foundation

/// Turns segments of text into ids, word by word, remembering words. One thread at a time uses one.
final class WordEncoder {
    private var cache = WordCache()
    private var scratch = WordMerger.Scratch()

    /// Appends the ids of `segment` (UTF-8) to `output`.
    func encode(
        _ segment: UnsafeBufferPointer<UInt8>, preTokenizer: PreTokenizer, model: BytePairEncoding,
        into output: inout [TokenID]
    ) {
        preTokenizer.split(segment) { start, end in
            encodeWord(UnsafeBufferPointer(rebasing: segment[start..<end]), model: model, into: &output)
        }
    }

    /// As `encode`, but reports each word's end (bytes from the segment's start) and the ids so far.
    func measure(
        _ segment: UnsafeBufferPointer<UInt8>, preTokenizer: PreTokenizer, model: BytePairEncoding,
        word: (_ end: Int, _ tokens: Int) -> Void
    ) {
        var output: [TokenID] = []
        preTokenizer.split(segment) { start, end in
            encodeWord(UnsafeBufferPointer(rebasing: segment[start..<end]), model: model, into: &output)
            word(end, output.count)
        }
    }

    @inline(__always)
    private func encodeWord(
        _ word: UnsafeBufferPointer<UInt8>, model: BytePairEncoding, into output: inout [TokenID]
    ) {
        guard word.count <= WordCache.longestWord else {
            return model.encode(word, into: &output, scratch: &scratch)
        }
        let key = WordCache.key(word)
        if cache.append(word, key, to: &output) { return }
        let start = output.count
        model.encode(word, into: &output, scratch: &scratch)
        cache.insert(word, key, tokens: output[start...])
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
