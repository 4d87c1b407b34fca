import Testing

@testable import AlignData

@Suite("White space")
struct WhiteSpaceTests {
    /// By the definition, scalar by scalar.
    private func reference(_ text: String) -> String {
        text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace)
            .map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
    }

    @Test("runs of white space become blanks, whatever stands around them, and nothing else changes")
    func normalized() {
        let random = CounterRandom(seed: 11, purpose: .sampling)
        let pieces = [
            "a", "bc", "words", "é", "語", "🙂", " ", " ", " ", "  ", "\n", "\t", "\u{85}", "\u{A0}",
            "\u{1680}", "\u{2003}",
            "\u{3000}", "\u{200B}", "\u{1}",
        ]
        var changed = 0
        for number in 0..<20_000 {
            let length = random.integer(UInt64(number) << 8, below: 24)
            let text = (0..<length).map { place in
                pieces[random.integer(UInt64(number) << 8 | UInt64(place + 1), below: pieces.count)]
            }.joined()
            let expected = reference(text)
            let normalized = WhiteSpace.normalized(text)
            #expect((normalized ?? text).utf8.elementsEqual(expected.utf8), "\(text.debugDescription)")
            #expect((normalized == nil) == text.utf8.elementsEqual(expected.utf8))
            changed += normalized == nil ? 0 : 1
        }
        #expect(changed > 1000 && changed < 20_000)
    }
}
