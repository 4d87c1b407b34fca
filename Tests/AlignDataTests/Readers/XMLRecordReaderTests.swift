import Testing

@testable import AlignData

@Suite struct XMLRecordReaderTests {
    private func read(_ xml: String) throws -> [RecordOutcome] {
        let mapping = FieldMapping(
            document: Field("body"), title: Field("title"), references: [Field("summary")], id: Field("@id"))
        let reader = try #require(XMLRecordReader(record: "//article", mapping: mapping))
        var outcomes: [RecordOutcome] = []
        try reader.read(source(Array(xml.utf8), chunk: 5), origin: FileOrigin(source: "x.xml")) {
            outcomes.append($0)
        }
        return outcomes
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
            """)
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

    @Test("a file that is not XML, or has no record, is one rejection")
    func faults() throws {
        let broken = try read("<articles>\n<article></articles>")
        #expect(broken.map { $0.rejection?.reason } == ["not-xml"])
        #expect(broken.first?.rejection?.provenance.line == 2)
        #expect(try read("<other/>").map { $0.rejection?.reason } == ["no-record"])
    }
}
