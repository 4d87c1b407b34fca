import Testing

@testable import AlignData

@Suite struct CleaningTests {
    @Test(
        "texts become alike, and every change is counted",
        arguments: [
            ("plain\ttext\n\nhere", "plain\ttext\n\nhere", [:]),
            ("  trimmed \n", "trimmed", [:]),
            ("\u{FEFF}a", "a", ["byte-order-marks-removed": 1]),
            ("a\r\nb\rc", "a\nb\nc", ["line-ends-made-one": 1]),
            ("a\u{0}b\u{1B}c\u{7F}\u{85}d", "abcd", ["control-characters-removed": 4]),
            ("cafe\u{301}", "caf\u{E9}", ["texts-composed": 1]),
            ("caf\u{E9} 🐢 Ā", "caf\u{E9} 🐢 Ā", [:]),
            ("", "", [:]),
        ] as [(String, String, [String: Int])])
    func texts(text: String, expected: String, changes: [String: Int]) {
        var cleaner = TextCleaner()
        let cleaned = cleaner.clean(text)
        #expect(Array(cleaned.utf8) == Array(expected.utf8))
        #expect(cleaner.changes.byName == changes)
        var again = TextCleaner()
        #expect(again.clean(cleaned).utf8.elementsEqual(cleaned.utf8))
        #expect(again.changes == TextCleaner.Changes())
    }

    private func record(_ document: String, _ references: [String] = []) -> SourceRecord {
        SourceRecord(document: document, references: references, provenance: Provenance(source: "x"))
    }

    private func reason(_ verdict: RecordCleaner.Verdict) -> String? {
        if case .filtered(let reason) = verdict { reason } else { nil }
    }

    @Test("each rule has its reason")
    func rules() {
        var rules = CleaningRules()
        rules.minCharacters = 3
        rules.maxCharacters = 6
        var cleaner = RecordCleaner(rules: rules)
        #expect(reason(cleaner.judge(record(" \u{0}\n"))) == "empty-document")
        #expect(reason(cleaner.judge(record("ab"))) == "too-short")
        #expect(reason(cleaner.judge(record("abcdefg"))) == "too-long")
        #expect(reason(cleaner.judge(record("same", ["other", " same "]))) == "document-equals-summary")
        #expect(reason(cleaner.judge(record("a b c", [" ", "s"]))) == nil)
        #expect(reason(cleaner.judge(record("a\nb  c"))) == "duplicate")
        #expect(reason(cleaner.judge(record("A b c"))) == nil)
        #expect(cleaner.takeNotes() == ["control-characters-removed": 1, "empty-references-dropped": 1])
        #expect(cleaner.takeNotes().isEmpty)
    }
}
