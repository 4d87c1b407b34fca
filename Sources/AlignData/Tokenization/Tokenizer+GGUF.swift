extension TokenizerDefinition {
    /// Reads the `tokenizer.ggml.*` metadata of a GGUF.
    init(gguf file: GGUFFile, path: String) throws {
        let metadata = file.metadata
        let model = metadata["tokenizer.ggml.model"]?.string ?? "none"
        guard model == "gpt2" else {
            throw TokenizerError.unsupported(path: path, feature: "a GGUF tokenizer of kind '\(model)'")
        }
        switch metadata["tokenizer.ggml.pre"]?.string ?? "default" {
        case "smollm": preTokenizer = .smollm
        case "gpt-2": preTokenizer = .gpt2
        case let kind: throw TokenizerError.unsupported(path: path, feature: "the pre-tokenizer '\(kind)'")
        }
        if metadata["tokenizer.ggml.add_space_prefix"]?.bool == true {
            throw TokenizerError.unsupported(path: path, feature: "a prefix space before the text")
        }
        if metadata["tokenizer.ggml.add_eos_token"]?.bool == true {
            throw TokenizerError.unsupported(path: path, feature: "end-of-sequence after every text")
        }
        normalizer = .none
        guard let pieces = metadata["tokenizer.ggml.tokens"]?.strings, !pieces.isEmpty else {
            throw TokenizerError.malformed(path: path, what: "it has no tokenizer.ggml.tokens")
        }
        self.pieces = pieces
        let types =
            metadata["tokenizer.ggml.token_type"]?.integers ?? [Int](repeating: 1, count: pieces.count)
        guard types.count == pieces.count else {
            throw TokenizerError.malformed(
                path: path, what: "\(pieces.count) tokens, but \(types.count) token types")
        }
        // Types: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
        addedTokens = zip(pieces, types).enumerated().compactMap { id, token in
            guard token.1 == 3 || token.1 == 4 || token.1 == 2, !token.0.isEmpty else { return nil }
            return AddedTokens.Token(id: TokenID(id), content: token.0, isSpecial: token.1 != 4)
        }
        let merges = try (metadata["tokenizer.ggml.merges"]?.strings ?? []).enumerated().map { rank, text in
            guard let pair = Self.pair(text) else {
                throw TokenizerError.malformed(path: path, what: "merge \(rank) is not a pair of pieces")
            }
            return pair
        }
        self.merges = try Self.resolve(merges: merges, pieces: pieces, path: path)
        let token = { (key: String) throws -> TokenID? in
            guard let id = metadata["tokenizer.ggml.\(key)_token_id"]?.integer else { return nil }
            guard pieces.indices.contains(id) else {
                throw TokenizerError.malformed(path: path, what: "the \(key) token is outside the vocabulary")
            }
            return TokenID(id)
        }
        beginningOfSequence = try token("bos")
        endOfSequence = try token("eos")
        padding = try token("padding")
        addsBeginningOfSequence = metadata["tokenizer.ggml.add_bos_token"]?.bool ?? false
        chatTemplate = metadata["tokenizer.chat_template"]?.string
    }
}
