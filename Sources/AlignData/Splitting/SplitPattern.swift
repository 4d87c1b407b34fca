/// The regular expressions by which tokenizer files split text, each as a scanner written by hand: no engine
/// runs. Equal to the expressions as HF tokenizers applies them.
enum SplitPattern: Hashable, Sendable {
    /// GPT-2, and `ByteLevel` with `use_regex`.
    case gpt2
    /// OpenAI's cl100k, Llama 3, Qwen 2 and later.
    case cl100k(CL100KPattern)
    /// DeepSeek V3 and later: the last of its three.
    case deepSeek3
    /// Runs of the members of a character class.
    case run(ScalarRun)
    /// `\s+$`
    case trailingSpace

    /// The pattern of a regular expression; nil when it is none of these.
    init?(regex: String) {
        // A line break may stand as itself or escaped.
        var text = ""
        for scalar in regex.unicodeScalars {
            switch scalar {
            case "\r": text += "\\r"
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        for pattern in Self.wholes where pattern.regex.utf8.elementsEqual(text.utf8) {
            self = pattern
            return
        }
        guard let run = ScalarRun(regex: text) else { return nil }
        self = .run(run)
    }

    private static let wholes: [SplitPattern] =
        [.gpt2, .deepSeek3, .trailingSpace]
        + [1, 3, nil].flatMap { digits in
            [false, true].map { .cl100k(CL100KPattern(digits: digits, joinsMarks: $0)) }
        }

    /// The regular expression.
    var regex: String {
        switch self {
        case .gpt2:
            #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
        case .cl100k(let pattern): pattern.regex
        case .deepSeek3: DeepSeek3Pattern.regex
        case .run(let run): run.regex
        case .trailingSpace: #"\s+$"#
        }
    }

    /// Calls `piece` with the parts of `text`: every match, and what lies between matches. They cover it.
    @inline(__always)
    func split(_ text: ScalarScanner, piece: (_ start: Int, _ end: Int) -> Void) {
        switch self {
        case .gpt2: text.split(by: GPT2Pattern(splitsDigits: false), piece: piece)
        case .cl100k(let pattern): text.split(by: pattern, piece: piece)
        case .deepSeek3: text.split(by: DeepSeek3Pattern(), piece: piece)
        case .run(let run): text.split(by: run, piece: piece)
        case .trailingSpace: text.split(by: TrailingSpacePattern(), piece: piece)
        }
    }
}

/// Finds matches of one pattern.
protocol SplitMatcher {
    /// The end of the match that begins at `position`; nil where none does.
    func endOfMatch(in text: ScalarScanner, at position: Int) -> Int?
}

extension ScalarScanner {
    /// Calls `piece` with every match and every gap between matches, in order.
    @inline(__always)
    func split(by matcher: some SplitMatcher, piece: (_ start: Int, _ end: Int) -> Void) {
        var gap = 0
        var position = 0
        while position < count {
            if let end = matcher.endOfMatch(in: self, at: position) {
                if gap < position { piece(gap, position) }
                piece(position, end)
                position = end
                gap = end
            } else {
                position += scalar(at: position).length
            }
        }
        if gap < count { piece(gap, count) }
    }
}

/// `\s+$`, where `$` is the end of the text or of a line, as in Oniguruma.
struct TrailingSpacePattern: SplitMatcher {
    func endOfMatch(in text: ScalarScanner, at position: Int) -> Int? {
        var end = position
        var match: Int?
        while end < text.count {
            if end > position, text.bytes[end] == 0x0a { match = end }
            let next = text.kind(at: end)
            guard next.kind == UnicodeClasses.space else { return match }
            end += next.length
        }
        return end
    }
}
