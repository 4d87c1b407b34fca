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
    public var provenance: Provenance

    public init(
        id: RecordID, documentID: RecordID, split: Split, text: String, tokens: [TokenID],
        truncatedCharacters: Int = 0, references: [ReferenceSummary] = [], provenance: Provenance
    ) {
        self.id = id
        self.documentID = documentID
        self.split = split
        self.text = text
        self.tokens = tokens
        self.truncatedCharacters = truncatedCharacters
        self.references = references
        self.provenance = provenance
    }
}
