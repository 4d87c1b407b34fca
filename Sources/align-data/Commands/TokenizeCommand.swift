import AlignData
import ArgumentParser
import Foundation

struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show how a model's tokenizer cuts the text on standard input.",
        discussion: """
            Prints a line a token: its id and its piece as the vocabulary writes it. With --jsonl, standard input holds \
            JSON lines with the field text, and a blank line stands after the tokens of each.
            """)

    @Option(
        help: ArgumentHelp(
            "A GGUF file, a Hugging Face folder, a tokenizer.json, or a tiktoken rank file.",
            valueName: "model"))
    var tokenizer: String

    @Flag(help: "Read JSON lines: an object each, with the field text (ids, for --decode).")
    var jsonl = false

    @Flag(help: "Print one JSON object a line: the ids of each text (its text, for --decode).")
    var json = false

    @Flag(help: "Print totals alone: tokens, texts, bytes.")
    var count = false

    @Flag(help: "Read token ids, separated by white space or commas, and print their text.")
    var decode = false

    @Flag(help: "Let the names of control tokens, such as <|im_end|>, stand for their ids.")
    var special = false

    func validate() throws {
        guard !(count && (json || decode)) else {
            throw ValidationError("--count excludes --json and --decode.")
        }
        guard !(decode && special) else { throw ValidationError("--decode excludes --special.") }
    }

    func run() throws {
        let tokenizer = try Tokenizer.load(from: tokenizer)
        let tokenization = TextTokenization(
            tokenizer: tokenizer, input: jsonl ? .jsonLines : .text, parsingSpecialTokens: special)
        let bytes = { [UInt8](FileHandle.standardInput.readData(ofLength: 1 << 18)) }
        if decode {
            try printTexts(tokenization, bytes)
        } else if count {
            var totals = (tokens: 0, texts: 0, bytes: 0)
            try tokenization.encode(bytes) { text, ids in
                totals = (totals.tokens + ids.count, totals.texts + 1, totals.bytes + text.utf8.count)
            }
            Terminal.standardOutput.write(
                "\(totals.tokens)\ttokens\n\(totals.texts)\ttexts\n\(totals.bytes)\tbytes\n")
        } else if json {
            try tokenization.encode(bytes) { _, ids in
                let list = ids.map(String.init).joined(separator: ",")
                Terminal.standardOutput.write("{\"ids\":[\(list)]}\n")
            }
        } else {
            try tokenization.encode(bytes) { _, ids in
                let lines = ids.map { "\($0)\t\(tokenizer.token($0))\n" }.joined()
                Terminal.standardOutput.write(lines + (jsonl ? "\n" : ""))
            }
        }
    }

    private func printTexts(_ tokenization: TextTokenization, _ bytes: ByteSource) throws {
        guard json || jsonl else {
            return try tokenization.decode(bytes) { Terminal.standardOutput.write($0) }
        }
        func print(_ text: String) throws {
            Terminal.standardOutput.write(try JSONText.string(["text": text]) + "\n")
        }
        if jsonl { return try tokenization.decode(bytes, print) }
        var text = ""
        try tokenization.decode(bytes) { text += $0 }
        try print(text)
    }
}
