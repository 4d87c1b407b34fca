/// Cuts text at a fixed string.
struct LiteralSplit: Hashable, Sendable {
    /// Where the cuts are, named as in HF tokenizers.
    enum Behavior: String, Hashable, Sendable {
        case isolated = "Isolated"
        case mergedWithPrevious = "MergedWithPrevious"
        case mergedWithNext = "MergedWithNext"
        case contiguous = "Contiguous"
        /// Before each run of the string. Not from files: see `Tokenizer.independentWords`.
        case runWithNext
    }

    let content: String
    let behavior: Behavior
    private let bytes: [UInt8]

    /// - Parameter content: not empty.
    init(_ content: String, _ behavior: Behavior) {
        self.content = content
        self.behavior = behavior
        bytes = Array(content.utf8)
    }

    /// Calls `piece` with the pieces of `text`, in order; together they cover it.
    func split(_ text: ScalarScanner, piece: (_ start: Int, _ end: Int) -> Void) {
        var start = 0
        func cut(_ position: Int) {
            if start < position { piece(start, position) }
            start = position
        }
        var position = 0
        var endOfLast = -1
        while position < text.count {
            guard matches(text, at: position) else {
                position += 1
                continue
            }
            let end = position + bytes.count
            let follows = position == endOfLast
            switch behavior {
            case .isolated:
                cut(position)
                cut(end)
            case .mergedWithPrevious: cut(end)
            case .mergedWithNext: cut(position)
            case .contiguous, .runWithNext: if !follows { cut(position) }
            }
            position = end
            endOfLast = end
            if behavior == .contiguous, end == text.count || !matches(text, at: end) { cut(end) }
        }
        cut(text.count)
    }

    @inline(__always)
    private func matches(_ text: ScalarScanner, at position: Int) -> Bool {
        guard position + bytes.count <= text.count else { return false }
        for i in bytes.indices where text.bytes[position + i] != bytes[i] { return false }
        return true
    }
}
