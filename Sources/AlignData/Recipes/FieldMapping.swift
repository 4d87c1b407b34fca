/// Where one field of a record is found: a path into a JSON value, an XPath, or `{name}` for what the file's
/// pattern captured. A trailing `?` makes it optional.
public struct Field: Hashable, Sendable, Codable {
    public var expression: String
    public var isOptional: Bool

    public init(_ expression: String, isOptional: Bool = false) {
        self.expression = expression
        self.isOptional = isOptional
    }

    /// As written in a recipe.
    public init(written text: String) {
        isOptional = text.hasSuffix("?")
        expression = isOptional ? String(text.dropLast()) : text
    }

    /// The name, when the field is `{name}`.
    public var captureName: String? {
        guard expression.hasPrefix("{"), expression.hasSuffix("}"), expression.count > 2 else { return nil }
        return String(expression.dropFirst().dropLast())
    }
}

/// Which fields of a source become which parts of a record.
public struct FieldMapping: Hashable, Sendable, Codable {
    public var document: Field
    public var title: Field?
    /// Each yields zero or more summaries.
    public var references: [Field]
    public var id: Field?
    public var split: Field?
    /// Other fields, by the name under which the prompt template uses them.
    public var others: [String: Field]

    public init(
        document: Field, title: Field? = nil, references: [Field] = [], id: Field? = nil, split: Field? = nil,
        others: [String: Field] = [:]
    ) {
        self.document = document
        self.title = title
        self.references = references
        self.id = id
        self.split = split
        self.others = others
    }

    /// All of them, in a fixed order.
    public var all: [Field] {
        [document] + [title, id, split].compactMap { $0 } + references
            + others.sorted { $0.key < $1.key }.map(\.value)
    }
}
