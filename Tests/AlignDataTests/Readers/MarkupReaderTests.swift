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
        #expect(broken.compactMap(\.rejection).map(\.reason) == ["not-xml"])
        #expect(broken.first == .noted("sources-not-read-to-their-end", 1))
        #expect(broken.last?.rejection?.provenance.line == 2)
        let good = "<article id='1'><title>A</title><body>x</body><summary>s</summary></article>"
        let half = try read("<articles>\(good)\n<article id='2'>", xml)
        #expect(half.map { $0.rejection?.reason } == [nil, nil, "not-xml"])
        #expect(try read("<other/>", xml).map { $0.rejection?.reason } == ["no-record"])
    }

    @Test(
        "a page's bytes are what browsers take them for",
        arguments: [
            // A label of Latin-1 means Windows-1252.
            ("<meta charset=\"iso-8859-1\">", [0x93, 0xE9, 0x94, 0x80] as [UInt8], "\u{201C}é\u{201D}€"),
            ("<META http-equiv='Content-Type' content='text/html; charset=ISO_8859-1'>", [0x80], "€"),
            ("<!-- <meta charset=utf-8> --><meta charset = us-ascii >", [0x92], "\u{2019}"),
            ("<?xml version=\"1.0\" encoding=\"latin1\"?>", [0x96], "–"),
            ("<meta charset=windows-1252>", [0x81, 0xE9], "\u{81}é"),
            // Without a declaration it is UTF-8, if it can be.
            ("", [0xE2, 0x82, 0xAC], "€"), ("", [0x93, 0xE9, 0x94], "\u{201C}é\u{201D}"),
            ("<meta charset=no-such-thing>", [0xE2, 0x82, 0xAC], "€"),
            ("<meta charset=utf-8>", [0xE2, 0x82, 0xAC], "€"),
            ("<meta charset=utf-16>", [0xE2, 0x82, 0xAC], "€"),
            // Labels of other families that mean more than their standard.
            ("<meta charset=iso-8859-9>", [0xF0, 0x80], "ğ€"),
            ("<meta charset=shift_jis>", [0x87, 0x40], "①"),
            ("<meta charset=koi8-r>", [0xC1], "а"),
        ])
    func htmlEncoding(declaration: String, bytes: [UInt8], text: String) throws {
        var page = try source(.html, record: nil)
        page.fields = FieldMapping(document: Field("//p"))
        var outcomes: [RecordOutcome] = []
        let start = Array("<html><head>\(declaration)</head><body><p>".utf8)
        let html = (declaration.hasPrefix("<?xml") ? Array(declaration.utf8) : []) + start
        try page.reader.read(
            RecordFile(
                origin: FileOrigin(source: "x.html"),
                bytes: AlignDataTests.source(html + bytes + Array("</p></body></html>".utf8)))
        ) { outcomes.append($0) }
        #expect(outcomes.map { $0.record?.document } == [text])
    }

    @Test(
        "a page with a byte order mark is what that says; one that is not of its UTF-8 is rejected or repaired"
    )
    func htmlMarks() throws {
        var page = try source(.html, record: nil)
        page.fields = FieldMapping(document: Field("//p"))
        func read(_ bytes: [UInt8], _ repair: RecipeSource.Repair? = nil) throws -> [RecordOutcome] {
            page.repair = repair
            var outcomes: [RecordOutcome] = []
            try page.reader.read(
                RecordFile(origin: FileOrigin(source: "x.html"), bytes: AlignDataTests.source(bytes))
            ) { outcomes.append($0) }
            return outcomes
        }
        let html = "<html><head><meta charset=iso-8859-1></head><body><p>é €</p></body></html>"
        #expect(try read([0xEF, 0xBB, 0xBF] + Array(html.utf8)).map { $0.record?.document } == ["é €"])
        #expect(try read(littleEndianUTF16(html)).map { $0.record?.document } == ["é €"])
        let bad = Array("<meta charset=utf-8><p>caf".utf8) + [0xE9] + Array("</p>".utf8)
        #expect(try read(bad).map { $0.rejection?.reason } == ["invalid-utf8"])
        #expect(try read(bad, .replace).compactMap(\.record).map(\.document) == ["caf\u{FFFD}"])
        #expect(try read(bad, .windows1252).compactMap(\.record).map(\.document) == ["café"])
        #expect(try read(bad, .replace).first == .noted("invalid-utf8-repaired", 1))
    }

    private func documents(
        _ bytes: [UInt8], _ source: RecipeSource, chunk: Int = 3
    ) throws -> (texts: [String], reasons: [String], notes: [RecordOutcome]) {
        var outcomes: [RecordOutcome] = []
        try source.reader.read(
            RecordFile(
                origin: FileOrigin(source: "x.xml"), bytes: AlignDataTests.source(bytes, chunk: chunk))
        ) { outcomes.append($0) }
        return (
            outcomes.compactMap(\.record).map(\.document), outcomes.compactMap(\.rejection).map(\.reason),
            outcomes.filter { $0.record == nil && $0.rejection == nil }
        )
    }

    @Test(
        "XML that is not of the encoding it declares is read as the recipe says", arguments: [1, 7, 1000])
    func xmlEncoding(chunk: Int) throws {
        var xml = try source(.xml, record: "//a")
        xml.fields = FieldMapping(document: Field("."))
        func bytes(_ declaration: String, _ text: [UInt8]) -> [UInt8] {
            Array((declaration + "<r><a>").utf8) + text + Array("</a><a>next</a></r>".utf8)
        }
        let utf8 = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        let latin1: [UInt8] = [0x63, 0xE9, 0x20, 0x93, 0x80]
        // As it is, it ends there.
        #expect(try documents(bytes(utf8, latin1), xml, chunk: chunk).reasons == ["not-xml"])
        xml.markupEncoding = .windows1252
        #expect(try documents(bytes(utf8, latin1), xml, chunk: chunk).texts == ["cé “€", "next"])
        #expect(try documents(bytes("", latin1), xml, chunk: chunk).texts == ["cé “€", "next"])
        xml.markupEncoding = .utf8
        let wrong = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"
        #expect(try documents(bytes(wrong, Array("é€".utf8)), xml, chunk: chunk).texts == ["é€", "next"])
        xml.markupEncoding = .utf16
        let text = String(decoding: bytes(wrong, Array("é€".utf8)), as: UTF8.self)
        let unmarked = Array(littleEndianUTF16(text).dropFirst(2))
        #expect(try documents(unmarked, xml, chunk: chunk).texts == ["é€", "next"])
    }

    @Test("bytes of XML that are not UTF-8 are repaired where asked for", arguments: [1, 7, 1000])
    func xmlRepair(chunk: Int) throws {
        var xml = try source(.xml, record: "//a")
        xml.fields = FieldMapping(document: Field("."))
        // Among characters of several bytes, which chunks cut in two.
        let text = Array("<r><a>é€\u{1F600}".utf8) + [0xE9, 0x93] + Array("€x</a><a>".utf8) + [0xC3]
        let bytes = text + Array("</a></r>".utf8)
        xml.repair = .replace
        let replaced = try documents(bytes, xml, chunk: chunk)
        #expect(replaced.texts == ["é€\u{1F600}\u{FFFD}€x", "\u{FFFD}"])
        #expect(replaced.notes == [.noted("invalid-utf8-repaired", 1)])
        xml.repair = .windows1252
        #expect(try documents(bytes, xml, chunk: chunk).texts == ["é€\u{1F600}é“€x", "Ã"])
        #expect(try documents(Array("<r><a>é</a></r>".utf8), xml, chunk: chunk).notes.isEmpty)
        // What declares another encoding is left to it.
        let latin1 = Array("<?xml version='1.0' encoding='ISO-8859-1'?><r><a>".utf8) + [0xE9]
        let declared = try documents(latin1 + Array("</a></r>".utf8), xml, chunk: chunk)
        #expect(declared.texts == ["é"] && declared.notes.isEmpty)
        let utf16 = littleEndianUTF16("<r><a>é</a></r>")
        #expect(try documents(utf16, xml, chunk: chunk).texts == ["é"])
    }

    @Test("a page is of the encoding that the recipe names, whatever it declares")
    func htmlStated() throws {
        var page = try source(.html, record: nil)
        page.fields = FieldMapping(document: Field("//p"))
        page.markupEncoding = .windows1252
        let bytes = Array("<meta charset=utf-8><p>caf".utf8) + [0xE9, 0x80] + Array("</p>".utf8)
        #expect(try documents(bytes, page).texts == ["café€"])
    }

    @Test(
        "an element or an attribute without text exists",
        arguments: [
            ("redirect", true, 2), ("redirect", false, 2), ("redirect/@title", true, 1),
            ("redirect/@title", false, 3), ("string(redirect)", true, 0), ("none", true, 0),
            ("none", false, 4),
        ])
    func exists(path: String, value: Bool, count: Int) throws {
        var xml = try source(.xml, record: "//a")
        xml.fields = FieldMapping(document: Field("t"))
        xml.conditions = [
            RecipeSource.Condition(field: Field(path, isOptional: true), rule: .exists(value))
        ]
        let text =
            "<r><a><t>1</t><redirect/></a><a><t>2</t><redirect title=''></redirect></a><a><t>3</t></a><a><t>4</t></a></r>"
        #expect(try documents(Array(text.utf8), xml).texts.count == count)
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
