import Foundation
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
        switch verdict {
        case .filtered(let reason): reason
        case .joins(_, let number): "joins \(number)"
        case .sound: nil
        }
    }

    @Test("each rule has its reason")
    func rules() throws {
        var cleaner = try cleaner("min-characters: 3, max-characters: 6, summary: {max-characters: 5}")
        #expect(try reason(cleaner.judge(record(" \u{0}\n"))) == "empty-document")
        #expect(try reason(cleaner.judge(record("ab"))) == "too-short")
        #expect(try reason(cleaner.judge(record("abcdefg"))) == "too-long")
        #expect(try reason(cleaner.judge(record("a long one", ["too long"]))) == "too-long")
        #expect(try reason(cleaner.judge(record("short", ["too long"]))) == "summary-too-long")
        #expect(try reason(cleaner.judge(record("same", ["other", " same "]))) == "document-equals-summary")
        #expect(try reason(cleaner.judge(record("a b c", [" ", "s"]))) == nil)
        #expect(try reason(cleaner.judge(record("a\nb  c"))) == "joins 0")
        #expect(try reason(cleaner.judge(record("A b c"))) == nil)
        #expect(cleaner.takeNotes() == ["control-characters-removed": 1, "empty-references-dropped": 1])
        #expect(cleaner.takeNotes().isEmpty)
    }

    private func cleaner(_ rules: String, each: Bool = false) throws -> RecordCleaner {
        let each = each ? "each: 'parts[*]'" : "split: train"
        let recipe = try Recipe(
            yaml: """
                name: x
                sources: [{files: '*.jsonl', format: jsonl, \(each), fields: {document: text, question: question?}}]
                prompt: {text: '{document} {question}', max-tokens: 10}
                clean: {\(rules)}
                """, name: "x.yml")
        return RecordCleaner(recipe: recipe, seed: 0)
    }

    @Test("a document is in one split alone, whichever rules are off, and the first one wins")
    func leaks() throws {
        for rules in ["drop-duplicates: true", "drop-duplicates: false", "near-duplicates: 0.8"] {
            var cleaner = try cleaner(rules)
            var first = record("the same text")
            first.split = .test
            var second = record("the  same\ntext")
            second.split = .train
            #expect(try reason(cleaner.judge(first)) == nil)
            #expect(try reason(cleaner.judge(second)) == "duplicate-in-other-split")
        }
    }

    @Test("several questions to one document are several records, the same question belongs to the first")
    func parts() throws {
        var cleaner = try cleaner("min-characters: 1", each: true)
        func record(_ question: String) -> SourceRecord {
            SourceRecord(document: "d", fields: ["question": question], provenance: Provenance(source: "x"))
        }
        #expect(try reason(cleaner.judge(record("who?"))) == nil)
        #expect(try reason(cleaner.judge(record("why?"))) == nil)
        #expect(try reason(cleaner.judge(record("who? "))) == "joins 0")
        #expect(try reason(cleaner.judge(record("why?"))) == "joins 1")
    }

    @Test("records that a recipe groups are apart where a field that it names differs")
    func groups() throws {
        var cleaner = try cleaner("group-by: question")
        func record(_ question: String) -> SourceRecord {
            SourceRecord(document: "d", fields: ["question": question], provenance: Provenance(source: "x"))
        }
        #expect(try ["1", "2", "1"].map { try reason(cleaner.judge(record($0))) } == [nil, nil, "joins 0"])
    }

    @Test("rows of a near duplicate are near duplicates")
    func nearRows() throws {
        var cleaner = try cleaner("near-duplicates: 0.8", each: true)
        let text = (0..<200).map { "w\($0)" }.joined(separator: " ")
        func judge(_ text: String, _ question: String) throws -> String? {
            try reason(
                cleaner.judge(
                    SourceRecord(
                        document: text, fields: ["question": question], provenance: Provenance(source: "x"))))
        }
        #expect(try judge(text, "who?") == nil)
        #expect(try judge(text + " more", "who?") == "near-duplicate")
        #expect(try judge(text + " more", "why?") == "near-duplicate")
        #expect(try judge(text, "why?") == nil)
    }

    @Test("an index forgets nothing, whether its texts fit in memory or not", arguments: [1, 100, 5000])
    func index(inMemory: Int) throws {
        let folder = try TemporaryFolder()
        var files = 0
        var index = FingerprintIndex(inMemory: inMemory) {
            files += 1
            return try UnnamedFile(in: folder.file("."), for: "texts")
        }
        let prints = (0..<3000).map { FingerprintIndex.Fingerprint(RecordID(kind: "document", ["\($0)"])) }
        for (number, print) in prints.enumerated() where inMemory > 1 || number < 30 {
            #expect(index.entry(of: print) == nil)
            try index.insert(print, .init(split: number % 2 == 0 ? .train : .test, number: UInt32(number)))
            for early in [0, number / 2, number] {
                #expect(
                    index.entry(of: prints[early])
                        == .init(split: early % 2 == 0 ? .train : .test, number: UInt32(early)))
            }
        }
        #expect(files == [1: 29, 100: 29, 5000: 0][inMemory])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file(".")) == [])
    }

    @Test("the estimated similarity is the Jaccard similarity of the shingles, within four standard errors")
    func similarity() {
        let words = (0..<400).map { "w\($0)" }
        for changed in [0, 5, 10, 20, 40] {
            var other = words
            for index in 0..<changed { other[index * 10] = "x\(index)" }
            let shingles = { (words: [String]) in
                Set((0...(words.count - 5)).map { words[$0..<($0 + 5)].joined(separator: " ") })
            }
            let (a, b) = (shingles(words), shingles(other))
            let exact = Double(a.intersection(b).count) / Double(a.union(b).count)
            let estimate = NearDuplicateIndex.similarity(
                words.joined(separator: " "), other.joined(separator: "\n"))
            #expect(abs(estimate - exact) < 0.18, "\(changed): \(estimate) \(exact)")
        }
        #expect(NearDuplicateIndex.similarity("a b c", "A b  c") == 1)
        #expect(NearDuplicateIndex.similarity("", "a") < 0.1)
    }

    @Test("near duplicates are found across thousands of other documents, and nothing else is")
    func nearDuplicates() {
        var index = NearDuplicateIndex(threshold: 0.8)
        let random = CounterRandom(seed: 3, purpose: .sampling)
        func words(_ document: Int) -> [String] {
            (0..<200).map { "w\(random.integer(UInt64(document * 1000 + $0), below: 5000))" }
        }
        for document in 0..<2000 {
            let isKnown = index.insert(words(document).joined(separator: " "))
            #expect(!isKnown)
        }
        var found = 0
        for document in 0..<100 {
            var changed = words(document * 20)
            // Two changed words of 200 take ten shingles of 196 each way: a similarity of 0.90.
            changed[50] = "y"
            changed[150] = "z"
            if index.insert(changed.joined(separator: " ")) { found += 1 }
        }
        #expect(found >= 95)
        for rows in [1, 2, 4, 8, 16] {
            #expect(NearDuplicateIndex.detection(of: 1, rows: rows) == 1)
            #expect(
                NearDuplicateIndex.detection(of: 0.9, rows: rows) > NearDuplicateIndex.detection(
                    of: 0.5, rows: rows) - 1e-12)
        }
    }
}
