/// A token id of a vocabulary.
public typealias TokenID = Int32

/// A reference summary with its token ids (without end-of-sequence).
public struct ReferenceSummary: Hashable, Sendable {
    public var text: String
    public var tokens: [TokenID]

    public init(text: String, tokens: [TokenID]) {
        self.text = text
        self.tokens = tokens
    }
}

/// A completion that came with the corpus, with its token ids (without end-of-sequence).
public struct GivenCompletion: Hashable, Sendable {
    public var text: String
    public var tokens: [TokenID]
    /// The name that the corpus has for its writer.
    public var policy: String?
    /// By the name of the scorer.
    public var scores: [String: Double]

    public init(text: String, tokens: [TokenID], policy: String? = nil, scores: [String: Double] = [:]) {
        self.text = text
        self.tokens = tokens
        self.policy = policy
        self.scores = scores
    }
}

/// A rendered, tokenized prompt and the summaries people wrote for it.
public struct Prompt: Hashable, Sendable {
    public var id: RecordID
    /// The document it was rendered from.
    public var documentID: RecordID
    public var split: Split
    /// The rendered prompt, exactly the text that `tokens` encode.
    public var text: String
    public var tokens: [TokenID]
    /// Characters of the document that the template's truncation rule cut away; 0 when whole.
    public var truncatedCharacters: Int
    public var references: [ReferenceSummary]
    /// What policies wrote for the document before it came here. Only a corpus has them apart from other completions.
    public var given: [GivenCompletion]
    /// The own id of the record that it was rendered from, where the corpus has one.
    public var sourceID: String?
    /// Fields of the record that nothing here uses, by name: they go with the prompt, so that one can join back.
    public var extra: [String: String]
    public var provenance: Provenance

    public init(
        id: RecordID, documentID: RecordID, split: Split, text: String, tokens: [TokenID],
        truncatedCharacters: Int = 0, references: [ReferenceSummary] = [], given: [GivenCompletion] = [],
        sourceID: String? = nil, extra: [String: String] = [:], provenance: Provenance
    ) {
        self.id = id
        self.documentID = documentID
        self.split = split
        self.text = text
        self.tokens = tokens
        self.truncatedCharacters = truncatedCharacters
        self.references = references
        self.given = given
        self.sourceID = sourceID
        self.extra = extra
        self.provenance = provenance
    }
}
