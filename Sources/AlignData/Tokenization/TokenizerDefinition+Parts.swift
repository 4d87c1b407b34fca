extension TokenizerDefinition {
    typealias Unsupported = (String) -> TokenizerError

    /// The parts of a `Sequence`, or the part itself.
    static func flattened(_ part: JSONTree?, members name: String) -> [JSONTree] {
        guard let part else { return [] }
        guard part["type"]?.string == "Sequence" else { return [part] }
        return (part[name]?.array ?? []).flatMap { flattened($0, members: name) }
    }

    /// The `normalizer` of a tokenizer.json.
    static func normalizer(_ part: JSONTree?, unsupported: Unsupported) throws -> Normalizer {
        let steps = try flattened(part, members: "normalizers").map { item -> Normalizer.Step in
            let type = item["type"]?.string ?? "?"
            if let form = UnicodeNormalization.Form(rawValue: type) { return .unicode(form) }
            switch type {
            case "Prepend":
                guard let prefix = item["prepend"]?.string else { throw unsupported("a Prepend of nothing") }
                return .prepend(prefix)
            case "Replace":
                guard let old = item["pattern"]?["String"]?.string, let new = item["content"]?.string,
                    !old.isEmpty
                else { throw unsupported("the normalizer 'Replace' with a regular expression") }
                return .replace(old, with: new)
            default: throw unsupported("the normalizer '\(type)'")
            }
        }
        return Normalizer(steps: steps)
    }

    /// The `pre_tokenizer` of a tokenizer.json.
    static func preTokenizer(_ part: JSONTree?, unsupported: Unsupported) throws -> PreTokenizer {
        var result = PreTokenizer(steps: [], isByteLevel: false)
        for item in flattened(part, members: "pretokenizers") {
            let type = item["type"]?.string ?? "?"
            // Bytes come last: after them a text is no longer the text that patterns are made for.
            guard !result.isByteLevel else {
                throw unsupported("the pre-tokenizer '\(type)' after the byte-level one")
            }
            switch type {
            case "Digits":
                result.steps.append(.digits(individual: item["individual_digits"]?.bool ?? false))
            case "Split": result.steps.append(try split(item, unsupported: unsupported))
            case "ByteLevel":
                result.isByteLevel = true
                if item["add_prefix_space"]?.bool ?? true {
                    guard result.steps.isEmpty, result.prefix == nil else {
                        throw unsupported("a prefix space after another pre-tokenizer")
                    }
                    result.prefix = TextPrefix(content: " ", scheme: .always, replacesBlanks: false)
                }
                if item["use_regex"]?.bool ?? true { result.steps.append(.pattern(.gpt2)) }
            case "Metaspace":
                guard result.steps.isEmpty, result.prefix == nil else {
                    throw unsupported("the pre-tokenizer 'Metaspace' after another")
                }
                let prefix = try metaspace(item, unsupported: unsupported)
                result.prefix = prefix
                if item["split"]?.bool ?? true {
                    result.steps.append(.literal(LiteralSplit(prefix.content, .mergedWithNext)))
                }
            default: throw unsupported("the pre-tokenizer '\(type)'")
            }
        }
        return result
    }

    private static func split(_ part: JSONTree, unsupported: Unsupported) throws -> PreTokenizer.Step {
        guard part["invert"]?.bool != true else { throw unsupported("an inverted split") }
        let behavior = part["behavior"]?.string ?? "?"
        if let content = part["pattern"]?["String"]?.string {
            guard !content.isEmpty, let behavior = LiteralSplit.Behavior(rawValue: behavior),
                behavior != .runWithNext
            else { throw unsupported("a split whose matches are '\(behavior)'") }
            return .literal(LiteralSplit(content, behavior))
        }
        let regex = part["pattern"]?["Regex"]?.string ?? "?"
        guard behavior == "Isolated" else { throw unsupported("a split whose matches are '\(behavior)'") }
        guard let pattern = SplitPattern(regex: regex) else {
            throw unsupported("the split pattern \(regex)")
        }
        return .pattern(pattern)
    }

    private static func metaspace(_ part: JSONTree, unsupported: Unsupported) throws -> TextPrefix {
        // Older files say whether, newer ones where.
        let older = (part["add_prefix_space"]?.bool ?? true) ? "always" : "never"
        let name = part["prepend_scheme"]?.string ?? older
        guard let scheme = TextPrefix.Scheme(rawValue: name) else {
            throw unsupported("the prefix scheme '\(name)'")
        }
        return TextPrefix(content: part["replacement"]?.string ?? "▁", scheme: scheme, replacesBlanks: true)
    }

    /// The `decoder` of a tokenizer.json.
    static func decoder(_ part: JSONTree?, unsupported: Unsupported) throws -> PieceDecoder {
        guard part != nil else { throw unsupported("no decoder") }
        let items = flattened(part, members: "decoders")
        let names = items.map { $0["type"]?.string ?? "?" }
        switch names {
        case ["ByteLevel"]: return .byteLevel
        case ["Metaspace"]:
            let prefix = try metaspace(items[0], unsupported: unsupported)
            return .metaspace(replacement: prefix.content, stripsFirst: prefix.scheme != .never)
        case ["Replace", "ByteFallback", "Fuse"], ["Replace", "ByteFallback", "Fuse", "Strip"]:
            guard let replacement = items[0]["pattern"]?["String"]?.string, !replacement.isEmpty,
                items[0]["content"]?.string == " "
            else { throw unsupported("a decoder that replaces by something else than a blank") }
            guard items.count == 4 else {
                return .byteFallback(replacement: replacement, strippedBlanks: 0)
            }
            guard items[3]["content"]?.string == " ", items[3]["stop"]?.int == 0,
                let start = items[3]["start"]?.int, start >= 0
            else { throw unsupported("a decoder that strips something else than leading blanks") }
            return .byteFallback(replacement: replacement, strippedBlanks: start)
        default: throw unsupported("the decoder \(names.joined(separator: ", "))")
        }
    }

    /// The `post_processor` of a tokenizer.json.
    static func postProcessor(_ part: JSONTree?, unsupported: Unsupported) throws -> PostProcessor {
        var result = PostProcessor()
        for item in flattened(part, members: "processors") {
            switch item["type"]?.string {
            // Byte level changes offsets, not ids.
            case "ByteLevel": continue
            case "TemplateProcessing":
                guard result == PostProcessor() else { throw unsupported("two templates around the text") }
                result = try template(item, unsupported: unsupported)
            case let type: throw unsupported("the post-processor '\(type ?? "?")'")
            }
        }
        return result
    }

    private static func template(_ part: JSONTree, unsupported: Unsupported) throws -> PostProcessor {
        var result = PostProcessor()
        var seenText = false
        for item in part["single"]?.array ?? [] {
            if let sequence = item["Sequence"] {
                guard sequence["id"]?.string == "A", !seenText else { throw unsupported("a text used twice") }
                seenText = true
                continue
            }
            guard let name = item["SpecialToken"]?["id"]?.string,
                let ids = part["special_tokens"]?[name]?["ids"]?.array
            else { throw unsupported("a template with a token it does not explain") }
            let tokens = ids.compactMap { $0.int.flatMap(TokenID.init(exactly:)) }
            if seenText { result.suffix += tokens } else { result.prefix += tokens }
        }
        guard seenText else { throw unsupported("a template without the text") }
        return result
    }
}
