import Testing

@testable import AlignData

@Suite struct MarkupReaderTests {
    private func read(_ text: String, _ source: RecipeSource) throws -> [RecordOutcome] {
        var outcomes: [RecordOutcome] = []
        try source.reader.read(
            RecordFile(
                origin: FileOrigin(source: "x.xml"), bytes: AlignDataTests.source(Array(text.utf8), chunk: 5))
        ) { outcomes.append($0) }
        return outcomes
    }

    private func source(_ format: RecipeSource.Format, record: String?) throws -> RecipeSource {
        let mapping = FieldMapping(
            document: Field("body"), title: Field("title"), references: [Field("summary")], id: Field("@id"))
        var source = RecipeSource(files: [try FilePattern("*.xml")], format: format, fields: mapping)
        source.record = record
        return source
    }

    @Test("each selected element is a record, known by its line")
    func records() throws {
        let outcomes = try read(
            """
            <articles>
              <article id="1"><title>A</title><body><p>x</p><p>y</p></body>
              <summary>s</summary><summary>t</summary></article>
              <article id="2"><body>z</body><summary>u</summary></article>
            </articles>
            """, source(.xml, record: "//article"))
        #expect(outcomes.count == 2)
        #expect(
            outcomes.first
                == .record(
                    SourceRecord(
                        sourceID: "1", document: "x\n\ny", title: "A", references: ["s", "t"],
                        provenance: Provenance(source: "x.xml", line: 2))))
        #expect(outcomes.last?.rejection?.reason == "missing-field")
        #expect(outcomes.last?.rejection?.provenance.line == 4)
    }

    @Test("of a file that is not XML, what was whole is kept; without a record it is one rejection")
    func faults() throws {
        let xml = try source(.xml, record: "//article")
        let broken = try read("<articles>\n<article></articles>", xml)
        #expect(broken.map { $0.rejection?.reason } == ["not-xml"])
        #expect(broken.first?.rejection?.provenance.line == 2)
        let good = "<article id='1'><title>A</title><body>x</body><summary>s</summary></article>"
        let half = try read("<articles>\(good)\n<article id='2'>", xml)
        #expect(half.map { $0.rejection?.reason } == [nil, "not-xml"])
        #expect(try read("<other/>", xml).map { $0.rejection?.reason } == ["no-record"])
    }

    @Test("a page of HTML is a record, or what is selected in it")
    func html() throws {
        var page = try source(.html, record: nil)
        page.fields = FieldMapping(
            document: Field("//div[@class='story']"), title: Field("//title"),
            references: [Field("//meta[@name='description']/@content")])
        let text = """
            <html><head><title>T</title><meta name="description" content="S"></head>
            <body><div class="story"><p>One<p>Two</div></body></html>
            """
        let record = try #require(try read(text, page).first?.record)
        #expect(record.title == "T")
        #expect(record.document == "One\n\nTwo")
        #expect(record.references == ["S"])
        var items = try source(.html, record: "//li")
        items.fields = FieldMapping(document: Field("."))
        #expect(try read("<ul><li>a<li>b</ul>", items).map { $0.record?.document } == ["a", "b"])
        #expect(try read("", items).map { $0.rejection?.reason } == ["no-record"])
    }
}
