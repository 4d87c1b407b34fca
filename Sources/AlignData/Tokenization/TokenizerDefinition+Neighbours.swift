import Foundation

extension TokenizerDefinition {
    /// Reads what lies beside the tokenizer.json: added tokens, the names of special tokens, the ids that end a
    /// sequence, the chat template. As transformers does.
    mutating func readNeighbours(of path: String, unsupported: Unsupported) throws {
        let folder = (path as NSString).deletingLastPathComponent
        let neighbour = { (name: String) in (folder as NSString).appendingPathComponent(name) }
        let readable = { (name: String) throws -> JSONValue? in
            let path = neighbour(name)
            return FileManager.default.fileExists(atPath: path) ? try Self.json(path) : nil
        }
        let configuration = try readable("tokenizer_config.json")
        var named = NamedTokens(configuration)
        if let decoder = configuration?["added_tokens_decoder"] {
            let tokens = (decoder.members ?? []).map { (id: Int($0.key), item: $0.value) }
            try readAddedTokens(
                tokens.sorted { ($0.id ?? -1) < ($1.id ?? -1) }, path: neighbour("tokenizer_config.json"))
        } else {
            // Older models have these files instead.
            named.merge(NamedTokens(try readable("special_tokens_map.json")))
            let known = Set(addedTokens.map { Int($0.id) })
            let tokens = (try readable("added_tokens.json")?.members ?? [])
                .filter { member in member.value.int.map { !known.contains($0) } ?? true }
                .map { (id: $0.value.int, item: named.addedToken($0.key)) }
            try readAddedTokens(
                tokens.sorted { ($0.id ?? -1) < ($1.id ?? -1) }, path: neighbour("added_tokens.json"))
        }
        for token in named.all { add(token) }
        namedTokens = named.byName

        let generation = try readable("generation_config.json")
        let content = { [self] (name: String) in
            namedTokens.first { $0.name == name }.flatMap { addedToken($0.content) }
        }
        let tokens = { (value: JSONValue?, name: String) -> [TokenID] in
            let value = value?[name]
            return (value?.array ?? value.map { [$0] } ?? []).compactMap {
                $0.int.flatMap(TokenID.init(exactly:))
            }
        }
        beginningOfSequence = content("bos_token") ?? tokens(generation, "bos_token_id").first
        padding = content("pad_token") ?? tokens(generation, "pad_token_id").first
        let model = try readable("config.json")
        let ends =
            tokens(generation, "eos_token_id") + tokens(model, "eos_token_id")
            + tokens(model?["text_config"], "eos_token_id")
        endOfSequence = content("eos_token") ?? ends.first { pieces.indices.contains(Int($0)) }
        setEnds(ends)
        try readChatTemplate(
            of: neighbour("chat_template.jinja"), else: configuration?["chat_template"],
            path: neighbour("tokenizer_config.json"))
        try applyFlags(configuration, unsupported: unsupported)
    }

    /// A token that a name stands for is an added one, also where the vocabulary lacks it.
    private mutating func add(_ token: AddedTokens.Token) {
        guard addedToken(token.content) == nil else { return }
        var token = token
        if let id = pieces.firstIndex(where: { $0.utf8.elementsEqual(token.content.utf8) }) {
            token.id = TokenID(id)
        } else {
            token.id = TokenID(pieces.count)
            pieces.append(token.content)
            additions.insert(token.id)
        }
        addedTokens.append(token)
    }

    /// A file of its own comes before what the configuration has, as in transformers: one template, or a list of
    /// named ones, of which `default` counts.
    private mutating func readChatTemplate(of file: String, else value: JSONValue?, path: String) throws {
        if FileManager.default.fileExists(atPath: file) {
            do { chatTemplate = try String(contentsOfFile: file, encoding: .utf8) } catch {
                throw TokenizerError.unreadable(path: file, reason: "the file cannot be read as UTF-8")
            }
            return
        }
        guard let list = value?.array else {
            chatTemplate = value?.string
            return
        }
        for item in list {
            guard let name = item["name"]?.string, let text = item["template"]?.string else {
                throw TokenizerError.malformed(path: path, what: "a chat template without name or template")
            }
            chatTemplateNames.append(name)
            if name == "default" { chatTemplate = text }
        }
        if chatTemplate != nil { chatTemplateNames = [] }
    }

    /// The classes of transformers' tokenizers that know `add_bos_token` and `add_eos_token`; of others, such as
    /// `PreTrainedTokenizerFast`, only the tokenizer.json says what stands around a text.
    private static let classesWithFlags: Set = [
        "LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "CohereTokenizer", "GPTNeoXTokenizer",
    ]

    /// `add_bos_token` and `add_eos_token` decide against the file's template where the class knows them. One that
    /// is missing leaves the file's template as it is.
    private mutating func applyFlags(_ configuration: JSONValue?, unsupported: Unsupported) throws {
        var name = configuration?["tokenizer_class"]?.string ?? ""
        if name.hasSuffix("Fast") { name.removeLast(4) }
        if Self.classesWithFlags.contains(name) {
            if let begins = configuration?["add_bos_token"]?.bool {
                postProcessor.prefix = begins ? beginningOfSequence.map { [$0] } ?? [] : []
            }
            if let ends = configuration?["add_eos_token"]?.bool {
                postProcessor.suffix = ends ? endOfSequence.map { [$0] } ?? [] : []
            }
        }
        // Prompts begin as the template says: with one token, which is the beginning of sequence.
        guard let first = postProcessor.prefix.first else { return }
        guard postProcessor.prefix.count == 1, beginningOfSequence == nil || beginningOfSequence == first,
            pieces.indices.contains(Int(first))
        else { throw unsupported("other tokens before the text than one beginning-of-sequence") }
        beginningOfSequence = first
    }
}
