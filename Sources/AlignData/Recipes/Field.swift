/// Where one field of a record is found, and what is done to its text.
///
/// In a recipe either a path (a trailing `?` makes the field optional, `{name}` is what the file's pattern
/// captured), a list of paths whose texts follow each other, or a mapping of the properties below.
public struct Field: Hashable, Sendable, Codable {
    /// What becomes of several texts where one is meant. Raw values are what recipes say.
    public enum Take: String, Hashable, Sendable, Codable, CaseIterable {
        case first, mean, median
        /// Several texts are a mistake.
        case only
    }

    /// JSON paths, XPath expressions, column names: the format decides. Empty: the record itself.
    public var paths: [String]
    public var isOptional: Bool
    /// Filled in for everything that `paths` select, with paths in braces that start from there.
    public var template: FieldTemplate?
    /// Done to every text, in this order.
    public var edits: [TextEdit]
    /// What stands between the texts that become one. `nil`: as the field's place in the record has it.
    public var join: String?
    /// `nil`: as the field's place in the record has it.
    public var take: Take?

    public init(
        paths: [String], isOptional: Bool = false, template: FieldTemplate? = nil, edits: [TextEdit] = [],
        join: String? = nil, take: Take? = nil
    ) {
        self.paths = paths
        self.isOptional = isOptional
        self.template = template
        self.edits = edits
        self.join = join
        self.take = take
    }

    public init(_ path: String, isOptional: Bool = false) {
        self.init(paths: [path], isOptional: isOptional)
    }

    /// A path as written in a recipe.
    public init(written text: String) {
        let isOptional = text.hasSuffix("?")
        self.init(isOptional ? String(text.dropLast()) : text, isOptional: isOptional)
    }

    /// How errors name it.
    public var expression: String { paths.isEmpty ? template?.text ?? "" : paths.joined(separator: ", ") }

    /// The name, when the field is `{name}`.
    public var captureName: String? {
        guard paths.count == 1, template == nil else { return nil }
        return Field.captureName(paths[0])
    }

    /// The same, with a rule for several texts where it has none of its own.
    func taken(_ take: Take) -> Field {
        var field = self
        if field.join == nil { field.take = field.take ?? take }
        return field
    }

    static func captureName(_ path: String) -> String? {
        guard path.hasPrefix("{"), path.hasSuffix("}"), path.utf8.count > 2 else { return nil }
        return String(path.dropFirst().dropLast())
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
    /// Fields that nothing here uses and that go with the prompt to the end, by the name of their column. Nil where
    /// there are none.
    public var extra: [String: Field]?

    public init(
        document: Field, title: Field? = nil, references: [Field] = [], id: Field? = nil, split: Field? = nil,
        others: [String: Field] = [:], extra: [String: Field]? = nil
    ) {
        self.document = document
        self.title = title
        self.references = references
        self.id = id
        self.split = split
        self.others = others
        self.extra = extra
    }

    /// The extra fields in the order of their names.
    var sortedExtra: [(name: String, field: Field)] {
        (extra ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Names that an extra field cannot have: exported files have other columns of these names.
    static let reservedNames: Set<String> = [
        "chosen", "completion", "completions", "document_id", "end_token", "end_token_chosen",
        "end_token_rejected", "end_tokens", "fields", "finish_reason",
        "finish_reason_chosen",
        "finish_reason_rejected", "finish_reasons", "id", "prompt", "prompt_id", "raw_score_chosen",
        "raw_score_rejected", "raw_scores", "references", "rejected", "score_chosen", "score_rejected",
        "scores",
        "source_id", "split",
    ]

    /// All of them, in a fixed order.
    public var all: [Field] {
        [document] + [title, id, split].compactMap { $0 } + references
            + others.sorted { $0.key < $1.key }.map(\.value) + sortedExtra.map(\.field)
    }
}
