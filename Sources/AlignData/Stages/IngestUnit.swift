/// Gathers what belongs into one shard, then tokenizes and seals it. A unit is full by the records that pass
/// cleaning (or by rejections alone), which needs no tokenizer: so an interrupted run, reading its sources
/// again, passes over sealed shards quickly and cuts the rest as before.
final class IngestUnit {
    private let recipe: Recipe
    private let configuration: IngestConfiguration
    private let writer: ShardSetWriter

    private var index = 0
    private var count = 0
    private var rejections: [Rejection] = []
    private var counts = StageCounts()
    private var cleaner: RecordCleaner
    private var promptIDs: Set<RecordID> = []
    private let templateHash: String
    private let renderer: PromptRenderer
    /// Whether the unit's shard was sealed by an earlier run; nil before its first record.
    private var isSealed: Bool?
    /// Records seen in all units.
    private(set) var totalRecords = 0

    init(recipe: Recipe, tokenizer: Tokenizer, configuration: IngestConfiguration, writer: ShardSetWriter) {
        self.recipe = recipe
        self.configuration = configuration
        self.writer = writer
        cleaner = RecordCleaner(rules: recipe.cleaning)
        templateHash = recipe.prompt.hash
        let (template, splits, seed) = (recipe.prompt, recipe.splits, configuration.seed)
        renderer = PromptRenderer { try Self.prompt(of: $0, template, splits, seed, tokenizer) }
    }

    func note(_ name: String, _ count: Int) { counts.noted[name, default: 0] += count }

    func take(_ outcome: RecordOutcome, tell: () throws -> Void) throws {
        totalRecords += 1
        counts.recordsIn += 1
        switch outcome {
        case .rejection(let rejection): reject(rejection)
        case .record(let record):
            switch cleaner.judge(record) {
            case .filtered(let reason): counts.filtered[reason, default: 0] += 1
            case .sound(let record):
                let item = item(record)
                if promptIDs.insert(item.promptID).inserted {
                    count += 1
                    if try !isShardSealed() { renderer.add(item) }
                } else {
                    counts.filtered[RecordCleaner.duplicate, default: 0] += 1
                }
            }
        }
        if count == configuration.promptsPerShard || rejections.count == configuration.promptsPerShard {
            try seal(tell)
        }
    }

    /// Seals what is left. A corpus without any record still has one shard.
    func finish(tell: () throws -> Void) throws {
        if counts != StageCounts() || index == 0 { try seal(tell) }
    }

    private func reject(_ rejection: Rejection) {
        counts.rejected[rejection.reason, default: 0] += 1
        rejections.append(rejection)
    }

    private func seal(_ tell: () throws -> Void) throws {
        for (name, count) in cleaner.takeNotes() { note(name, count) }
        if try !isShardSealed() {
            try writer.write(shard: index) { shard in
                var documents: Set<RecordID> = []
                // Rows are written while later records are still being tokenized.
                try renderer.finish(tell) { item, result in
                    switch result {
                    case .success(let prompt):
                        if documents.insert(prompt.documentID).inserted {
                            try shard.insert(document: item.record, id: prompt.documentID)
                        }
                        try shard.insert(prompt: prompt)
                        account(for: prompt)
                    case .failure(let error as PromptTemplateError):
                        reject(Self.rejection(of: item.record, error))
                    case .failure(let error): throw error
                    }
                }
                for rejection in rejections { try shard.insert(rejection: rejection) }
                return counts
            }
        }
        index += 1
        count = 0
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

    private static func fields(of record: SourceRecord) -> [String: String] {
        var fields = record.fields
        fields["document"] = record.document
        fields["title"] = record.title ?? ""
        return fields
    }

    /// The prompt's id is made of the fields that the template uses and the template itself, so that it is known
    /// before tokenizing.
    private func item(_ record: SourceRecord) -> PromptRenderer.Item {
        let fields = Self.fields(of: record)
        let documentID = RecordID(kind: "document", [record.document])
        let promptID = RecordID(
            kind: "prompt",
            [documentID.hex, templateHash] + recipe.prompt.fieldNames.map { fields[$0] ?? "" })
        return PromptRenderer.Item(record: record, documentID: documentID, promptID: promptID)
    }

    private static func prompt(
        of item: PromptRenderer.Item, _ template: PromptTemplate, _ splits: SplitFractions, _ seed: UInt64,
        _ tokenizer: Tokenizer
    ) throws -> Prompt {
        let record = item.record
        let rendered = try template.render(fields: fields(of: record), tokenizer: tokenizer)
        return Prompt(
            id: item.promptID, documentID: item.documentID,
            split: record.split ?? splits.split(of: item.documentID, seed: seed),
            text: rendered.text, tokens: rendered.tokens, truncatedCharacters: rendered.truncatedCharacters,
            references: record.references.map {
                ReferenceSummary(text: $0, tokens: tokenizer.encode(template.completionPrefix + $0))
            },
            provenance: record.provenance)
    }

    private func account(for prompt: Prompt) {
        counts.recordsOut += 1
        note("prompt-tokens", prompt.tokens.count)
        note("references", prompt.references.count)
        note("split-\(prompt.split.rawValue)", 1)
        if prompt.truncatedCharacters > 0 { note("truncated-prompts", 1) }
    }

    private static func rejection(of record: SourceRecord, _ error: PromptTemplateError) -> Rejection {
        var reason = "unusable-field"
        if case .tooLong = error { reason = IngestStage.promptTooLong }
        return Rejection(ingest: reason, error.summary, at: record.provenance, excerpt: record.document)
    }
}
