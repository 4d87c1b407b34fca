import Foundation

extension Tokenizer {
    /// Loads a tokenizer.
    /// - Parameter path: a `.gguf` file, a Hugging Face folder, or a `tokenizer.json` (whose neighbours
    ///   `tokenizer_config.json`, `generation_config.json` and `chat_template.jinja` are read where they
    ///   exist).
    /// - Throws: `TokenizerError`; `GGUFError` for a broken GGUF.
    public static func load(from path: String) throws -> Tokenizer {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw TokenizerError.unreadable(path: path, reason: "there is no such file or folder")
        }
        if isFolder.boolValue {
            return Tokenizer(try TokenizerDefinition(huggingFace: path + "/tokenizer.json"))
        }
        if path.hasSuffix(".json") { return Tokenizer(try TokenizerDefinition(huggingFace: path)) }
        return Tokenizer(try TokenizerDefinition(gguf: GGUFFile(path: path), path: path))
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
        pieces = try Self.pieces(model: model, path: path)
        normalizer = try Self.normalizer(root["normalizer"], unsupported: unsupported)
        addedTokens = []
        try Self.readAddedTokens(
            root["added_tokens"], hasNormalizer: normalizer != .none, &addedTokens, &pieces, path: path)
        merges = try Self.merges(model: model, pieces: pieces, path: path)
        preTokenizer = try Self.preTokenizer(root["pre_tokenizer"], unsupported: unsupported)
        try Self.checkDecoder(root["decoder"], unsupported: unsupported)
        let prefix = try Self.prefix(root["post_processor"], unsupported: unsupported)

        let folder = (path as NSString).deletingLastPathComponent
        let neighbour = { (name: String) in (folder as NSString).appendingPathComponent(name) }
        let configuration = try Self.jsonIfPresent(neighbour("tokenizer_config.json"))
        let generation = try Self.jsonIfPresent(neighbour("generation_config.json"))
        let added = addedTokens
        let named = { (name: String) -> TokenID? in
            guard let content = configuration?[name]?.string ?? configuration?[name]?["content"]?.string
            else {
                return nil
            }
            return added.first { $0.content.utf8.elementsEqual(content.utf8) }?.id
        }
        let generated = { (name: String) -> TokenID? in
            (generation?[name]?.int ?? generation?[name]?.array?.first?.int).map(TokenID.init)
        }
        beginningOfSequence = named("bos_token") ?? generated("bos_token_id")
        endOfSequence = named("eos_token") ?? generated("eos_token_id")
        padding = named("pad_token") ?? generated("pad_token_id")
        addsBeginningOfSequence = !prefix.isEmpty
        if let first = prefix.first {
            guard prefix.count == 1,
                let id = added.first(where: { $0.content.utf8.elementsEqual(first.utf8) })?.id,
                beginningOfSequence == nil || beginningOfSequence == id
            else { throw unsupported("a post-processor that adds '\(first)' before the text") }
            beginningOfSequence = id
        }
        chatTemplate = configuration?["chat_template"]?.string
        if chatTemplate == nil {
            chatTemplate = try? String(contentsOfFile: neighbour("chat_template.jinja"), encoding: .utf8)
        }
    }

    private static func json(_ path: String) throws -> JSONTree {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            let missing = !FileManager.default.fileExists(atPath: path)
            throw TokenizerError.unreadable(
                path: path, reason: missing ? "there is no such file" : "the file cannot be read")
        }
        do { return try JSONTree(data) } catch {
            throw TokenizerError.malformed(
                path: path, what: "not JSON: \(error.what) at byte \(error.offset)")
        }
    }

    private static func jsonIfPresent(_ path: String) throws -> JSONTree? {
        FileManager.default.fileExists(atPath: path) ? try json(path) : nil
    }

    private static func checkModel(_ model: JSONTree, unsupported: (String) -> TokenizerError) throws {
        let type = model["type"]?.string ?? "BPE"
        guard type == "BPE" else { throw unsupported("a \(type) model") }
        if let dropout = model["dropout"]?.double, dropout > 0 { throw unsupported("BPE dropout") }
        for name in ["byte_fallback", "ignore_merges", "fuse_unk"] where model[name]?.bool == true {
            throw unsupported("a BPE model with \(name)")
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix", "unk_token"] {
            if let value = model[name]?.string, !value.isEmpty {
                throw unsupported("a BPE model with \(name)")
            }
        }
    }

    private static func pieces(model: JSONTree, path: String) throws -> [String] {
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

    private static func readAddedTokens(
        _ list: JSONTree?, hasNormalizer: Bool, _ tokens: inout [AddedTokens.Token], _ pieces: inout [String],
        path: String
    ) throws {
        for item in list?.array ?? [] {
            guard let id = item["id"]?.int, id >= 0, id < 1 << 24, let content = item["content"]?.string,
                !content.isEmpty
            else { throw TokenizerError.malformed(path: path, what: "an added token without id or content") }
            for flag in ["single_word", "lstrip", "rstrip"] where item[flag]?.bool == true {
                throw TokenizerError.unsupported(
                    path: path, feature: "an added token (id \(id)) with \(flag)")
            }
            if item["normalized"]?.bool == true, hasNormalizer {
                throw TokenizerError.unsupported(
                    path: path, feature: "an added token (id \(id)) that is matched after normalization")
            }
            while pieces.count <= id { pieces.append("") }
            guard pieces[id].isEmpty || pieces[id].utf8.elementsEqual(content.utf8) else {
                throw TokenizerError.malformed(
                    path: path, what: "added token \(id) is another piece in the vocabulary")
            }
            pieces[id] = content
            let special = item["special"]?.bool ?? false
            tokens.append(AddedTokens.Token(id: TokenID(id), content: content, isSpecial: special))
        }
    }

    private static func merges(
        model: JSONTree, pieces: [String], path: String
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

    /// The two pieces of a merge written `left right`.
    static func pair(_ text: String) -> (String, String)? {
        let bytes = text.utf8
        guard let blank = bytes.firstIndex(of: 0x20) else { return nil }
        let right = bytes.index(after: blank)
        guard blank > bytes.startIndex, right < bytes.endIndex, !bytes[right...].contains(0x20) else {
            return nil
        }
        return (String(text[..<blank]), String(text[right...]))
    }

    /// Finds the ids of merges.
    static func resolve(
        merges: [(String, String)], pieces: [String], path: String
    ) throws -> [(left: TokenID, right: TokenID, merged: TokenID)] {
        // Keyed by bytes: equality of `String` is canonical equivalence.
        var ids: [[UInt8]: TokenID] = [:]
        ids.reserveCapacity(pieces.count)
        for (id, piece) in pieces.enumerated() where !piece.isEmpty { ids[Array(piece.utf8)] = TokenID(id) }
        return try merges.enumerated().map { rank, pair in
            let left = Array(pair.0.utf8)
            let right = Array(pair.1.utf8)
            guard let leftID = ids[left], let rightID = ids[right], let merged = ids[left + right] else {
                throw TokenizerError.malformed(
                    path: path, what: "merge \(rank) names a piece outside the vocabulary")
            }
            return (leftID, rightID, merged)
        }
    }
}
