import AlignData
import ArgumentParser
import Foundation

struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show how a model's tokenizer cuts the text on standard input.",
        discussion: "Prints a line a token: its id and its piece as the vocabulary writes it.")

    @Option(
        help: ArgumentHelp("A GGUF file, a Hugging Face folder, or a tokenizer.json.", valueName: "model"))
    var tokenizer: String

    @Flag(help: "Print ids, pieces and their number as JSON.")
    var json = false

    @Flag(help: "Print the number of tokens alone.")
    var count = false

    @Flag(help: "Read token ids, separated by white space or commas, and print their text.")
    var decode = false

    @Flag(help: "Let the names of control tokens, such as <|im_end|>, stand for their ids.")
    var special = false

    struct Tokens: Encodable {
        var count: Int
        var tokens: [TokenID]
        var pieces: [String]
    }

    func validate() throws {
        guard [json, count, decode].filter({ $0 }).count <= 1 else {
            throw ValidationError("--json, --count and --decode exclude each other.")
        }
    }

    func run() throws {
        let tokenizer = try Tokenizer.load(from: tokenizer)
        let text = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
        if decode {
            Terminal.standardOutput.write(tokenizer.decode(try Self.ids(text), skippingSpecialTokens: false))
            return
        }
        let ids = tokenizer.encode(text, parsingSpecialTokens: special)
        if count {
            Terminal.standardOutput.write("\(ids.count)\n")
        } else if json {
            let pieces = ids.map { tokenizer.token($0) }
            try Output.print(json: Tokens(count: ids.count, tokens: ids, pieces: pieces))
        } else {
            Terminal.standardOutput.write(ids.map { "\($0)\t\(tokenizer.token($0))\n" }.joined())
        }
    }

    private static func ids(_ text: String) throws -> [TokenID] {
        try text.split(whereSeparator: { $0.isWhitespace || $0 == "," }).enumerated().map { index, word in
            guard let id = TokenID(word) else {
                throw UsageError(
                    "item \(index + 1) of the input is not a token id", hint: "give ids such as 504 3575")
            }
            return id
        }
    }
}
