/// Gathers what belongs into one shard, then tokenizes and seals it. A unit is full by the records that pass
/// cleaning (or by rejections alone), which needs no tokenizer: so an interrupted run, reading its sources
/// again, passes over sealed shards quickly and cuts the rest as before.
final class IngestUnit {
    private let recipe: Recipe
    private let configuration: IngestConfiguration
    private let writer: ShardSetWriter

    private var index = 0
    private var count = 0
    private var textBytes = 0
    private var rejections: [Rejection] = []
    private var counts = StageCounts()
    private var cleaner: RecordCleaner
    private let renderer: PromptRenderer
    /// Whether the unit's shard was sealed by an earlier run; nil before its first record.
    private var isSealed: Bool?
    /// Records seen in all units.
    private(set) var totalRecords = 0

    init(recipe: Recipe, tokenizer: Tokenizer, configuration: IngestConfiguration, writer: ShardSetWriter) {
        self.recipe = recipe
        self.configuration = configuration
        self.writer = writer
        cleaner = RecordCleaner(recipe: recipe, seed: configuration.seed)
        renderer = PromptRenderer(workers: configuration.workers) {
            try Self.rendered($0.record, $0.split, recipe, tokenizer)
        }
    }

    func note(_ name: String, _ count: Int) { counts.noted[name, default: 0] += count }

    func take(_ outcome: RecordOutcome, tell: () throws -> Void) throws {
        switch outcome {
        case .noted(let name, let count): return note(name, count)
        case .rejection(let rejection): reject(rejection)
        case .unselected: filter(RecordCleaner.unselected)
        case .record(let record):
            switch cleaner.judge(record) {
            case .filtered(let reason): filter(reason)
            case .sound(let record, let split):
                count += 1
                textBytes += record.textBytes
                if try !isShardSealed() { renderer.add(PromptRenderer.Item(record: record, split: split)) }
            }
        }
        totalRecords += 1
        counts.recordsIn += 1
        if count == configuration.promptsPerShard || rejections.count == configuration.promptsPerShard
            || textBytes >= configuration.textBytesPerShard
        {
            try seal(tell)
        }
    }

    /// Seals what is left.
    func finish(tell: () throws -> Void) throws {
        if counts != StageCounts() { try seal(tell) }
    }

    private func filter(_ reason: String) { counts.filtered[reason, default: 0] += 1 }

    private func reject(_ rejection: Rejection) {
        counts.rejected[rejection.reason, default: 0] += 1
        rejections.append(rejection)
    }

    private func seal(_ tell: () throws -> Void) throws {
        for (name, count) in cleaner.takeNotes() { note(name, count) }
        if try !isShardSealed() {
            try writer.write(shard: index) { shard in
                var documents: Set<RecordID> = []
                try render(tell) { record, prompt in
                    if documents.insert(prompt.documentID).inserted {
                        try shard.insert(document: record, id: prompt.documentID)
                    }
                    try shard.insert(prompt: prompt)
                }
                for rejection in rejections { try shard.insert(rejection: rejection) }
                return counts
            }
        }
        index += 1
        count = 0
        textBytes = 0
        rejections = []
        counts = StageCounts()
        isSealed = nil
    }

    /// A sealed shard needs no prompts.
    private func isShardSealed() throws -> Bool {
        if let isSealed { return isSealed }
        let found = try writer.sealedCounts(ofShard: index) != nil
        isSealed = found
        return found
    }

    // MARK: - Prompts

    private static func documentID(of record: SourceRecord) -> RecordID {
        RecordID(kind: "document", [record.document])
    }

    /// Made of the fields that the template uses and the template itself, so that it is known before
    /// tokenizing.
    private static func promptID(of record: SourceRecord, _ template: PromptTemplate) -> RecordID {
        RecordID(
            kind: "prompt",
            [documentID(of: record).hex, template.hash]
                + template.fieldNames.map { record.text(ofField: $0) })
    }

    /// Hands out the unit's prompts in order, the first while later ones are still being tokenized. Records whose
    /// prompt cannot be made become rejections, those out of the bounds in tokens are left out.
    private func render(
        _ tell: () throws -> Void, _ body: (SourceRecord, Prompt) throws -> Void
    ) throws {
        try renderer.finish(tell) { item, result in
            switch result {
            case .success(.prompt(let prompt)):
                try body(item.record, prompt)
                // A completion is worth its log-probabilities, which only a model knows.
                if !item.record.completions.isEmpty {
                    note("completions-not-stored", item.record.completions.count)
                }
                account(for: prompt)
            case .success(.filtered(let reason)): filter(reason)
            case .failure(let error as PromptTemplateError): reject(Self.rejection(of: item.record, error))
            case .failure(let error): throw error
            }
        }
    }

    enum Rendered: Sendable {
        case prompt(Prompt)
        case filtered(String)
    }

    static func rendered(
        _ record: SourceRecord, _ split: Split, _ recipe: Recipe, _ tokenizer: Tokenizer
    ) throws -> Rendered {
        let rules = recipe.cleaning
        if rules.document.needsTokens {
            let count = tokenizer.encode(record.document).count
            if count < rules.document.minTokens { return .filtered(RecordCleaner.tooShort) }
            if let maximum = rules.document.maxTokens, count > maximum {
                return .filtered(RecordCleaner.tooLong)
            }
        }
        let references = record.references.map {
            ReferenceSummary(
                text: $0, tokens: tokenizer.encode(recipe.prompt.completionPrefix + $0, at: .continuation))
        }
        for reference in references {
            if reference.tokens.count < rules.summary.minTokens {
                return .filtered(RecordCleaner.summaryTooShort)
            }
            if let maximum = rules.summary.maxTokens, reference.tokens.count > maximum {
                return .filtered(RecordCleaner.summaryTooLong)
            }
        }
        let fields = Dictionary(
            uniqueKeysWithValues: recipe.prompt.fieldNames.map { ($0, record.text(ofField: $0)) })
        let rendered = try recipe.prompt.render(fields: fields, tokenizer: tokenizer)
        return .prompt(
            Prompt(
                id: promptID(of: record, recipe.prompt), documentID: documentID(of: record), split: split,
                text: rendered.text, tokens: rendered.tokens,
                truncatedCharacters: rendered.truncatedCharacters, references: references,
                provenance: record.provenance))
    }

    private func account(for prompt: Prompt) {
        counts.recordsOut += 1
        note("prompt-tokens", prompt.tokens.count)
        note("references", prompt.references.count)
        note("split-\(prompt.split.rawValue)", 1)
        if prompt.truncatedCharacters > 0 { note("truncated-prompts", 1) }
    }

    static func rejection(of record: SourceRecord, _ error: PromptTemplateError) -> Rejection {
        var reason = "unusable-field"
        if case .tooLong = error { reason = IngestStage.promptTooLong }
        return Rejection(ingest: reason, error.summary, at: record.provenance, excerpt: record.document)
    }
}

extension SourceRecord {
    /// Bytes of everything that is kept of the record.
    fileprivate var textBytes: Int {
        document.utf8.count + references.reduce(0) { $0 + $1.utf8.count }
            + fields.values.reduce(0) { $0 + $1.utf8.count }
            + completions.reduce(0) { $0 + $1.text.utf8.count }
    }
}
