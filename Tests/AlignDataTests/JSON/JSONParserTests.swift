import Foundation
import Testing

@testable import AlignData

@Suite struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONValue {
        try Array(text.utf8).withUnsafeBufferPointer { try JSONParser.parse($0) }
    }

    @Test(
        "strings come out as Foundation reads them",
        arguments: [
            #""plain""#, #""tab\tquote\" back\\ slash\/ nl\n""#, #""\u00e9\u20AC\ud83d\udc22""#, "\"ünï 🐢\"",
            #""\b\f\r""#,
            #""""#,
        ])
    func strings(text: String) throws {
        let expected = try JSONDecoder().decode(String.self, from: Data(text.utf8))
        #expect(try parse(text) == .string(expected))
    }

    @Test("values nest and keep their spelling")
    func values() throws {
        let value = try parse(#" {"a": [1, -2.50e+3, true, null], "b": {"c": "d"}, "a2": {}, "a3": []} "#)
        #expect(value[JSONPath("a[1]")!] == .number("-2.50e+3"))
        #expect(value[JSONPath("a[3]")!] == .null)
        #expect(value[JSONPath("b.c")!] == .string("d"))
        #expect(value[JSONPath("b.d")!] == nil)
        #expect(value[JSONPath("a[4]")!] == nil)
        #expect(value[JSONPath("a.b")!] == nil)
        #expect(try parse(#"{"a":1,"a":2}"#)[JSONPath("a")!] == .number("2"))
    }

    @Test(
        "what RFC 8259 does not allow is refused",
        arguments: [
            "", "{", "[1,]", "{'a': 1}", #"{"a" 1}"#, #"{"a": }"#, "01", "1.", "-", "1e", "+1", "NaN", "tru",
            #""abc"#,
            #""\x""#, #""\u12""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "\"a\nb\"", "1 2",
            #"{"a":1}}"#,
            String(repeating: "[", count: 100_000),
        ])
    func faults(text: String) {
        #expect(throws: JSONFault.self) { try parse(text) }
    }

    @Test("every truncation of a value is refused without a crash")
    func truncations() throws {
        let text = Array(#"{"k\u00e9y": [1.5e-3, "a\ud83d\udc22", {"x": [true, false, null]}]}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: JSONFault.self) {
                try text[..<count].withUnsafeBufferPointer { try JSONParser.parse($0) }
            }
        }
        #expect((try? text.withUnsafeBufferPointer { try JSONParser.parse($0) }) != nil)
    }

    @Test("every faulty byte and every truncation is told by its offset")
    func offsets() {
        let cases = [
            (#"{"a": 1, "b": tru}"#, 14), (#"["ab\q"]"#, 5), (#"{"a" 1}"#, 5), ("[1, 2", 5),
            (#"["abcdefghij"#, 12),
            ("[\"abcdefghi\u{1}\"]", 11), ("[\"a\\nbcdefghi\u{1f}\"]", 13), ("12x", 2),
        ]
        for (text, offset) in cases {
            let fault = #expect(throws: JSONFault.self) { try parse(text) }
            #expect(fault?.offset == offset, "\(text)")
        }
        let whole = #expect(throws: JSONFault.self) { try JSONValue([0xEF, 0xBB, 0xBF, 0x5B, 0x22, 0xFF]) }
        #expect(whole?.offset == 5)
    }

    @Test("what stands beside the wanted members is checked, and left out")
    func wantedMembers() throws {
        let text = #"{"a": {"x": [1, "y\n"]}, "b\u0062": ["k", {"a": null}], "c": 2.5, "a": 3}"#
        func parse(_ text: String, _ wanted: [String]) throws -> JSONValue {
            try Array(text.utf8).withUnsafeBufferPointer {
                try JSONParser.parse($0, members: wanted.map { Array($0.utf8) })
            }
        }
        let whole = try self.parse(text)
        #expect(try parse(text, ["a", "bb", "c"]) == whole)
        #expect(try parse(text, ["bb"]) == .object([("bb", whole[JSONPath("bb")!]!)]))
        #expect(try parse(text, []) == .object([]))
        #expect(try parse("[1, {\"b\": 2}]", []) == .array([.number("1"), .object([("b", .number("2"))])]))
        for broken in [
            #"{"a": [1,]}"#, #"{"a": "\x"}"#, #"{"a": 01}"#, #"{"a": {"b" 1}}"#, #"{"a": "\ud800"}"#,
        ] {
            #expect(throws: JSONFault.self) { try parse(broken, ["z"]) }
        }
    }

    @Test("a quotation mark, an escape or a control character is found wherever it stands in a word of bytes")
    func alignment() throws {
        for length in 0...40 {
            let plain = String(repeating: "é", count: length / 2) + String(repeating: "x", count: length % 2)
            #expect(try parse("\"\(plain)\"") == .string(plain))
            #expect(try parse("\"\(plain)\\t\(plain)\"") == .string("\(plain)\t\(plain)"))
            #expect(throws: JSONFault.self) { try parse("\"\(plain)\u{1F}\"") }
            #expect(try parse("\"\(plain)\u{7F}\u{80}!#[]\"") == .string("\(plain)\u{7F}\u{80}!#[]"))
        }
    }

    @Test("what is written is read as the same")
    func roundTrip() throws {
        let value = JSONValue.object([
            ("a", .array([.integer(-3), .double(0.1), .double(.infinity), .bool(true)])),
            ("e\u{301}", .string("\u{1}\"\\\n é 🐢")),
            ("é", .object([])), ("n", .null),
        ])
        let again = try JSONValue(value.serialized())
        #expect(again["a"]?.array?.map(\.double) == [-3, 0.1, nil, nil])
        #expect(again["e\u{301}"] == value["e\u{301}"] && again["é"] == .object([]))
        #expect(try JSONValue(again.serialized()) == again)
    }

    @Test(
        "paths are keys and indices",
        arguments: ["", "a.", ".a", "a[", "a[x]", "a[-1]", "a[0]b", "a.[0]"])
    func badPaths(text: String) {
        #expect(JSONPath(text) == nil)
    }

    @Test("UTF-8 is valid exactly where Foundation says so")
    func utf8() {
        let pieces: [[UInt8]] = [
            [0x41], [0xC3, 0xA9], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0x90, 0xA2], [0xC0, 0x80],
            [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xE0, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80], [0x80], [0xFF],
            [0xE2, 0x82],
            [0xF0, 0x9F, 0x90], Array("eight..!".utf8),
        ]
        for a in pieces {
            for b in pieces {
                let bytes = a + b
                let expected = String(data: Data(bytes), encoding: .utf8) != nil
                #expect(bytes.withUnsafeBufferPointer(UTF8Validation.isValid) == expected, "\(bytes)")
            }
        }
    }
}
