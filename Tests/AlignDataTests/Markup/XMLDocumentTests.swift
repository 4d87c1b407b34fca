import Testing

@testable import AlignData

@Suite struct XMLDocumentTests {
    private func texts(_ xml: String, _ path: String) throws -> [String] {
        let document = try XMLDocument(Array(xml.utf8))
        let top = try #require(XPath("/*"))
        let root = try #require(document.nodes(top).first)
        return root.texts(try #require(XPath(path)))
    }

    @Test("fields are elements, attributes and values of functions")
    func fields() throws {
        let xml = "<a id='7'><t>one &amp; two</t><s> x </s><s>y</s></a>"
        #expect(try texts(xml, "t") == ["one & two"])
        #expect(try texts(xml, "s") == ["x", "y"])
        #expect(try texts(xml, "@id") == ["7"])
        #expect(try texts(xml, "count(s)") == ["2"])
        #expect(try texts(xml, "nothing") == [])
    }

    @Test("paragraphs are joined by blank lines, their white space run together")
    func paragraphs() throws {
        let xml = "<a><b>\n  <p>one\n   two <i>three</i></p>\n <p/>  <p>four</p>\n</b></a>"
        #expect(try texts(xml, "b") == ["one two three\n\nfour"])
    }

    @Test("declared encodings are honoured")
    func encoding() throws {
        let bytes =
            Array("<?xml version='1.0' encoding='ISO-8859-1'?><a><t>caf".utf8) + [0xE9]
            + Array("</t></a>".utf8)
        let document = try XMLDocument(bytes)
        let path = try #require(XPath("/a/t"))
        #expect(document.nodes(path).map { $0.texts(XPath(".")!) } == [["café"]])
    }

    @Test("a fault names its line and shows nothing of the file")
    func fault() throws {
        let fault = #expect(throws: XMLDocument.Fault.self) {
            _ = try XMLDocument(Array("<a>\n<secret>\n</a>".utf8))
        }
        #expect(fault?.line == 3)
        #expect(fault?.detail == "not well-formed XML: an end tag that does not match its start tag")
        #expect(throws: XMLDocument.Fault.self) { _ = try XMLDocument([]) }
    }

    @Test("entities within the file are substituted, those of other files never")
    func entities() throws {
        #expect(try texts("<!DOCTYPE a [<!ENTITY e 'text'>]><a><t>&e;</t></a>", "t") == ["text"])
        let outside = "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a><t>&e;</t></a>"
        #expect(throws: XMLDocument.Fault.self) { _ = try texts(outside, "t") }
        let parameter = "<!DOCTYPE a [<!ENTITY % e SYSTEM 'file:///etc/hostname'> %e;]><a><t>x</t></a>"
        #expect((try? texts(parameter, "t")) ?? ["x"] == ["x"])
    }

    @Test("entities that multiply are refused")
    func bomb() {
        var xml = "<!DOCTYPE a [<!ENTITY e0 'lollollollol'>"
        for i in 1...12 {
            xml += "<!ENTITY e\(i) '" + String(repeating: "&e\(i - 1);", count: 10) + "'>"
        }
        xml += "]><a>&e12;</a>"
        #expect(throws: XMLDocument.Fault.self) { _ = try XMLDocument(Array(xml.utf8)) }
    }

    @Test("what is not XPath is told apart")
    func expressions() {
        #expect(XPath("//a[@b='c']") != nil)
        #expect(XPath("//a[") == nil)
    }
}
