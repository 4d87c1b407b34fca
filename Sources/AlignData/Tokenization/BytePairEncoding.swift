/// The model: the bytes of a word as symbols, and these merged.
struct BytePairEncoding: Sendable {
    /// The id of each byte; -1 for a byte the vocabulary lacks, which is left out (as HF tokenizers does
    /// without an unknown token).
    let byteTokens: [TokenID]
    let merger: WordMerger

    /// Appends the ids of `word` to `output`.
    func encode(
        _ word: UnsafeBufferPointer<UInt8>, into output: inout [TokenID], scratch: inout WordMerger.Scratch
    ) {
        scratch.symbols.removeAll(keepingCapacity: true)
        byteTokens.withUnsafeBufferPointer { tokens in
            for byte in word where tokens[Int(byte)] >= 0 { scratch.symbols.append(tokens[Int(byte)]) }
        }
        merger.merge(&scratch, into: &output)
    }
}
