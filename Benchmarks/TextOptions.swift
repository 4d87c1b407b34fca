import ArgumentParser
import Foundation

/// The text that is tokenized: one field of a file of JSON lines.
struct TextOptions: ParsableArguments {
    @Option(help: "A GGUF file or Hugging Face folder, for its tokenizer.")
    var model: String

    @Option(help: "A file of JSON lines.")
    var text: String

    @Option(help: "The field whose text is taken: a string, or strings, which are joined by spaces.")
    var field: String

    func texts() throws -> [String] {
        let lines = try Data(contentsOf: URL(fileURLWithPath: text)).split(separator: UInt8(ascii: "\n"))
        return try lines.map { line in
            let record = try JSONSerialization.jsonObject(with: line) as? [String: Any]
            if let text = record?[field] as? String { return text }
            if let texts = record?[field] as? [String] { return texts.joined(separator: " ") }
            throw ValidationError("A line of the file has no text in \(field).")
        }
    }
}
