extension TokenizerDefinition {
    /// The `normalizer` of a tokenizer.json.
    static func normalizer(_ part: JSONTree?, unsupported: (String) -> TokenizerError) throws -> Normalizer {
        guard let part else { return .none }
        switch part["type"]?.string {
        case "NFC": return .nfc
        case "Sequence":
            let items = part["normalizers"]?.array ?? []
            guard let first = items.first else { return .none }
            if items.count == 1 { return try normalizer(first, unsupported: unsupported) }
            throw unsupported("a sequence of \(items.count) normalizers")
        case let type: throw unsupported("the normalizer '\(type ?? "?")'")
        }
    }

    /// The `pre_tokenizer` of a tokenizer.json.
    static func preTokenizer(_ part: JSONTree?, unsupported: (String) -> TokenizerError) throws
        -> PreTokenizer
    {
        guard let part else { throw unsupported("no pre-tokenizer") }
        let items = part["type"]?.string == "Sequence" ? part["pretokenizers"]?.array ?? [] : [part]
        guard let last = items.last, last["type"]?.string == "ByteLevel" else {
            throw unsupported("the pre-tokenizer '\(items.last?["type"]?.string ?? "?")'")
        }
        if last["add_prefix_space"]?.bool ?? true { throw unsupported("a prefix space before the text") }
        guard last["use_regex"]?.bool ?? true else {
            throw unsupported("byte-level pieces without the split pattern")
        }
        switch items.count {
        case 1: return .gpt2
        case 2 where items[0]["type"]?.string == "Digits":
            guard items[0]["individual_digits"]?.bool == true else {
                throw unsupported("digits split off in runs")
            }
            return .smollm
        default:
            throw unsupported(
                "the pre-tokenizer '\(items[0]["type"]?.string ?? "?")' before the byte-level one")
        }
    }

    /// The `decoder` of a tokenizer.json.
    static func checkDecoder(_ part: JSONTree?, unsupported: (String) -> TokenizerError) throws {
        let type = part?["type"]?.string ?? "none"
        guard type == "ByteLevel" else { throw unsupported("the decoder '\(type)'") }
    }

    /// The tokens that the `post_processor` of a tokenizer.json puts before a text.
    static func prefix(_ part: JSONTree?, unsupported: (String) -> TokenizerError) throws -> [String] {
        guard let part else { return [] }
        switch part["type"]?.string {
        case "ByteLevel": return []
        case "Sequence":
            return try (part["processors"]?.array ?? []).flatMap { try prefix($0, unsupported: unsupported) }
        case "TemplateProcessing":
            var before: [String] = []
            var seenText = false
            for item in part["single"]?.array ?? [] {
                if item["Sequence"] != nil {
                    seenText = true
                } else if let token = item["SpecialToken"]?["id"]?.string {
                    if seenText { throw unsupported("a post-processor that adds '\(token)' after the text") }
                    before.append(token)
                }
            }
            return before
        case let type: throw unsupported("the post-processor '\(type ?? "?")'")
        }
    }
}
