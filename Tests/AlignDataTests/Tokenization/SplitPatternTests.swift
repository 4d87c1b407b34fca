import Testing

@testable import AlignData

/// The patterns that vocabularies of models hardly reach, and what is no pattern of ours.
@Suite struct SplitPatternTests {
    private static func pieces(_ regex: String, _ text: String) throws -> [String] {
        let pattern = try #require(SplitPattern(regex: regex))
        return pieces(PreTokenizer(steps: [.pattern(pattern)], isByteLevel: true), text)
    }

    private static func pieces(_ preTokenizer: PreTokenizer, _ text: String) -> [String] {
        var text = text
        return text.withUTF8 { bytes in
            var pieces: [String] = []
            preTokenizer.split(bytes) { pieces.append(String(decoding: bytes[$0..<$1], as: UTF8.self)) }
            return pieces
        }
    }

    @Test(arguments: [
        (#"\s+$"#, "a  \n b \t", ["a", "  ", "\n b", " \t"]),
        (#"\p{N}{1,3}"#, "a12345b", ["a", "123", "45", "b"]),
        (#"[0-9]{3}"#, "12345", ["123", "45"]),
        (#"\s?\p{P}+"#, "a ,!? b.", ["a", " ,!?", " b", "."]),
        (#"\s?[!-。]+"#, "\u{3000}\u{3000}a", ["\u{3000}\u{3000}a"]),
        (#"[\r\n]"#, "a\r\n\nb", ["a", "\r", "\n", "\n", "b"]),
        (#"\p{N}"#, "1٣x", ["1", "٣", "x"]),
    ])
    func runs(regex: String, text: String, expected: [String]) throws {
        #expect(try Self.pieces(regex, text).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    }

    @Test(arguments: [
        #"(?=a)"#, #"[^a]+"#, #"a|b"#, #"[a&&b]"#, #"[[:alpha:]]"#, #"\d+"#, #"\p{Han}+"#, #"a*"#, #"a{0,2}"#,
        #"[b-a]"#,
        #"[a"#, "", #"\p{N}{1,"#, #"(a)"#, #"a."#,
    ])
    func otherRegularExpressionsAreNoPattern(regex: String) {
        #expect(SplitPattern(regex: regex) == nil)
    }

    @Test func aPatternIsKnownByItsOwnExpression() {
        let patterns: [SplitPattern] = [
            .gpt2, .deepSeek3, .trailingSpace, .cl100k(CL100KPattern(digits: 3)),
            .cl100k(CL100KPattern(digits: nil)),
            .cl100k(CL100KPattern(digits: 1, joinsMarks: true)),
        ]
        for pattern in patterns { #expect(SplitPattern(regex: pattern.regex) == pattern) }
        #expect(PreTokenizer.deepSeekLLM.steps.count == 6)
        #expect(PreTokenizer.llamaCppDefault.steps.count == 4)
    }

    @Test(arguments: [
        (LiteralSplit.Behavior.isolated, ["the", "-", "final", "-", "-", "countdown"]),
        (.mergedWithPrevious, ["the-", "final-", "-", "countdown"]),
        (.mergedWithNext, ["the", "-final", "-", "-countdown"]),
        (.contiguous, ["the", "-", "final", "--", "countdown"]),
        (.runWithNext, ["the", "-final", "--countdown"]),
    ])
    func literals(behavior: LiteralSplit.Behavior, expected: [String]) {
        let split = PreTokenizer(steps: [.literal(LiteralSplit("-", behavior))], isByteLevel: false)
        #expect(Self.pieces(split, "the-final--countdown") == expected)
    }
}
