/// Cuts text into the words that byte-pair encoding sees, without a regular-expression engine.
///
/// A sequence of steps, each of which cuts every piece that the one before left; a piece is a text of its
/// own, whose end is the end of the text to a pattern.
struct PreTokenizer: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        /// Numbers, each by itself or in runs.
        case digits(individual: Bool)
        /// A regular expression: matches, and what lies between them.
        case pattern(SplitPattern)
        /// A fixed string.
        case literal(LiteralSplit)
    }

    /// What is done to each piece between added tokens before it is cut.
    var prefix: TextPrefix?
    var steps: [Step] { didSet { plan = Plan(steps) } }
    /// Whether pieces of words are written in the byte alphabet (`ByteLevel`) or as they are.
    var isByteLevel: Bool
    private var plan: Plan

    init(prefix: TextPrefix? = nil, steps: [Step], isByteLevel: Bool) {
        self.prefix = prefix
        self.steps = steps
        self.isByteLevel = isByteLevel
        plan = Plan(steps)
    }

    /// The GPT-2 pattern on bytes.
    static let gpt2 = PreTokenizer(steps: [.pattern(.gpt2)], isByteLevel: true)
    /// Digits one by one, then the GPT-2 pattern on bytes.
    static let smollm = PreTokenizer(
        steps: [.digits(individual: true), .pattern(.gpt2)], isByteLevel: true)

    /// Calls `word` with the byte range of each word of `text`, in order; together they cover it.
    /// - Parameter text: one segment of UTF-8; its end counts as the end of the text.
    @inline(__always)
    func split(_ text: UnsafeBufferPointer<UInt8>, word: (_ start: Int, _ end: Int) -> Void) {
        ScalarScanner.scan(text) { text in
            switch plan {
            case .whole: word(0, text.count)
            case .digitsThenGPT2: text.split(by: GPT2Pattern(splitsDigits: true), piece: word)
            case .pattern(let pattern): pattern.split(text, piece: word)
            case .steps: Self.cut(text, start: 0, steps: steps[...], word: word)
            }
        }
    }

    /// Cuts `text`, which begins at `start` of the segment, by the steps that are left.
    private static func cut(
        _ text: ScalarScanner, start: Int, steps: ArraySlice<Step>, word: (_ start: Int, _ end: Int) -> Void
    ) {
        guard let step = steps.first else { return word(start, start + text.count) }
        let rest = steps.dropFirst()
        let piece = { (from: Int, to: Int) in
            cut(text.part(from, to), start: start + from, steps: rest, word: word)
        }
        switch step {
        case .digits(let individual):
            text.split(by: DigitsPattern(individual: individual), piece: piece)
        case .pattern(let pattern): pattern.split(text, piece: piece)
        case .literal(let literal): literal.split(text, piece: piece)
        }
    }
}

extension PreTokenizer {
    /// How the steps are carried out: frequent ones in one pass.
    private enum Plan: Hashable, Sendable {
        case whole
        case digitsThenGPT2
        case pattern(SplitPattern)
        case steps

        init(_ steps: [Step]) {
            if steps.isEmpty {
                self = .whole
            } else if steps == [.digits(individual: true), .pattern(.gpt2)] {
                self = .digitsThenGPT2
            } else if steps.count == 1, case .pattern(let pattern) = steps[0] {
                self = .pattern(pattern)
            } else {
                self = .steps
            }
        }
    }
}

/// `Digits`: what Rust's `char::is_numeric` takes for a number, newer than the patterns' `\p{N}`.
struct DigitsPattern: SplitMatcher {
    let individual: Bool

    func endOfMatch(in text: ScalarScanner, at position: Int) -> Int? {
        func isNumber(_ scalar: UInt8) -> Bool {
            let kind = scalar & UnicodeClasses.kindMask
            return kind == UnicodeClasses.number || kind == UnicodeClasses.lateNumber
        }
        let first = text.scalar(at: position)
        guard isNumber(first.class) else { return nil }
        let next = position + first.length
        return individual ? next : text.endOfRun(from: next, where: isNumber)
    }
}
