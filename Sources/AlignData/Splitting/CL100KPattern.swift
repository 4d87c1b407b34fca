/// The pattern of cl100k and its kin, which matches everywhere:
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*
///         |\s*[\r\n]+|\s+(?!\S)|\s+
struct CL100KPattern: Hashable, Sendable, SplitMatcher {
    /// The longest run of numbers in one word: 3 for Llama 3, 1 for Qwen; nil for any.
    var digits: Int?
    /// Marks are like letters (`[\p{L}\p{M}]+`, and `[^\s\p{L}\p{M}\p{N}]+`): Qwen 3.5.
    var joinsMarks = false

    var regex: String {
        let letters = joinsMarks ? #"[\p{L}\p{M}]+"# : #"\p{L}+"#
        let numbers = digits.map { $0 == 1 ? #"\p{N}"# : #"\p{N}{1,\#($0)}"# } ?? #"\p{N}+"#
        let others = joinsMarks ? #"\s\p{L}\p{M}\p{N}"# : #"\s\p{L}\p{N}"#
        return #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\#(letters)|\#(numbers)"#
            + #"| ?[^\#(others)]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    @inline(__always)
    private func kind(_ scalar: UInt8) -> UInt8 {
        if joinsMarks && scalar & UnicodeClasses.detailMask == UnicodeClasses.mark {
            return UnicodeClasses.letter
        }
        let kind = scalar & UnicodeClasses.kindMask
        return kind == UnicodeClasses.lateNumber ? UnicodeClasses.other : kind
    }

    @inline(__always)
    private func run(_ text: ScalarScanner, of kind: UInt8, from position: Int) -> Int {
        text.endOfRun(from: position) { self.kind($0) == kind }
    }

    @inline(__always)
    func endOfMatch(in text: ScalarScanner, at start: Int) -> Int? {
        let first = text.scalar(at: start)
        let next = start + first.length
        switch kind(first.class) {
        case UnicodeClasses.letter: return run(text, of: UnicodeClasses.letter, from: next)
        case UnicodeClasses.number: return endOfNumber(text, from: next)
        case UnicodeClasses.space: return endOfSpace(text, from: start, next: next)
        default:
            if text.bytes[start] == 0x27, let end = endOfContraction(text, from: next) { return end }
            if next < text.count {
                let following = text.scalar(at: next)
                if kind(following.class) == UnicodeClasses.letter {
                    return run(text, of: UnicodeClasses.letter, from: next + following.length)
                }
            }
            return text.endOfNewlines(from: run(text, of: UnicodeClasses.other, from: next))
        }
    }

    @inline(__always)
    private func endOfNumber(_ text: ScalarScanner, from next: Int) -> Int {
        guard let digits else { return run(text, of: UnicodeClasses.number, from: next) }
        var end = next
        for _ in 1..<max(digits, 1) {
            guard end < text.count else { break }
            let scalar = text.kind(at: end)
            guard scalar.kind == UnicodeClasses.number else { break }
            end += scalar.length
        }
        return end
    }

    @inline(__always)
    private func endOfSpace(_ text: ScalarScanner, from start: Int, next: Int) -> Int {
        guard next < text.count else { return next }
        let byte = text.bytes[start]
        let following = text.scalar(at: next)
        switch kind(following.class) {
        case UnicodeClasses.letter where byte != 0x0d && byte != 0x0a:
            return run(text, of: UnicodeClasses.letter, from: next + following.length)
        case UnicodeClasses.other where byte == 0x20:
            return text.endOfNewlines(
                from: run(text, of: UnicodeClasses.other, from: next + following.length))
        default: return text.endOfSpaceOrNewlines(from: start)
        }
    }

    /// The end of `'s`, `'RE` and the like, after the apostrophe; nil when it is none. Without case, the long
    /// s is an s.
    @inline(__always)
    private func endOfContraction(_ text: ScalarScanner, from next: Int) -> Int? {
        guard next < text.count else { return nil }
        func following(_ letter: UInt8) -> Int? {
            next + 1 < text.count && text.bytes[next + 1] | 0x20 == letter ? next + 2 : nil
        }
        switch text.bytes[next] | 0x20 {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return next + 1
        case UInt8(ascii: "r"), UInt8(ascii: "v"): return following(UInt8(ascii: "e"))
        case UInt8(ascii: "l"): return following(UInt8(ascii: "l"))
        default: break
        }
        let isLongS = text.bytes[next] == 0xc5 && next + 1 < text.count && text.bytes[next + 1] == 0xbf
        return isLongS ? next + 2 : nil
    }
}
