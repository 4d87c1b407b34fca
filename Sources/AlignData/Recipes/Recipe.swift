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
    /// Tried in order: a file belongs to the first that matches it. Empty in a recipe of preferences alone.
    public var sources: [RecipeSource]
    public var prompt: PromptTemplate
    /// How to read labelled preferences of this corpus.
    public var preferences: PreferenceMapping?
    public var cleaning: CleaningRules
    /// Where records go that do not say it themselves.
    public var splits: SplitFractions

    /// Fields that a source maps, and that neither the prompt nor anything else uses.
    var unusedFields: [String] {
        let mapped = sources.reduce(into: Set<String>()) { $0.formUnion($1.fields.others.keys) }
        return mapped.subtracting(prompt.fieldNames).subtracting(cleaning.groupBy).sorted()
    }

    /// The names of the fields that go with a prompt to the end.
    var extraNames: Set<String> { sources.reduce(into: []) { $0.formUnion(($1.fields.extra ?? [:]).keys) } }
}

/// The fields of a labelled preference: chosen and rejected, or two texts and a label. They and the margin are
/// among the source's other fields under the names below.
public struct PreferenceMapping: Hashable, Sendable, Codable {
    public static let chosen = "chosen"
    public static let rejected = "rejected"
    public static let margin = "margin"
    public static let first = "first"
    public static let second = "second"
    public static let label = "label"

    /// The values of the label field, as texts.
    public struct Labels: Hashable, Sendable, Codable {
        /// The first text is the better one.
        public var first: [String]
        public var second: [String]
        /// Neither is.
        public var tie: [String]

        public init(first: [String] = ["0"], second: [String] = ["1"], tie: [String] = []) {
            self.first = first
            self.second = second
            self.tie = tie
        }
    }

    public var source: RecipeSource
    /// `nil`: the fields are chosen and rejected.
    public var labels: Labels?
    /// Of the documents that have no split of their own: what the recipe says, else a fifth is held out.
    public var splits = SplitFractions(validation: 0.2)
}

/// Which sound records are left out.
public struct CleaningRules: Hashable, Sendable, Codable {
    /// How long a text may be.
    public struct Bounds: Hashable, Sendable, Codable {
        /// In Unicode scalars.
        public var minCharacters: Int = 1
        public var maxCharacters: Int?
        /// In tokens of the corpus's tokenizer.
        public var minTokens: Int = 0
        public var maxTokens: Int?

        public init() {}

        var needsTokens: Bool { minTokens > 0 || maxTokens != nil }
    }

    public var document = Bounds()
    /// Of every reference summary.
    public var summary = Bounds()
    /// Of records that are wholly equal but for white space, keep the first; of references and completions of one prompt
    /// that are equal, too.
    public var dropDuplicates: Bool = true
    /// Fields that must be equal, too, for records of one document and prompt to be joined: names of the mapping, `id`
    /// and extra fields.
    public var groupBy: [String] = []
    /// Of documents whose sets of five-word shingles have at least this Jaccard similarity, as MinHash estimates it,
    /// keep the first. `nil`: near duplicates stay.
    public var nearDuplicates: Double?
    /// A record without a summary is left out.
    public var needsSummary: Bool = false

    public init() {}
}

/// The shares of the records that have no split of their own; a record's place is decided by its content.
public struct SplitFractions: Hashable, Sendable, Codable {
    public var validation: Double
    public var test: Double

    public init(validation: Double = 0.05, test: Double = 0) {
        self.validation = validation
        self.test = test
    }

    /// The same for equal documents, whatever else is in the corpus.
    public func split(of document: RecordID, seed: UInt64) -> Split {
        let place = CounterRandom(seed: seed, purpose: .splitting, record: document).uniform(0)
        if place < validation { return .validation }
        return place < validation + test ? .test : .train
    }
}
