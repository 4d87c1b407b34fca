/// The last of DeepSeek V3's three patterns. Numbers by themselves, and controls, it does not match.
struct DeepSeek3Pattern: SplitMatcher {
    static let regex =
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
        + #"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    @inline(__always)
    private static func isLetterOrMark(_ scalar: UInt8) -> Bool {
        scalar & UnicodeClasses.kindMask == UnicodeClasses.letter
            || scalar & UnicodeClasses.detailMask == UnicodeClasses.mark
    }

    @inline(__always)
    private static func isPunctuationOrSymbol(_ scalar: UInt8) -> Bool {
        let detail = scalar & UnicodeClasses.detailMask
        return detail == UnicodeClasses.punctuation || detail == UnicodeClasses.symbol
    }

    @inline(__always)
    private static func isASCIILetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    func endOfMatch(in text: ScalarScanner, at start: Int) -> Int? {
        let byte = text.bytes[start]
        let first = text.scalar(at: start)
        let next = start + first.length
        if Self.isLetterOrMark(first.class) {
            return text.endOfRun(from: next, where: Self.isLetterOrMark)
        }
        if Self.isPunctuationOrSymbol(first.class) {
            // All of ASCII's punctuation and symbols are in the first class.
            if byte < 0x80, next < text.count, Self.isASCIILetter(text.bytes[next]) {
                var end = next
                while end < text.count, Self.isASCIILetter(text.bytes[end]) { end += 1 }
                return end
            }
            return text.endOfNewlines(from: text.endOfRun(from: next, where: Self.isPunctuationOrSymbol))
        }
        let isSpace = first.class & UnicodeClasses.kindMask == UnicodeClasses.space
        if next < text.count, byte != 0x0d, byte != 0x0a {
            let following = text.scalar(at: next)
            if Self.isLetterOrMark(following.class) {
                return text.endOfRun(from: next, where: Self.isLetterOrMark)
            }
            if byte == 0x20, Self.isPunctuationOrSymbol(following.class) {
                return text.endOfNewlines(from: text.endOfRun(from: next, where: Self.isPunctuationOrSymbol))
            }
        }
        return isSpace ? text.endOfSpaceOrNewlines(from: start) : nil
    }
}
