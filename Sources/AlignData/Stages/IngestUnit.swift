import Foundation

/// Gathers what belongs into one shard, then tokenizes and seals it. A unit is full by the records that pass
/// cleaning (or by rejections alone), which needs no tokenizer: so an interrupted run, reading its sources
/// again, passes over sealed shards quickly and cuts the rest as before.
final class IngestUnit {
    private let recipe: Recipe
    private let tokenizer: Tokenizer
    private let configuration: IngestConfiguration
    private let writer: ShardSetWriter

    private var index = 0
    private var records: [SourceRecord] = []
    private var rejections: [Rejection] = []
    private var counts = StageCounts()
    private var cleaner: RecordCleaner
    private var promptIDs: Set<RecordID> = []
    /// Records seen in all units.
    private(set) var totalRecords = 0

    init(recipe: Recipe, tokenizer: Tokenizer, configuration: IngestConfiguration, writer: ShardSetWriter) {
        self.recipe = recipe
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.writer = writer
        cleaner = RecordCleaner(rules: recipe.cleaning)
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
                if promptIDs.insert(Self.promptID(of: record, recipe.prompt)).inserted {
                    records.append(record)
                } else {
                    counts.filtered[RecordCleaner.duplicate, default: 0] += 1
                }
            }
        }
        if records.count == configuration.promptsPerShard || rejections.count == configuration.promptsPerShard
        {
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
        if try writer.sealedCounts(ofShard: index) == nil {
            let prompts = try render(tell)
            try writer.write(shard: index) { shard in
                var documents: Set<RecordID> = []
                for (record, prompt) in prompts {
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
        records = []
        rejections = []
        counts = StageCounts()
    }

    // MARK: - Prompts

    private static func fields(of record: SourceRecord) -> [String: String] {
        var fields = record.fields
        fields["document"] = record.document
        fields["title"] = record.title ?? ""
        return fields
    }

    private static func documentID(of record: SourceRecord) -> RecordID {
        RecordID(kind: "document", [record.document])
    }

    /// Made of the fields that the template uses and the template itself, so that it is known before
    /// tokenizing.
    private static func promptID(of record: SourceRecord, _ template: PromptTemplate) -> RecordID {
        let fields = fields(of: record)
        return RecordID(
            kind: "prompt",
            [documentID(of: record).hex, template.hash] + template.fieldNames.map { fields[$0] ?? "" })
    }

    /// Tokenizes the unit on all cores. Records whose prompt cannot be made become rejections.
    private func render(_ tell: () throws -> Void) throws -> [(SourceRecord, Prompt)] {
        var prompts: [(SourceRecord, Prompt)] = []
        for start in stride(from: 0, to: records.count, by: 256) {
            try tell()
            let batch = records[start..<min(start + 256, records.count)]
            for (record, result) in zip(batch, render(Array(batch))) {
                switch result {
                case .success(let prompt):
                    prompts.append((record, prompt))
                    count(prompt)
                case .failure(let error as PromptTemplateError): reject(Self.rejection(of: record, error))
                case .failure(let error): throw error
                }
            }
        }
        return prompts
    }

    private func render(_ batch: [SourceRecord]) -> [Result<Prompt, any Error>] {
        let make = { @Sendable [recipe, tokenizer, configuration] (record: SourceRecord) in
            Result { try Self.prompt(of: record, recipe, tokenizer, configuration) }
        }
        var results = [Result<Prompt, any Error>?](repeating: nil, count: batch.count)
        results.withUnsafeMutableBufferPointer { buffer in
            // Each iteration writes its own element.
            nonisolated(unsafe) let slots = buffer
            DispatchQueue.concurrentPerform(iterations: batch.count) { slots[$0] = make(batch[$0]) }
        }
        return results.compactMap { $0 }
    }

    private static func prompt(
        of record: SourceRecord, _ recipe: Recipe, _ tokenizer: Tokenizer,
        _ configuration: IngestConfiguration
    ) throws -> Prompt {
        let documentID = documentID(of: record)
        let rendered = try recipe.prompt.render(fields: fields(of: record), tokenizer: tokenizer)
        return Prompt(
            id: promptID(of: record, recipe.prompt), documentID: documentID,
            split: record.split ?? recipe.splits.split(of: documentID, seed: configuration.seed),
            text: rendered.text, tokens: rendered.tokens, truncatedCharacters: rendered.truncatedCharacters,
            references: record.references.map {
                ReferenceSummary(text: $0, tokens: tokenizer.encode(recipe.prompt.completionPrefix + $0))
            },
            provenance: record.provenance)
    }

    private func count(_ prompt: Prompt) {
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
