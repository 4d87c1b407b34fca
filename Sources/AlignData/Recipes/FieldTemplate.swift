/// A text with paths in braces, filled in for each thing that a field selects: `{speaker}: {content}`. A path
/// with a trailing `?` may be missing; a literal brace is `{{` or `}}`.
public struct FieldTemplate: Hashable, Sendable, Codable {
    public enum Part: Hashable, Sendable {
        case literal(String)
        case path(String, isOptional: Bool)
    }

    public let text: String
    public let parts: [Part]

    /// Why a text is not a template.
    public struct Fault: Error, Hashable, Sendable {
        public var detail: String
    }

    public init(_ text: String) throws(Fault) {
        self.text = text
        var parts: [Part] = []
        var literal = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                literal.append(character)
                rest.removeFirst()
            case "{":
                guard let end = Self.end(of: rest) else {
                    throw Fault(detail: "a { has no matching }")
                }
                let field = Field(written: String(rest[..<end]))
                guard !field.expression.isEmpty else { throw Fault(detail: "braces without a path") }
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(.path(field.expression, isOptional: field.isOptional))
                rest = rest[rest.index(after: end)...]
            case "}": throw Fault(detail: "a } has no matching {")
            default: literal.append(character)
            }
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    /// Where a path ends that a brace began: at the first closing one outside of quotes.
    private static func end(of text: Substring) -> Substring.Index? {
        var index = text.startIndex
        var before: Character = "{"
        while index < text.endIndex {
            let character = text[index]
            if character == "}" { return index }
            // Elsewhere an apostrophe is part of a name.
            if character == "'" || character == "\"", "{[.=".contains(before),
                let end = endOfQuotes(from: index, in: text)
            {
                index = end
            }
            before = character
            index = text.index(after: index)
        }
        return nil
    }

    private static func endOfQuotes(from start: Substring.Index, in text: Substring) -> Substring.Index? {
        var isEscaped = false
        for index in text.indices[start...].dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\" {
                isEscaped = true
            } else if text[index] == text[start] {
                return index
            }
        }
        return nil
    }

    public var paths: [String] {
        parts.compactMap { if case .path(let path, _) = $0 { path } else { nil } }
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
