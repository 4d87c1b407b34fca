import Testing

@testable import AlignData

@Suite struct FileHealthTests {
    private func diagnosis(_ lines: [String]) throws -> FileHealth.Diagnosis? {
        var health = FileHealth()
        let source = RecipeSource(
            files: [try FilePattern("*")], format: .jsonLines, fields: FieldMapping(document: Field("text")))
        var found: FileHealth.Diagnosis?
        try source.reader.read(
            RecordFile(
                origin: FileOrigin(source: "x"),
                bytes: AlignDataTests.source(Array(lines.joined(separator: "\n").utf8)))
        ) {
            health.note($0)
            found = found ?? health.diagnosis(atEnd: false)
        }
        return found ?? health.diagnosis(atEnd: true)
    }

    @Test(
        "what the lines look like is said",
        arguments: [
            ("{'text': 'x'}", "Python dictionaries"), ("{\"text\": None}", "Python dictionaries"),
            ("<post>x</post>", "XML or HTML"), ("  \"text\": \"x\",", "a JSON document of several lines"),
            ("a\tb\tc", "tab-separated"), ("1,a,b", "comma-separated"), ("Just a sentence.", "plain text"),
            ("\u{0}\u{1}", "binary data"), ("[1, 2]", "JSON lists"), ("{\"text\": }", "damaged JSON"),
        ])
    func appearance(line: String, words: String) throws {
        let found = try #require(try diagnosis(Array(repeating: line, count: 30)))
        #expect(found.looksLike?.contains(words) == true, "\(found)")
        #expect(found.failures == 30 && found.records == 30)
    }

    @Test("a field that most records lack is a matter of the recipe; some bad lines are not")
    func measure() throws {
        let found = try diagnosis(Array(repeating: "{\"body\": \"x\"}", count: 5000))
        #expect(found?.records == 1000)
        #expect(found?.looksLike == nil)
        #expect(found?.detail.contains("which has body") == true)
        let good = "{\"text\": \"x\"}"
        #expect(try diagnosis(Array(repeating: "bad", count: 19)) == nil)
        #expect(try diagnosis(Array(repeating: "bad", count: 30) + Array(repeating: good, count: 30)) == nil)
        #expect(try diagnosis(Array(repeating: "bad", count: 31) + Array(repeating: good, count: 30)) != nil)
    }
}
