import Testing

@testable import AlignData

@Suite struct XMLRecordStreamTests {
    private func records(
        _ bytes: [UInt8], at path: String = "//a", chunk: Int = 1 << 16, manyRoots: Bool = false,
        maxRecordBytes: Int = 1 << 20
    ) throws -> (pieces: [XMLRecordStream.Piece], dropped: Int) {
        let stream = XMLRecordStream(
            record: try #require(ElementPath(path)), hasManyRoots: manyRoots, maxRecordBytes: maxRecordBytes)
        var pieces: [XMLRecordStream.Piece] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            try stream.feed(Array(bytes[start..<min(start + chunk, bytes.count)]))
            pieces += stream.take()
        }
        try stream.finish()
        return (pieces + stream.take(), stream.droppedEntities)
    }

    private func texts(_ xml: String, _ path: String, at record: String = "//a", chunk: Int = 1 << 16) throws
        -> [String]
    {
        let expression = try #require(XPath(path))
        return try records(Array(xml.utf8), at: record, chunk: chunk).pieces.flatMap { piece in
            if case .record(let node, _) = piece { node.texts(expression) } else { ["too large"] }
        }
    }

    @Test(
        "fields are elements, attributes and values of functions, whatever the chunks are",
        arguments: [1, 3, 64, 1000])
    func fields(chunk: Int) throws {
        let xml = "<r><a id='7'><t>one &amp; two</t><s> x </s><s>y</s></a>\n<b><a id='8'/></b></r>"
        #expect(try texts(xml, "t", chunk: chunk) == ["one & two"])
        #expect(try texts(xml, "s", chunk: chunk) == ["x", "y"])
        #expect(try texts(xml, "@id", chunk: chunk) == ["7", "8"])
        #expect(try texts(xml, "count(s)", chunk: chunk) == ["2", "0"])
        #expect(try texts(xml, "nothing", chunk: chunk) == [])
        #expect(try texts(xml, "@id", at: "/r/a", chunk: chunk) == ["7"])
    }

    @Test("wherever the file is cut into chunks, the same records stand at the same lines")
    func chunkBoundaries() throws {
        let xml = """
            <?xml version="1.0" encoding="UTF-8"?><!DOCTYPE r [<!ENTITY e "entity">]>
            <r><!-- a > comment --><a id="1">é&amp;ü &e; <![CDATA[<raw> ]] & ]]></a>
              <b><a id="2"><s>x</s><s>\u{1F422}</s></a></b><?pi a?><a
                id='3'/>\r\n<a id="4">]]&gt;</a></r>
            """
        let bytes = Array(xml.utf8)
        let expression = try #require(XPath("concat(@id, '|', .)"))
        func found(_ cut: (first: Int, second: Int)) throws -> [String] {
            let stream = XMLRecordStream(
                record: try #require(ElementPath("//a")), hasManyRoots: false, maxRecordBytes: 1 << 20)
            var pieces: [XMLRecordStream.Piece] = []
            for part in [bytes[..<cut.first], bytes[cut.first..<cut.second], bytes[cut.second...]]
            where !part.isEmpty {
                try stream.feed(Array(part))
                pieces += stream.take()
            }
            try stream.finish()
            return (pieces + stream.take()).flatMap { piece -> [String] in
                guard case .record(let node, let line) = piece else { return ["too large"] }
                return node.texts(expression).map { "\(line) \($0)" }
            }
        }
        let whole = try found((bytes.count, bytes.count))
        #expect(whole.count == 4)
        for first in 0...bytes.count {
            // A second cut right behind, so that a chunk of one byte stands everywhere.
            for second in [first, min(first + 1, bytes.count), min(first + 7, bytes.count)] {
                #expect(try found((first, second)) == whole, "cut at \(first) and \(second)")
            }
        }
    }

    @Test(
        "a path selects by names from the root, anywhere below //, whatever the prefixes",
        arguments: [
            ("/r/x:b/a", []), ("/r/b/a", ["2"]), ("/r//a", ["1", "2", "3"]), ("a", ["1", "2", "3"]),
            ("/a", []),
            ("/r/*/a", ["2"]), ("/r/a | //c", ["1", "3"]), ("//b//a", ["2", "3"]),
        ])
    func paths(path: String, ids: [String]) throws {
        let xml =
            "<r xmlns='u:1' xmlns:x='u:2'><a id='1'/><x:b><a id='2'/><c id='3'><a id='3'/></c></x:b></r>"
        guard ElementPath(path) != nil else {
            #expect(path.contains(":"))
            return
        }
        #expect(try texts(xml, "@id", at: path).sorted() == ids)
    }

    @Test("paragraphs are joined by blank lines, their white space run together")
    func paragraphs() throws {
        let xml = "<a><b>\n  <p>one\n   two <i>three</i></p>\n <p/>  <p>four</p>\n</b></a>"
        #expect(try texts(xml, "b") == ["one two three\n\nfour"])
    }

    @Test("declared encodings and UTF-16 are honoured", arguments: [1, 7, 1000])
    func encodings(chunk: Int) throws {
        let latin =
            Array("<?xml version='1.0' encoding='ISO-8859-1'?><a><t>caf".utf8) + [0xE9]
            + Array("</t></a>".utf8)
        let text = "<?xml version='1.0'?><a><t>café 🐢</t></a>"
        let little = littleEndianUTF16(text)
        let big = stride(from: 0, to: little.count, by: 2).flatMap { [little[$0 + 1], little[$0]] }
        let path = try #require(XPath("t"))
        for (bytes, expected) in [
            (latin, "café"), (little, "café 🐢"), (big, "café 🐢"),
            ([0xEF, 0xBB, 0xBF] + Array(text.utf8), "café 🐢"),
        ] {
            let found = try records(bytes, chunk: chunk).pieces.flatMap { piece -> [String] in
                if case .record(let node, _) = piece { return node.texts(path) }
                return []
            }
            #expect(found == [expected])
        }
    }

    @Test(
        "bytes that are not of the declared encoding are a fault wherever they stand",
        arguments: ["EUC-JP", "ISO-2022-JP", "UTF-8"], [1, 7, 1000])
    func wrongEncoding(name: String, chunk: Int) throws {
        let bytes =
            Array("<?xml version='1.0' encoding='\(name)'?><r><a><t>one</t></a><a><t>".utf8)
            + [0x8F, 0xFF, 0xFF, 0x1B] + Array("two</t></a>\(String(repeating: "<a/>", count: 50))</r>".utf8)
        let stream = XMLRecordStream(record: try #require(ElementPath("//a")))
        let fault = #expect(throws: XMLFault.self) {
            for start in stride(from: 0, to: bytes.count, by: chunk) {
                try stream.feed(Array(bytes[start..<min(start + chunk, bytes.count)]))
            }
            try stream.finish()
        }
        let codes = [9, 81, 6003]
        #expect(codes.contains(fault?.code ?? 0), "\(String(describing: fault))")
    }

    @Test("a fault names its line and shows nothing of the file")
    func fault() throws {
        let fault = #expect(throws: XMLFault.self) {
            _ = try records(Array("<a>\n<secret>\n</a>".utf8))
        }
        #expect(fault?.line == 3)
        #expect(fault?.detail == "not well-formed XML: an end tag that does not match its start tag")
        #expect(throws: XMLFault.self) { _ = try records([]) }
    }

    @Test("entities within the file are substituted, those of other files never")
    func entities() throws {
        #expect(try texts("<!DOCTYPE a [<!ENTITY e 'text'>]><a><t>&e;</t></a>", "t") == ["text"])
        let outside = "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a><t>&e;</t></a>"
        #expect(throws: XMLFault.self) { _ = try texts(outside, "t") }
        let parameter = "<!DOCTYPE a [<!ENTITY % e SYSTEM 'file:///etc/hostname'> %e;]><a><t>x</t></a>"
        #expect((try? texts(parameter, "t")) ?? ["x"] == ["x"])
        let elsewhere = "<!DOCTYPE a SYSTEM 'file:///nowhere.dtd'><a><t>x&alpha;y</t></a>"
        let found = try records(Array(elsewhere.utf8))
        #expect(found.dropped == 1)
        #expect(try texts(elsewhere, "t") == ["xy"])
        // A record inside an entity harms nobody.
        _ = try? texts("<!DOCTYPE r [<!ENTITY e '<a><t>x</t></a>'>]><r>&e;&e;<a><t>&e;</t></a></r>", "t")
    }

    @Test("entities that multiply are refused")
    func bomb() {
        var xml = "<!DOCTYPE a [<!ENTITY e0 'lollollollol'>"
        for i in 1...12 {
            xml += "<!ENTITY e\(i) '" + String(repeating: "&e\(i - 1);", count: 10) + "'>"
        }
        xml += "]><a>&e12;</a>"
        #expect(throws: XMLFault.self) { _ = try records(Array(xml.utf8)) }
    }

    @Test("a record that is too large costs itself alone", arguments: [1, 64, 100_000])
    func large(chunk: Int) throws {
        let long = String(repeating: "<b>word</b> <c d='e'/>", count: 200)
        let xml = "<r><a>one</a><a>x<b>\(long)</b>y</a><a>two</a></r>"
        let pieces = try records(Array(xml.utf8), chunk: chunk, maxRecordBytes: 1000).pieces
        let texts = pieces.map { piece in
            if case .record(let node, _) = piece { node.text } else { "-" }
        }
        #expect(texts == ["one", "-", "two"])
    }

    @Test("a row of elements without a root is read, with the entities of SGML")
    func manyRoots() throws {
        let sgml = "<DOC id='1'>R&AMP;D &UR; &amp; more</DOC>\n<DOC id='2'>x</DOC>\n"
        let found = try records(Array(sgml.utf8), at: "//DOC", chunk: 9, manyRoots: true)
        let texts = found.pieces.map { piece in
            if case .record(let node, let line) = piece { "\(line) \(node.text)" } else { "-" }
        }
        #expect(texts == ["1 R&D  & more", "2 x"])
        #expect(found.dropped == 1)
    }

    @Test("what is no path is told apart")
    func expressions() {
        #expect(XPath("//a[@b='c']") != nil)
        #expect(XPath("//a[") == nil)
        for path in ["", "/", "a[1]", "a/", "@id", "a||b"] { #expect(ElementPath(path) == nil, "\(path)") }
    }
}
