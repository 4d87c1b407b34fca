/// How to read one corpus: where its records are, which of their fields are what, and the prompt made of
/// them.
///
/// Written as YAML (`Recipe.load(path:)`), or one of the built-in ones (`Recipe.named(_:)`).
public struct Recipe: Hashable, Sendable, Codable {
    public var name: String
    /// One sentence for a person.
    public var description: String
    /// How to cite the corpus.
    public var citation: String?
    public var licence: String?
    /// Tried in order: a file belongs to the first that matches it.
    public var sources: [RecipeSource]
    public var prompt: PromptTemplate
    /// How to read labelled preferences of this corpus.
    public var preferences: PreferenceMapping?
    public var cleaning: CleaningRules
    /// Where records go that do not say it themselves.
    public var splits: SplitFractions
}

/// Some files of a corpus that are read in one way.
public struct RecipeSource: Hashable, Sendable, Codable {
    public enum Layout: Hashable, Sendable, Codable {
        /// One JSON object a line; fields are JSON paths.
        case jsonLines(FieldMapping)
        /// Elements that `record` (XPath) selects; fields are XPath from there.
        case xml(record: String, FieldMapping)
        /// One document a file. Each of its summaries is a file that `summaries` matches with the same
        /// captures.
        case textPairs(summaries: FilePattern?, titleIsFirstLine: Bool)
    }

    /// The files of the records; of the documents, for text pairs.
    public var files: [FilePattern]
    public var layout: Layout
    /// The split of every record, where the corpus has it by file.
    public var split: Split?
}

/// The fields of a labelled preference. Chosen, rejected and margin are among `fields.others` under the names
/// below.
public struct PreferenceMapping: Hashable, Sendable, Codable {
    public static let chosen = "chosen"
    public static let rejected = "rejected"
    public static let margin = "margin"

    public var fields: FieldMapping

    public init(fields: FieldMapping) { self.fields = fields }
}

/// Which sound records are left out.
public struct CleaningRules: Hashable, Sendable, Codable {
    /// Of the document, in Unicode scalars.
    public var minCharacters: Int = 1
    public var maxCharacters: Int?
    /// Of documents that are equal but for white space, keep the first.
    public var dropDuplicates: Bool = true

    public init() {}
}

/// The shares of the records that have no split of their own; a record's place is decided by its content.
public struct SplitFractions: Hashable, Sendable, Codable {
    public var validation: Double = 0.05
    public var test: Double = 0

    public init() {}

    /// The same for equal documents, whatever else is in the corpus.
    public func split(of document: RecordID, seed: UInt64) -> Split {
        let place = CounterRandom(seed: seed, purpose: .splitting, record: document).uniform(0)
        if place < validation { return .validation }
        return place < validation + test ? .test : .train
    }
}
