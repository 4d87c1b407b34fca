import Foundation

extension Tokenizer {
    /// Loads a tokenizer.
    /// - Parameter path: a `.gguf` file, a Hugging Face folder, a `tokenizer.json` (whose neighbours
    ///   `tokenizer_config.json`, `special_tokens_map.json`, `added_tokens.json`, `generation_config.json`,
    ///   `config.json` and `chat_template.jinja` are read where they exist), or a tiktoken rank file.
    /// - Throws: `TokenizerError`; `GGUFError` for a broken GGUF.
    public static func load(from path: String) throws -> Tokenizer {
        let definition = try Self.definition(path)
        guard definition.pieces.count <= MergeTable.idLimit, definition.merges.count < MergeTable.rankLimit
        else {
            throw TokenizerError.unsupported(
                path: path,
                feature: "\(definition.pieces.count) tokens and \(definition.merges.count) merges")
        }
        return Tokenizer(definition)
    }

    /// The hash of a model's tokenizer; nil where its folder has none.
    public static func hash(ofModel path: String) throws -> String? {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard exists, !isFolder.boolValue || FileManager.default.fileExists(atPath: path + "/tokenizer.json")
        else { return nil }
        return try load(from: path).hash
    }

    /// What the files of other tokenizers are called. Some `tokenizer.model` is a rank file, which is read.
    private static let unreadForms = [
        (name: "tekken.json", form: "a tekken vocabulary"),
        (name: "tokenizer.model", form: "a SentencePiece model"),
        (name: "tokenizer.model.v3", form: "a SentencePiece model"),
        (name: "spiece.model", form: "a SentencePiece model"),
        (name: "sentencepiece.bpe.model", form: "a SentencePiece model"),
        (name: "vocab.json", form: "a vocabulary apart from its merges"),
    ]

    private static func definition(_ path: String) throws -> TokenizerDefinition {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw TokenizerError.unreadable(path: path, reason: "there is no such file or folder")
        }
        if isFolder.boolValue {
            let exists = { FileManager.default.fileExists(atPath: path + "/" + $0) }
            if !exists("tokenizer.json"), let other = unreadForms.map(\.name).first(where: exists) {
                return try definition(path + "/" + other)
            }
            if !exists("tokenizer.json"), exists("adapter_config.json") {
                throw TokenizerError.adapters(path: path)
            }
            return try TokenizerDefinition(huggingFace: path + "/tokenizer.json")
        }
        if TiktokenRanks.areRanks(path: path) { return try TokenizerDefinition(tiktoken: path) }
        let name = (path as NSString).lastPathComponent
        if let form = unreadForms.first(where: { $0.name == name })?.form {
            throw TokenizerError.unread(path: path, form: form)
        }
        if path.hasSuffix(".json") { return try TokenizerDefinition(huggingFace: path) }
        return try TokenizerDefinition(gguf: GGUFFile(path: path), path: path)
    }
}

extension TokenizerDefinition {
    /// Reads a `tokenizer.json` and its neighbours.
    init(huggingFace path: String) throws {
        let root = try Self.json(path)
        guard let model = root["model"] else {
            throw TokenizerError.malformed(path: path, what: "it has no model")
        }
        let unsupported = { (feature: String) in TokenizerError.unsupported(path: path, feature: feature) }
        try Self.checkModel(model, unsupported: unsupported)
        self.init(pieces: try Self.pieces(model: model, path: path), merges: [])
        merges = try Self.merges(model: model, pieces: pieces, path: path)
        if let name = model["unk_token"]?.string {
            guard let id = pieces.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
                throw TokenizerError.malformed(path: path, what: "the unknown token is not in the vocabulary")
            }
            unknown = TokenID(id)
        }
        fusesUnknown = model["fuse_unk"]?.bool ?? false
        fallsBackToBytes = model["byte_fallback"]?.bool ?? false
        ignoresMerges = model["ignore_merges"]?.bool ?? false
        normalizer = try Self.normalizer(root["normalizer"], unsupported: unsupported)
        preTokenizer = try Self.preTokenizer(root["pre_tokenizer"], unsupported: unsupported)
        if preTokenizer.isByteLevel && fallsBackToBytes {
            throw unsupported("byte-level pieces with byte_fallback")
        }
        decoder = try Self.decoder(root["decoder"], unsupported: unsupported)
        postProcessor = try Self.postProcessor(root["post_processor"], unsupported: unsupported)
        try readAddedTokens(
            (root["added_tokens"]?.array ?? []).map { (id: $0["id"]?.int, item: $0) }, path: path)
        try readNeighbours(of: path, unsupported: unsupported)
    }

    static func json(_ path: String) throws -> JSONValue {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            let missing = !FileManager.default.fileExists(atPath: path)
            throw TokenizerError.unreadable(
                path: path, reason: missing ? "there is no such file" : "the file cannot be read")
        }
        do { return try JSONValue(data) } catch {
            throw TokenizerError.malformed(
                path: path, what: "not JSON: \(error.what) at byte \(error.offset)")
        }
    }

    private static func checkModel(_ model: JSONValue, unsupported: Unsupported) throws {
        let type = model["type"]?.string ?? "BPE"
        guard type == "BPE" else { throw unsupported("a \(type) model") }
        if let dropout = model["dropout"]?.double, dropout > 0 { throw unsupported("BPE dropout") }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let value = model[name]?.string, !value.isEmpty {
                throw unsupported("a BPE model with \(name)")
            }
        }
    }

    private static func pieces(model: JSONValue, path: String) throws -> [String] {
        guard let vocabulary = model["vocab"]?.members, !vocabulary.isEmpty else {
            throw TokenizerError.malformed(path: path, what: "the model has no vocabulary")
        }
        var pieces = [String?](repeating: nil, count: vocabulary.count)
        for (piece, value) in vocabulary {
            guard let id = value.int, id >= 0, id < 1 << 24 else {
                throw TokenizerError.malformed(path: path, what: "the vocabulary has an id that is not one")
            }
            while pieces.count <= id { pieces.append(nil) }
            guard pieces[id] == nil else {
                throw TokenizerError.malformed(path: path, what: "id \(id) stands twice in the vocabulary")
            }
            pieces[id] = piece
        }
        return pieces.map { $0 ?? "" }
    }

    /// - Parameter list: of tokens that are there already the flags are replaced.
    mutating func readAddedTokens(_ list: [(id: Int?, item: JSONValue)], path: String) throws {
        var next = pieces.count { !$0.isEmpty }
        for (id, item) in list {
            guard let id, id >= 0, id < 1 << 24, let token = AddedTokens.Token(item, id: TokenID(id))
            else { throw TokenizerError.malformed(path: path, what: "an added token without id or content") }
            while pieces.count <= id { pieces.append("") }
            guard pieces[id].isEmpty || pieces[id].utf8.elementsEqual(token.content.utf8) else {
                throw TokenizerError.malformed(
                    path: path, what: "added token \(id) is another piece in the vocabulary")
            }
            if pieces[id].isEmpty {
                // HF tokenizers counts on from the vocabulary, whatever the file says.
                guard id == next else {
                    throw TokenizerError.malformed(
                        path: path, what: "added token \(id) is not numbered \(next), the next free id")
                }
                next += 1
                additions.insert(TokenID(id))
            }
            pieces[id] = token.content
            addedTokens.removeAll { $0.id == token.id }
            addedTokens.append(token)
        }
    }

    private static func merges(
        model: JSONValue, pieces: [String], path: String
    ) throws -> [(left: TokenID, right: TokenID, merged: TokenID)] {
        let pairs = try (model["merges"]?.array ?? []).enumerated().map { rank, item -> (String, String) in
            if let pair = item.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string {
                return (left, right)
            }
            if let text = item.string, let pair = Self.pair(text) { return pair }
            throw TokenizerError.malformed(path: path, what: "merge \(rank) is not a pair of pieces")
        }
        return try resolve(merges: pairs, pieces: pieces, path: path)
    }
}
