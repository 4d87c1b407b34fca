/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, which matches everywhere.
///
/// With `splitsDigits`, every number character by itself first (`Digits`, individual), then the pattern on
/// what lies between, in one pass.
struct GPT2Pattern: SplitMatcher {
    let splitsDigits: Bool

    @inline(__always)
    private func scalar(_ text: ScalarScanner, at position: Int) -> (kind: UInt8, length: Int) {
        let scalar = text.scalar(at: position)
        let kind = scalar.class & UnicodeClasses.kindMask
        if kind == UnicodeClasses.lateNumber && !splitsDigits { return (UnicodeClasses.other, scalar.length) }
        return (kind, scalar.length)
    }

    /// The end of the run of `kind` that begins at `position`.
    @inline(__always)
    private func run(_ text: ScalarScanner, of kind: UInt8, from position: Int) -> Int {
        var end = kind == UnicodeClasses.letter ? text.endOfASCIILetters(from: position) : position
        while end < text.count {
            let next = scalar(text, at: end)
            guard next.kind == kind else { break }
            end += next.length
        }
        return end
    }

    /// A number ends the segment when digits are split off before the pattern is applied.
    @inline(__always)
    private func endsSegment(_ kind: UInt8) -> Bool {
        splitsDigits && (kind == UnicodeClasses.number || kind == UnicodeClasses.lateNumber)
    }

    @inline(__always)
    func endOfMatch(in text: ScalarScanner, at start: Int) -> Int? {
        let first = scalar(text, at: start)
        let next = start + first.length
        switch first.kind {
        case UnicodeClasses.letter:
            return run(text, of: UnicodeClasses.letter, from: next)
        case UnicodeClasses.number:
            return splitsDigits ? next : run(text, of: UnicodeClasses.number, from: next)
        case UnicodeClasses.lateNumber:
            return next
        case UnicodeClasses.space:
            return endOfSpace(text, from: start, next: next)
        default:
            if text.bytes[start] == 0x27, let end = endOfContraction(text, from: next) { return end }
            return run(text, of: UnicodeClasses.other, from: next)
        }
    }

    /// The end of `'s`, `'re` and the like, after the apostrophe; nil when it is none.
    @inline(__always)
    private func endOfContraction(_ text: ScalarScanner, from next: Int) -> Int? {
        guard next < text.count else { return nil }
        switch text.bytes[next] {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return next + 1
        case UInt8(ascii: "r"), UInt8(ascii: "v"):
            return next + 1 < text.count && text.bytes[next + 1] == UInt8(ascii: "e") ? next + 2 : nil
        case UInt8(ascii: "l"):
            return next + 1 < text.count && text.bytes[next + 1] == UInt8(ascii: "l") ? next + 2 : nil
        default: return nil
        }
    }

    /// A word that begins with white space: an optional blank and the word after it, or a run of white
    /// space that leaves its last one to the word after it.
    @inline(__always)
    private func endOfSpace(_ text: ScalarScanner, from start: Int, next: Int) -> Int {
        guard next < text.count else { return next }
        let following = scalar(text, at: next)
        if following.kind != UnicodeClasses.space {
            guard text.bytes[start] == 0x20, !endsSegment(following.kind) else { return next }
            return run(text, of: following.kind, from: next + following.length)
        }
        var end = next
        var last = start
        var after: UInt8?
        while end < text.count {
            let scalar = scalar(text, at: end)
            guard scalar.kind == UnicodeClasses.space else {
                after = scalar.kind
                break
            }
            last = end
            end += scalar.length
        }
        guard let after, !endsSegment(after) else { return end }
        return last
    }
}
