/// The model: a word as symbols, and these merged. A class, for it is passed on with every piece of text, and copies of
/// its tables' references would cost more than a short piece.
final class BytePairEncoding: Sendable {
    let symbols: SymbolTable
    let merger: WordMerger
    /// Words that are pieces, where the vocabulary takes these before it merges anything.
    let wholeWords: PieceTable?

    init(symbols: SymbolTable, merger: WordMerger, wholeWords: PieceTable?) {
        self.symbols = symbols
        self.merger = merger
        self.wholeWords = wholeWords
    }

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
