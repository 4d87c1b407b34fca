/// Merges the symbols of a word by the rules of a byte-pair encoding: always the pair of lowest rank, the
/// leftmost of equals.
struct WordMerger: Sendable {
    private let merges: MergeTable

    /// - Parameter rules: by rank.
    init(_ rules: [MergeTable.Rule]) { merges = MergeTable(rules) }

    /// Merges `scratch.symbols`, ids of single bytes or characters, and appends the ids to `output`.
    func merge(_ scratch: inout Scratch, into output: inout [TokenID]) {
        scratch.symbols.withUnsafeMutableBufferPointer { symbols in
            guard symbols.count <= MergeScan.limit else {
                return scratch.windows.merge(UnsafeBufferPointer(symbols), merges, into: &output)
            }
            var starts = MergeScan.merge(symbols, merges)
            while starts != 0 {
                output.append(symbols[starts.trailingZeroBitCount])
                starts &= starts &- 1
            }
        }
        if scratch.symbols.capacity > Scratch.keptSymbols { scratch.symbols = [] }
    }

    /// Buffers that are reused from word to word. At most ≈ 8 MB are kept.
    struct Scratch {
        var symbols: [TokenID] = []
        fileprivate var windows = MergeWindows()

        fileprivate static let keptSymbols = 1 << 21
    }
}
