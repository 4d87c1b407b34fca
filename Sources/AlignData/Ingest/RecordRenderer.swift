/// Makes prompts of records that passed cleaning: the template filled in, and every text tokenized.
struct RecordRenderer: Sendable {
    enum Rendered: Sendable {
        case prompt(Prompt)
        /// Out of the bounds in tokens; the reason code.
        case filtered(String)
    }

    private let rules: CleaningRules
    private let template: PromptTemplate
    private let templateHash: String
    private let tokenizer: Tokenizer

    init(recipe: Recipe, tokenizer: Tokenizer) {
        rules = recipe.cleaning
        template = recipe.prompt
        templateHash = recipe.prompt.hash
        self.tokenizer = tokenizer
    }

    /// - Throws: `PromptTemplateError`.
    func render(_ clean: CleanRecord) throws -> Rendered {
        let record = clean.record
        if rules.document.needsTokens {
            let count = tokenizer.encode(record.document).count
            if count < rules.document.minTokens { return .filtered(RecordCleaner.tooShort) }
            if let maximum = rules.document.maxTokens, count > maximum {
                return .filtered(RecordCleaner.tooLong)
            }
        }
        let names = template.fieldNames
        let fields = Dictionary(uniqueKeysWithValues: names.map { ($0, record.text(ofField: $0)) })
        let rendered = try template.render(fields: fields, tokenizer: tokenizer)
        guard !rendered.tokens.isEmpty else { throw PromptTemplateError.noTokens }
        return .prompt(
            Prompt(
                // Made of the document, the template, the other fields that it uses, and those that records are
                // grouped by.
                id: RecordID(
                    kind: "prompt",
                    [clean.documentID.hex, templateHash]
                        + names.filter { $0 != "document" }.map { record.text(ofField: $0) }
                        + rules.groupBy.map { record.value(ofField: $0) }),
                documentID: clean.documentID, split: clean.split, text: rendered.text,
                tokens: rendered.tokens,
                truncatedCharacters: rendered.truncatedCharacters,
                references: record.references.map(reference), given: record.completions.map(given),
                sourceID: record.sourceID, extra: record.extra, provenance: record.provenance))
    }

    func reference(_ text: String) -> ReferenceSummary {
        ReferenceSummary(text: text, tokens: tokens(ofCompletion: text))
    }

    func given(_ completion: SourceCompletion) -> GivenCompletion {
        GivenCompletion(
            text: completion.text, tokens: tokens(ofCompletion: completion.text), policy: completion.policy,
            scores: completion.scores)
    }

    /// The tokens of a summary, which rules may bound.
    func summaryTokens(_ text: String) -> Int { tokens(ofCompletion: text).count }

    private func tokens(ofCompletion text: String) -> [TokenID] {
        tokenizer.encode(template.completionPrefix + text, at: .continuation)
    }

    static func rejection(of record: SourceRecord, _ error: PromptTemplateError) -> Rejection {
        var reason = "unusable-field"
        if case .tooLong = error { reason = IngestStage.promptTooLong }
        if case .noTokens = error { reason = IngestStage.emptyPrompt }
        return Rejection(ingest: reason, error.summary, at: record.provenance, excerpt: record.document)
    }
}
