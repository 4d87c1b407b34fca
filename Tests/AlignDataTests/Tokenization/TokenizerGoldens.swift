import Foundation

/// One row of a `goldens.jsonl`: a text, and what HF tokenizers makes of it.
struct TokenizerGolden: Decodable {
    var text: String
    /// Ids with control tokens taken for plain text.
    var plain: [Int32]
    /// Ids with control tokens recognised.
    var parsed: [Int32]
    /// `parsed` decoded without control tokens.
    var decoded: String
    /// `parsed` decoded with them.
    var whole: String
    /// Every second id of `plain`, decoded: often not UTF-8.
    var half: String

    static func read(_ path: String) throws -> [TokenizerGolden] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        // By bytes: to `Character`, "\r\n" is no newline and a combining mark may take one in.
        return try text.utf8.split(separator: 0x0a).map {
            try JSONDecoder().decode(TokenizerGolden.self, from: Data($0))
        }
    }

    /// A folder of the tests' resources.
    static func folder(_ name: String, file: String = #filePath) -> String {
        let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
        return tests.appendingPathComponent("Resources/Tokenization/\(name)").path
    }
}
