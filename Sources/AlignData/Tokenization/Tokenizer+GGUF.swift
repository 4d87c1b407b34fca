extension TokenizerDefinition {
    /// Reads the `tokenizer.ggml.*` metadata of a GGUF.
    init(gguf file: GGUFFile, path: String) throws {
        let metadata = GGUFTokenizerMetadata(file: file, path: path)
        let pieces = try metadata.pieces()
        self.init(pieces: pieces, merges: [])
        addedTokens = try metadata.addedTokens(pieces)
        beginningOfSequence = try metadata.token("bos", among: pieces)
        endOfSequence = try metadata.token("eos", among: pieces)
        padding = try metadata.token("padding", among: pieces)
        // The format's own spelling of the separator.
        for (key, name) in [
            ("bos", "bos"), ("eos", "eos"), ("unknown", "unk"), ("seperator", "sep"), ("padding", "pad"),
            ("cls", "cls"), ("mask", "mask"),
        ] {
            guard let id = try metadata.token(key, among: pieces) else { continue }
            namedTokens.append((name + "_token", pieces[Int(id)]))
        }
        chatTemplate = file.metadata["tokenizer.chat_template"]?.string
        if chatTemplate == nil {
            chatTemplateNames = file.metadata["tokenizer.chat_templates"]?.strings ?? []
        }
        setEnds(try ["eot", "eom"].compactMap { try metadata.token($0, among: pieces) })
        var begins = false
        switch metadata["model"]?.string ?? "none" {
        case "gpt2":
            begins = try readByteLevel(metadata)
            merges = try Self.resolve(merges: try metadata.merges(), pieces: pieces, path: path)
        case "llama":
            begins = true
            try readSentencePiece(metadata, prefixesSpace: metadata["add_space_prefix"]?.bool ?? true)
            merges = Self.merges(
                of: pieces.map { Array($0.utf8) }, scores: try metadata.scores(count: pieces.count),
                cuts: { $0 & 0xc0 != 0x80 }, longestFirst: true)
        case "gemma4":
            begins = true
            try readSentencePiece(metadata, prefixesSpace: metadata["add_space_prefix"]?.bool ?? false)
            merges = try Self.resolve(merges: try metadata.merges(), pieces: pieces, path: path)
        case let model: throw metadata.unsupported("a GGUF tokenizer of kind '\(model)'")
        }
        if metadata["add_bos_token"]?.bool ?? begins {
            postProcessor.prefix = beginningOfSequence.map { [$0] } ?? []
        }
        if metadata["add_eos_token"]?.bool ?? false {
            postProcessor.suffix = endOfSequence.map { [$0] } ?? []
        }
    }

    /// Byte-level BPE: what HF tokenizers does for the models whose pre-tokenizer the file names.
    /// - Returns: whether a sequence begins with its beginning token where the file does not say.
    private mutating func readByteLevel(_ metadata: GGUFTokenizerMetadata) throws -> Bool {
        if metadata["add_space_prefix"]?.bool == true {
            throw metadata.unsupported("a prefix space before the text")
        }
        // The other names in a row are of the same pattern; the normalizer is that of the models they stand
        // for.
        switch metadata["pre"]?.string {
        case "smollm", "starcoder", "refact": preTokenizer = .smollm
        case "command-r": (preTokenizer, normalizer) = (.smollm, .nfc)
        case "gpt-2": preTokenizer = .gpt2
        case "olmo", "gpt-neox", "mpt": (preTokenizer, normalizer) = (.gpt2, .nfc)
        case "llama-bpe", "llama3", "llama-v3":
            preTokenizer = .llama3
            ignoresMerges = true
            return true
        case "qwen2", "deepseek-r1-qwen": (preTokenizer, normalizer) = (.qwen2, .nfc)
        case "qwen35": (preTokenizer, normalizer) = (.qwen35, .nfc)
        case "deepseek-llm": preTokenizer = .deepSeekLLM
        case "deepseek-coder": preTokenizer = .deepSeekCoder
        case "deepseek-v3": preTokenizer = .deepSeek3
        case "default": preTokenizer = .llamaCppDefault
        case nil: throw metadata.unsupported("a pre-tokenizer that it does not name (tokenizer.ggml.pre)")
        case let kind?: throw metadata.unsupported("the pre-tokenizer '\(kind)'")
        }
        return false
    }

    /// SentencePiece BPE, as HF tokenizers has it (Llama 2, Mistral, Gemma).
    private mutating func readSentencePiece(
        _ metadata: GGUFTokenizerMetadata, prefixesSpace: Bool
    ) throws {
        if metadata["remove_extra_whitespaces"]?.bool == true {
            throw metadata.unsupported("the removal of repeated blanks")
        }
        guard metadata["precompiled_charsmap"] == nil else {
            throw metadata.unsupported("a character map of its own")
        }
        preTokenizer = PreTokenizer(steps: [], isByteLevel: false)
        normalizer = prefixesSpace ? .prefixedMetaspace : .metaspace
        decoder = .byteFallback(replacement: "▁", strippedBlanks: prefixesSpace ? 1 : 0)
        fallsBackToBytes = true
        fusesUnknown = true
        unknown = try metadata.token("unknown", among: pieces)
    }
}

/// The `tokenizer.ggml.*` metadata, checked.
private struct GGUFTokenizerMetadata {
    let file: GGUFFile
    let path: String

    subscript(name: String) -> GGUFValue? { file.metadata["tokenizer.ggml.\(name)"] }

    func unsupported(_ feature: String) -> TokenizerError { .unsupported(path: path, feature: feature) }

    func malformed(_ what: String) -> TokenizerError { .malformed(path: path, what: what) }

    func pieces() throws -> [String] {
        guard let pieces = self["tokens"]?.strings, !pieces.isEmpty else {
            throw malformed("it has no tokenizer.ggml.tokens")
        }
        return pieces
    }

    func scores(count: Int) throws -> [Double] {
        guard case .numbers(let scores)? = self["scores"], scores.count == count else {
            throw malformed("it has no score for each token")
        }
        return scores
    }

    func merges() throws -> [(String, String)] {
        try (self["merges"]?.strings ?? []).enumerated().map { rank, text in
            guard let pair = TokenizerDefinition.pair(text) else {
                throw malformed("merge \(rank) is not a pair of pieces")
            }
            return pair
        }
    }

    func addedTokens(_ pieces: [String]) throws -> [AddedTokens.Token] {
        let types = self["token_type"]?.integers ?? [Int](repeating: 1, count: pieces.count)
        guard types.count == pieces.count else {
            throw malformed("\(pieces.count) tokens, but \(types.count) token types")
        }
        // Types: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
        return zip(pieces, types).enumerated().compactMap { id, token in
            guard (2...4).contains(token.1), !token.0.isEmpty else { return nil }
            return AddedTokens.Token(id: TokenID(id), content: token.0, isSpecial: token.1 != 4)
        }
    }

    func token(_ name: String, among pieces: [String]) throws -> TokenID? {
        guard let id = self["\(name)_token_id"]?.integer else { return nil }
        guard pieces.indices.contains(id) else {
            throw malformed("the \(name) token is outside the vocabulary")
        }
        return TokenID(id)
    }
}
