/// How a record becomes a prompt, and a summary a completion.
///
/// Prompt and completion are tokenized apart and joined by their ids, so the prompt is always a prefix.
public struct PromptTemplate: Hashable, Sendable {
    /// What happens to a prompt of more than `maxTokens`.
    public enum Truncation: Hashable, Sendable {
        /// It is refused.
        case reject
        /// The field is cut back to before its last newline; where it has none, by one character (Unicode
        /// scalar) at its end; again and again until the prompt fits. The TL;DR rule of Huang et al., "The
        /// N+ implementation details of RLHF with PPO" (arXiv 2403.17031).
        case lastNewlineThenCharacter(field: String)
    }

    /// Fields are written `{name}`; a literal brace is `{{` or `}}`.
    public let text: String
    /// The longest prompt, beginning-of-sequence included.
    public let maxTokens: Int
    public let truncation: Truncation
    /// What stands before every completion's text (often a blank).
    public let completionPrefix: String
    /// Whether the text is a user's message inside the model's own chat template.
    public var chat: Chat?
    /// What that template puts around the message, once the model is known (`resolved`).
    var surroundings: ChatTemplate?
    let parts: [Part]

    enum Part: Hashable, Sendable {
        case literal(String)
        case field(String)
    }

    /// - Throws: `PromptTemplateError` when the text does not parse or a setting cannot be meant.
    public init(
        text: String, maxTokens: Int = 512, truncation: Truncation = .reject, completionPrefix: String = "",
        chat: Chat? = nil
    ) throws {
        self.text = text
        self.maxTokens = maxTokens
        self.truncation = truncation
        self.completionPrefix = completionPrefix
        self.chat = chat
        parts = try Self.parse(text)
        guard maxTokens > 0 else {
            throw PromptTemplateError.setting(what: "allows no tokens (maxTokens is below 1)")
        }
        guard !fieldNames.isEmpty else { throw PromptTemplateError.setting(what: "names no field") }
        if case .lastNewlineThenCharacter(let field) = truncation, !fieldNames.contains(field) {
            throw PromptTemplateError.setting(what: "truncates the field '\(field)', which it does not name")
        }
    }

    /// The fields the text names, in order, each once.
    public var fieldNames: [String] {
        var names: [String] = []
        for case .field(let name) in parts where !names.contains(name) { names.append(name) }
        return names
    }

    /// SHA-256 (hexadecimal) over everything that decides a prompt's tokens; of a chat only once it is resolved.
    public var hash: String {
        var rule = "reject"
        if case .lastNewlineThenCharacter(let field) = truncation {
            rule = "lastNewlineThenCharacter " + field
        }
        var hash = ContentHash()
        for part in ["align-data prompt template 1", text, String(maxTokens), rule, completionPrefix] {
            hash.add(part)
        }
        if chat != nil { hash.add("chat 2") }
        if let surroundings {
            for part in surroundings.identity { hash.add(part) }
        }
        return hash.finalize()
    }

    private static func parse(_ text: String) throws -> [Part] {
        var parts: [Part] = []
        var literal = String.UnicodeScalarView()
        let scalars = Array(text.unicodeScalars)
        var i = 0
        while i < scalars.count {
            let doubled = i + 1 < scalars.count && scalars[i + 1] == scalars[i]
            switch scalars[i] {
            case "{" where doubled, "}" where doubled:
                literal.append(scalars[i])
                i += 2
            case "{":
                guard let end = scalars[i...].firstIndex(of: "}") else {
                    throw PromptTemplateError.syntax(what: "a field that does not end", offset: i)
                }
                let name = scalars[(i + 1)..<end]
                let isName = { (scalar: Unicode.Scalar) in
                    scalar == "_" || scalar == "-" || scalar == "." || scalar.properties.isAlphabetic
                        || ("0"..."9").contains(scalar)
                }
                guard !name.isEmpty, name.allSatisfy(isName) else {
                    throw PromptTemplateError.syntax(what: "a brace that begins no field name", offset: i)
                }
                if !literal.isEmpty { parts.append(.literal(String(literal))) }
                literal = String.UnicodeScalarView()
                var view = String.UnicodeScalarView()
                view.append(contentsOf: name)
                parts.append(.field(String(view)))
                i = end + 1
            case "}":
                throw PromptTemplateError.syntax(what: "a closing brace without an opening one", offset: i)
            default:
                literal.append(scalars[i])
                i += 1
            }
        }
        if !literal.isEmpty { parts.append(.literal(String(literal))) }
        return parts
    }
}

extension PromptTemplate.Truncation: Codable {
    private enum CodingKeys: String, CodingKey { case rule, field }
    private static let rejectName = "reject"
    private static let cutName = "lastNewlineThenCharacter"

    /// `{"rule": "reject"}` or `{"rule": "lastNewlineThenCharacter", "field": "document"}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(String.self, forKey: .rule) {
        case Self.rejectName: self = .reject
        case Self.cutName:
            self = .lastNewlineThenCharacter(field: try container.decode(String.self, forKey: .field))
        case let rule:
            throw DecodingError.dataCorruptedError(
                forKey: .rule, in: container, debugDescription: "unknown truncation rule '\(rule)'")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .reject: try container.encode(Self.rejectName, forKey: .rule)
        case .lastNewlineThenCharacter(let field):
            try container.encode(Self.cutName, forKey: .rule)
            try container.encode(field, forKey: .field)
        }
    }
}

extension PromptTemplate: Codable {
    private enum CodingKeys: String, CodingKey { case text, maxTokens, truncation, completionPrefix, chat }

    /// All but `text` may be left out.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            text: container.decode(String.self, forKey: .text),
            maxTokens: container.decodeIfPresent(Int.self, forKey: .maxTokens) ?? 512,
            truncation: container.decodeIfPresent(Truncation.self, forKey: .truncation) ?? .reject,
            completionPrefix: container.decodeIfPresent(String.self, forKey: .completionPrefix) ?? "",
            chat: container.decodeIfPresent(Chat.self, forKey: .chat))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(text, forKey: .text)
        try container.encode(maxTokens, forKey: .maxTokens)
        try container.encode(truncation, forKey: .truncation)
        try container.encode(completionPrefix, forKey: .completionPrefix)
        try container.encodeIfPresent(chat, forKey: .chat)
    }
}
