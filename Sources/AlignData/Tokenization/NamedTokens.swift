/// The special tokens that a `tokenizer_config.json` or a `special_tokens_map.json` gives a name.
struct NamedTokens {
    /// In the order in which transformers adds those that are new.
    private static let ranked = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    private var named: [(name: String, token: AddedTokens.Token)] = []
    private var others: [AddedTokens.Token] = []

    init(_ configuration: JSONValue?) {
        let token = { (value: JSONValue?) in value.flatMap { AddedTokens.Token(named: $0) } }
        for name in Self.ranked {
            if let token = token(configuration?[name]) { named.append((name, token)) }
        }
        for key in ["additional_special_tokens", "extra_special_tokens"] {
            others += (configuration?[key]?.array ?? []).compactMap(token)
        }
        // Names of a model's own, as `image_token`.
        var own = (configuration?.members ?? []).filter { $0.key.hasSuffix("_token") }
        for key in ["extra_special_tokens", "model_specific_special_tokens"] {
            own += configuration?[key]?.members ?? []
        }
        for (name, value) in own where !named.contains(where: { $0.name == name }) {
            if let token = token(value) { named.append((name, token)) }
        }
    }

    /// The names and their tokens.
    var byName: [(name: String, content: String)] { named.map { ($0.name, $0.token.content) } }

    /// Every token, in the order in which new ones are numbered.
    var all: [AddedTokens.Token] {
        let isRanked = { (name: String) in Self.ranked.contains(name) }
        return named.filter { isRanked($0.name) }.map(\.token) + others
            + named.filter { !isRanked($0.name) }.map(\.token)
    }

    /// Takes what `other` names, also where the name is taken.
    mutating func merge(_ other: NamedTokens) {
        for entry in other.named {
            if let place = named.firstIndex(where: { $0.name == entry.name }) {
                named[place] = entry
            } else {
                named.append(entry)
            }
        }
        named.sort { Self.rank($0.name) < Self.rank($1.name) }
        if !other.others.isEmpty { others = other.others }
    }

    private static func rank(_ name: String) -> Int { ranked.firstIndex(of: name) ?? ranked.count }

    /// What an `added_tokens.json` means by a content: a special token only where it has a name.
    func addedToken(_ content: String) -> JSONValue {
        let isSpecial = all.contains { $0.content.utf8.elementsEqual(content.utf8) }
        return .members(["content": .string(content), "special": .bool(isSpecial)])
    }
}

extension AddedTokens.Token {
    /// A token as tokenizer.json and `added_tokens_decoder` write it; nil without a content.
    init?(_ item: JSONValue, id: TokenID) {
        guard let content = item["content"]?.string, !content.isEmpty else { return nil }
        let flag = { (name: String) in item[name]?.bool ?? false }
        self.init(
            id: id, content: content, isSpecial: flag("special"),
            isNormalized: item["normalized"]?.bool ?? !flag("special"), isSingleWord: flag("single_word"),
            stripsLeft: flag("lstrip"), stripsRight: flag("rstrip"))
    }

    /// A token by its name's value: its content, or an object with content and flags. Its id is still to come.
    fileprivate init?(named value: JSONValue) {
        if let content = value.string, !content.isEmpty {
            self.init(id: 0, content: content, isSpecial: true)
            return
        }
        guard var token = Self(value, id: 0) else { return nil }
        token.isSpecial = true
        if value["normalized"] == nil { token.isNormalized = false }
        self = token
    }
}
