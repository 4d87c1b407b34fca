import Foundation
import Testing

@testable import AlignData

@Suite struct ComposedTextTests {
    @Test func whatIsCalledSafeIsComposedBesideEveryOther() {
        var wrong: [UInt32] = []
        for value in ComposedText.safeRanges.joined() {
            guard let scalar = Unicode.Scalar(value) else { continue }
            guard scalar.properties.canonicalCombiningClass == .notReordered else {
                wrong.append(value)
                continue
            }
            // Hangul syllables and ideographs are many and alike.
            if value > 0x3400 && value < 0xFF00 && value % 97 != 0 { continue }
            if value > 0x20000 && value % 97 != 0 { continue }
            for before in ["", "a", "e", "\u{1100}", "\u{AC00}", "\u{3B1}", "\u{304B}", "\u{5D0}", "\u{627}"]
            {
                let text = before + String(scalar)
                if !text.precomposedStringWithCanonicalMapping.utf8.elementsEqual(text.utf8) {
                    wrong.append(value)
                    break
                }
            }
        }
        #expect(wrong == [])
    }

    @Test func scalarsThatComposeOrDecomposeAreNotSafe() {
        for scalar
            in "\u{300}\u{301}\u{37E}\u{387}\u{4C}\u{2126}\u{212B}\u{3099}\u{1161}\u{11A8}\u{F900}\u{FB1D}"
            .unicodeScalars where scalar.value > 0x7F
        {
            let bytes = Array(String(scalar).utf8)
            #expect(!bytes.withUnsafeBufferPointer { ComposedText.isSafe($0, at: 0) }, "\(scalar.value)")
        }
    }

    @Test func cleaningComposesWhatEverNeedsIt() {
        let texts = [
            "plain", "caf\u{E9}", "cafe\u{301}", "\u{212B}ngstr\u{F6}m", "한국어", "\u{1112}\u{1161}\u{11AB}",
            "日本語",
            "か\u{3099}", "Ω \u{2126}", "Việt Nam", "क\u{93C}", "שלום", "“quoted” – dash… €", "𝒜 🐢",
            "\u{F900}",
            "a\u{315}\u{300}", "ελληνικά", "русский й", "и\u{306}",
        ]
        for text in texts {
            var cleaner = TextCleaner()
            let cleaned = cleaner.clean(text)
            let composed = text.precomposedStringWithCanonicalMapping
            #expect(cleaned.utf8.elementsEqual(composed.utf8), "\(text)")
            #expect(cleaner.changes.composed == (composed.utf8.elementsEqual(text.utf8) ? 0 : 1), "\(text)")
        }
    }

    @Test(arguments: [0, 1, 6, 7, 8, 9, 15, 16, 17])
    func whatNeedsWorkIsFoundWhereverItStands(length: Int) {
        let filling = String(repeating: "x", count: length)
        for (unclean, clean) in [
            ("a\u{1}b", "ab"), ("a\r\nb", "a\nb"), ("a\u{7F}b", "ab"), ("a\u{85}b", "ab"),
            ("a\u{A0}b", "a\u{A0}b"),
            ("ae\u{301}", "aé"), ("a\tb\n\nc~", "a\tb\n\nc~"), ("a\u{FEFF}b", "a\u{FEFF}b"),
        ] {
            var cleaner = TextCleaner()
            let text = cleaner.clean(filling + unclean + filling)
            #expect(text.utf8.elementsEqual((filling + clean + filling).utf8))
            #expect(cleaner.clean(" \u{3000}\(filling)z\u{A0}\n") == filling + "z")
        }
        var cleaner = TextCleaner()
        #expect(cleaner.clean("\u{FEFF}\(filling)z") == filling + "z" && cleaner.changes.byteOrderMarks == 1)
    }
}
