import Foundation

/// A text, and what HF tokenizers makes of it.
struct TokenizerGolden: Decodable {
    var text: String
    /// Ids with control tokens taken for plain text.
    var plain: [Int32]
    /// Ids with control tokens recognised.
    var parsed: [Int32]
    /// `parsed` with the tokens that the file puts around a text.
    var framed: [Int32]
    /// `parsed` decoded without control tokens.
    var decoded: String
    /// `parsed` decoded with them.
    var whole: String
    /// Every second id of `plain`, decoded: often not UTF-8.
    var half: String

    /// A row as it is written: what goes without saying is left out.
    private struct Row: Decodable {
        var text: String?
        var plain: [Int32]
        var parsed: [Int32]?
        var framed: [Int32]?
        var decoded: String?
        var whole: String?
        var half: String
    }

    private struct Text: Decodable {
        var text: String?
        /// Hexadecimal, where the text is not UTF-8.
        var bytes: String?
    }

    private init(_ row: Row, text: String) {
        self.text = text
        plain = row.plain
        parsed = row.parsed ?? row.plain
        framed = row.framed ?? parsed
        decoded = row.decoded ?? text
        whole = row.whole ?? text
        half = row.half
    }

    init(from decoder: any Decoder) throws {
        let row = try Row(from: decoder)
        self.init(row, text: row.text ?? "")
    }

    /// Reads a file whose rows carry their texts.
    static func read(_ path: String) throws -> [TokenizerGolden] { try rows(path) }

    /// Reads the goldens of one of the tests' vocabularies: a row for each published text.
    static func read(vocabulary name: String) throws -> [TokenizerGolden] {
        zip(try texts(), try rows(folder(name) + "/goldens.jsonl") as [Row]).map {
            TokenizerGolden($1, text: $0)
        }
    }

    /// The published texts, U+FFFD in place of what is not UTF-8.
    static func texts() throws -> [String] {
        try (rows(folder("torture.jsonl")) as [Text]).map { row in
            guard let hex = row.bytes else { return row.text ?? "" }
            let digits = Array(hex.utf8)
            let bytes = stride(from: 0, to: digits.count, by: 2).map {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func rows<Row: Decodable>(_ path: String) throws -> [Row] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        // By bytes: to `Character`, "\r\n" is no newline and a combining mark may take one in.
        return try text.utf8.split(separator: 0x0a).map { try JSONDecoder().decode(Row.self, from: Data($0)) }
    }

    /// A folder or file of the tests' resources.
    static func folder(_ name: String, file: String = #filePath) -> String {
        let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
        return tests.appendingPathComponent("Resources/Tokenization/\(name)").path
    }
}
