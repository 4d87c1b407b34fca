/// What a tokenizer is, free of the file it came from: the canonical content that its hash covers.
struct TokenizerDefinition: Sendable {
    /// By id, in the vocabulary's own writing.
    var pieces: [String]
    /// By rank.
    var merges: [(left: TokenID, right: TokenID, merged: TokenID)]
    var addedTokens: [AddedTokens.Token] = []
    /// The added tokens that the model itself does not have. Not part of the hash: files of the same
    /// tokenizer differ in it, and only a text that spells one out by merges could show it.
    var additions: Set<TokenID> = []
    var normalizer = Normalizer.none
    var preTokenizer = PreTokenizer.gpt2
    /// What stands for a character that the vocabulary lacks; nil leaves it out.
    var unknown: TokenID?
    /// Whether neighbouring unknown characters become one token.
    var fusesUnknown = false
    /// Whether a character that the vocabulary lacks is written in bytes, `<0x00>` to `<0xFF>`.
    var fallsBackToBytes = false
    /// Whether a word that is a piece is that piece, whatever the merges.
    var ignoresMerges = false
    var postProcessor = PostProcessor()
    var decoder = PieceDecoder.byteLevel
    var beginningOfSequence: TokenID?
    var endOfSequence: TokenID?
    // Not part of the hash, because they do not change how text becomes ids:
    /// All tokens that end a sequence, `endOfSequence` first.
    var endsOfSequence: [TokenID] = []
    var padding: TokenID?
    /// The special tokens that the files name (`bos_token`, `pad_token`), as chat templates know them.
    var namedTokens: [(name: String, content: String)] = []
    var chatTemplate: String?
    /// The names of its chat templates where it has several, none of them `default`.
    var chatTemplateNames: [String] = []

    init(pieces: [String], merges: [(left: TokenID, right: TokenID, merged: TokenID)]) {
        self.pieces = pieces
        self.merges = merges
    }

    var addsBeginningOfSequence: Bool {
        beginningOfSequence.map { postProcessor.prefix == [$0] } ?? false
    }

    /// Whether plain text reaches the model as it is, byte for byte.
    var keepsText: Bool { normalizer == .none && preTokenizer.prefix == nil }

    /// SHA-256, lowercase hexadecimal.
    var hash: String {
        var hash = ContentHash()
        hash.add("align-data tokenizer 2")
        for step in normalizer.steps { hash.add(step.name) }
        hash.add(preTokenizer.name)
        hash.add(pieces.count)
        for piece in pieces { hash.add(piece) }
        hash.add(merges.count)
        for merge in merges {
            hash.add(Int(merge.left))
            hash.add(Int(merge.right))
        }
        hash.add(Int(unknown ?? -1))
        for flag in [fusesUnknown, fallsBackToBytes, ignoresMerges] { hash.add(flag ? 1 : 0) }
        hash.add(addedTokens.count)
        for token in addedTokens.sorted(by: { $0.id < $1.id }) {
            hash.add(Int(token.id))
            hash.add(token.content)
            let flags = [
                token.isSpecial, token.isNormalized && normalizer != .none, token.isSingleWord,
                token.stripsLeft,
                token.stripsRight,
            ]
            for flag in flags { hash.add(flag ? 1 : 0) }
        }
        hash.add(decoder.name)
        for ids in [postProcessor.prefix, postProcessor.suffix] {
            hash.add(ids.count)
            for id in ids { hash.add(Int(id)) }
        }
        hash.add(Int(beginningOfSequence ?? -1))
        hash.add(Int(endOfSequence ?? -1))
        return hash.finalize()
    }

    /// The added token with that content.
    func addedToken(_ content: String) -> TokenID? {
        addedTokens.first { $0.content.utf8.elementsEqual(content.utf8) }?.id
    }

    /// Sets `endsOfSequence`: the named one first, each once.
    mutating func setEnds(_ others: [TokenID]) {
        endsOfSequence = []
        for id in (endOfSequence.map { [$0] } ?? []) + others
        where !endsOfSequence.contains(id) && pieces.indices.contains(Int(id)) { endsOfSequence.append(id) }
    }
}

extension Normalizer.Step {
    /// For the hash: what it does, in words that do not change.
    var name: String {
        switch self {
        case .unicode(let form): form.rawValue
        case .prepend(let text): "prepend \(text)"
        case .replace(let old, let new): "replace \(old.utf8.count) \(old)\(new)"
        }
    }
}

extension PreTokenizer {
    /// For the hash: what it does, in words that do not change.
    var name: String {
        let before = prefix.map { ["prefix \($0.content) \($0.scheme.rawValue) \($0.replacesBlanks)"] } ?? []
        let names = steps.map { step in
            switch step {
            case .digits(let individual): individual ? "digits" : "numbers"
            case .pattern(let pattern): "pattern \(pattern.regex)"
            case .literal(let literal): "literal \(literal.behavior.rawValue) \(literal.content)"
            }
        }
        return (before + names + [isByteLevel ? "bytes" : "characters"]).joined(separator: "\n")
    }
}
