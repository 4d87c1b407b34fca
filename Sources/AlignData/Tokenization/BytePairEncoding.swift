/// The model: the symbols of one word, merged.
struct BytePairEncoding: Sendable {
    let symbols: SymbolTable
    let merger: WordMerger
    /// Words that are pieces, where the vocabulary takes these before it merges anything.
    let wholeWords: PieceTable?

    /// Appends the ids of `word` to `output`.
    func encode(
        _ word: UnsafeBufferPointer<UInt8>, into output: inout [TokenID], scratch: inout WordMerger.Scratch
    ) {
        if let whole = wholeWords?.find(word) { return output.append(whole) }
        scratch.symbols.removeAll(keepingCapacity: true)
        symbols.append(word, to: &scratch.symbols)
        merger.merge(&scratch, into: &output)
    }
}
