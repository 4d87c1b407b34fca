/// The first records of sources as a recipe takes them, and why others would not be taken. Writes nothing.
public struct IngestPreview {
    /// Records that are looked at, at most.
    static let maxRecords = 10_000
    /// Bytes of an archive that are looked at.
    static let archiveBytes = 64 << 20

    /// A record that would be taken.
    public struct Taken: Hashable, Sendable, Codable {
        public var provenance: String
        public var sourceID: String?
        public var split: Split
        public var title: String?
        public var document: String
        public var references: [String]
        public var completions: [SourceCompletion]
        /// The fields that the prompt uses, besides document and title.
        public var fields: [String: String]
        /// Those that go with it to the end.
        public var extra: [String: String]
        public var prompt: String
        public var promptTokens: Int
        public var truncatedCharacters: Int
    }

    /// A record that would not.
    public struct Left: Hashable, Sendable, Codable {
        public var reason: String
        public var detail: String?
        public var provenance: String
    }

    public struct Result: Sendable, Codable {
        public var taken: [Taken] = []
        /// The first of each reason.
        public var left: [Left] = []
        /// All that were looked at, by reason.
        public var counts = StageCounts()
        /// What would have ended the stage here: most of a file is not what the recipe says.
        public var end: IngestError?

        private enum CodingKeys: String, CodingKey { case taken, left, counts }
    }

    private struct Enough: Error {}

    /// The sound records so far, and where those that are shown stand.
    fileprivate struct Joins {
        var count = 0
        var places: [Int: Int] = [:]
        var joiners: [Int: RecordJoiner] = [:]
    }

    private let sources: [String]
    private let recipe: Recipe
    private let tokenizer: Tokenizer
    private let configuration: IngestConfiguration
    private let records: Int

    /// - Parameter records: how many to show.
    public init(
        sources: [String], recipe: Recipe, tokenizer: Tokenizer, configuration: IngestConfiguration,
        records: Int = 3
    ) {
        self.sources = sources
        self.recipe = recipe
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.records = records
    }

    /// - Throws: `IngestError`; `ReadError`; `ArchiveError.cannotOpen`; `Interrupted`.
    public func run(progress: ProgressHandler = { _ in .more }) throws -> Result {
        let listings = try IngestStage.listings(of: sources, for: recipe)
        var recipe = recipe
        recipe.prompt = try recipe.prompt.resolved(for: tokenizer)
        var result = Result()
        let renderer = RecordRenderer(recipe: recipe, tokenizer: tokenizer)
        var cleaner = RecordCleaner(
            recipe: recipe, seed: configuration.seed, summaryTokens: renderer.summaryTokens)
        var joins = Joins()
        let tell = {
            let answer = progress(Progress(done: result.counts.recordsIn, total: nil, unit: "records"))
            if answer == .stop { throw Interrupted() }
        }
        try withoutActuallyEscaping(tell) { tell in
            let reader = CorpusReader(
                recipe: recipe, limits: configuration.archiveLimits, archivePreview: Self.archiveBytes,
                consumed: { _ in try tell() },
                handler: { outcome in
                    try take(outcome, renderer, recipe.prompt, &cleaner, &joins, &result)
                    if result.counts.recordsIn == Self.maxRecords {
                        throw Enough()
                    }
                }, note: { result.counts.noted[$0, default: 0] += $1 })
            do {
                for listing in listings { try reader.read(listing) }
            } catch is Enough {
            } catch let error as IngestError {
                guard case .unlikeRecipe = error else { throw error }
                result.end = error
            }
        }
        guard result.counts.recordsIn > 0 else {
            throw IngestError.noRecords(path: sources.joined(separator: ", "))
        }
        return result
    }

    private func take(
        _ outcome: RecordOutcome, _ renderer: RecordRenderer, _ template: PromptTemplate,
        _ cleaner: inout RecordCleaner, _ joins: inout Joins, _ result: inout Result
    ) throws {
        switch outcome {
        case .noted(let name, let count): return result.counts.noted[name, default: 0] += count
        case .unselected(let provenance): result.filter(RecordCleaner.unselected, provenance)
        case .rejection(let rejection): result.reject(rejection)
        case .record(let record):
            switch try cleaner.judge(record) {
            case .filtered(let reason): result.filter(reason, record.provenance)
            case .joins(let addition, let number): result.join(addition, to: number, &joins)
            case .sound(let clean):
                // What is joined to the last of those that are shown may come after it.
                if result.taken.count == records { throw Enough() }
                defer { joins.count += 1 }
                do {
                    switch try renderer.render(clean) {
                    case .filtered(let reason): result.filter(reason, record.provenance)
                    case .prompt(let prompt):
                        joins.places[joins.count] = result.taken.count
                        joins.joiners[joins.count] = cleaner.joiner(of: clean.record)
                        result.take(clean.record, prompt, template)
                    }
                } catch let error as PromptTemplateError {
                    result.reject(RecordRenderer.rejection(of: record, error))
                }
            }
        }
        result.counts.recordsIn += 1
    }
}

extension IngestPreview.Result {
    fileprivate mutating func take(_ record: SourceRecord, _ prompt: Prompt, _ template: PromptTemplate) {
        counts.recordsOut += 1
        let others = template.fieldNames.filter { $0 != "document" && $0 != "title" }
        taken.append(
            IngestPreview.Taken(
                provenance: record.provenance.description, sourceID: record.sourceID, split: prompt.split,
                title: record.title, document: record.document, references: record.references,
                completions: record.completions,
                fields: Dictionary(uniqueKeysWithValues: others.map { ($0, record.text(ofField: $0)) }),
                extra: record.extra,
                prompt: prompt.text, promptTokens: prompt.tokens.count,
                truncatedCharacters: prompt.truncatedCharacters))
    }

    fileprivate mutating func join(
        _ addition: RecordAddition, to number: Int, _ joins: inout IngestPreview.Joins
    ) {
        guard let place = joins.places[number], var joiner = joins.joiners.removeValue(forKey: number) else {
            return filter(RecordCleaner.documentLeftOut, addition.provenance)
        }
        let outcome = joiner.add(addition)
        joins.joiners[number] = joiner
        counts.note(outcome, hasOtherExtra: joiner.hasOtherExtra(addition))
        switch outcome {
        case .joined(let news):
            taken[place].references += news.references
            for (completion, name, value) in news.scores {
                taken[place].completions[completion].scores[name] = value
            }
            taken[place].completions += news.completions
            counts.filtered[RecordCleaner.joined, default: 0] += 1
        case .equal(let hasOtherID):
            filter(RecordCleaner.reason(ofEqualWithOtherID: hasOtherID), addition.provenance)
        case .contradiction(let score): reject(RecordCleaner.rejection(of: addition, contradicting: score))
        }
    }

    fileprivate mutating func filter(_ reason: String, _ provenance: Provenance) {
        counts.filtered[reason, default: 0] += 1
        leave(reason, nil, provenance.description)
    }

    fileprivate mutating func reject(_ rejection: Rejection) {
        counts.rejected[rejection.reason, default: 0] += 1
        leave(rejection.reason, rejection.detail, rejection.provenance.description)
    }

    private mutating func leave(_ reason: String, _ detail: String?, _ provenance: String) {
        guard !left.contains(where: { $0.reason == reason }) else { return }
        left.append(IngestPreview.Left(reason: reason, detail: detail, provenance: provenance))
    }

    /// Plain text for a person.
    /// - Parameter characters: of each text that are shown.
    public func text(characters: Int = 400) -> String {
        func shown(_ name: String, _ text: String) -> String { IngestPreview.shown(name, text, characters) }
        var blocks = taken.map { record in
            var parts = [
                "  \(record.provenance)  \(record.split.rawValue)"
                    + (record.sourceID.map { "  id \($0)" } ?? "")
            ]
            if let title = record.title { parts.append(shown("title", title)) }
            parts.append(shown("document", record.document))
            for (name, text) in record.fields.sorted(by: { $0.key < $1.key }) {
                parts.append(shown(name, text))
            }
            for (name, text) in record.extra.sorted(by: { $0.key < $1.key }) {
                parts.append(shown("extra \(name)", text))
            }
            for (index, text) in record.references.enumerated() {
                parts.append(shown("summary \(index + 1)", text))
            }
            for completion in record.completions {
                parts.append(shown(completion.heading, completion.text))
            }
            let cut = record.truncatedCharacters > 0 ? ", \(record.truncatedCharacters) characters cut" : ""
            parts.append("    prompt: \(record.promptTokens) tokens\(cut)")
            return parts.joined(separator: "\n")
        }
        let joined = counts.filtered[RecordCleaner.joined] ?? 0
        blocks.insert(
            "would be taken (\(counts.recordsOut) of the first \(counts.recordsIn) records"
                + (joined > 0 ? ", with \(joined) joined to them)" : ")")
                + (taken.isEmpty ? ": none" : ""), at: 0)
        blocks += IngestPreview.closing(left, counts)
        return blocks.joined(separator: "\n\n")
    }
}

extension IngestPreview {
    /// A text below its name, indented.
    /// - Parameter characters: of the text that are shown.
    static func shown(_ name: String, _ text: String, _ characters: Int) -> String {
        let head = text.prefix(characters)
        let rest = text.count - head.count
        let lines = head.split(separator: "\n", omittingEmptySubsequences: false).map { "      " + $0 }
        return "    \(name) (\(text.count) characters)\n" + lines.joined(separator: "\n")
            + (rest > 0 ? "\n      … \(rest) more" : "")
    }

    /// What would not be taken, the first of each reason, and what is worth knowing besides.
    static func closing(_ left: [Left], _ counts: StageCounts) -> [String] {
        var blocks: [String] = []
        let counted = counts.filtered.merging(counts.rejected, uniquingKeysWith: +)
        if !counted.isEmpty {
            let placeless = counted.filter { reason, _ in !left.contains { $0.reason == reason } }
            let lines = left.map { record in
                "  \(record.reason) \(counted[record.reason] ?? 0)"
                    + ", first \(record.provenance)"
                    + (record.detail.map { ": \($0)" } ?? "")
            }
            let others = placeless.sorted { $0.key < $1.key }.map { "  \($0.key) \($0.value)" }
            blocks.append("would not be taken\n" + (lines + others).joined(separator: "\n"))
        }
        if !counts.noted.isEmpty {
            let lines = counts.noted.sorted { $0.key < $1.key }.map { "  \($0.key) \($0.value)" }
            blocks.append("noted\n" + lines.joined(separator: "\n"))
        }
        return blocks
    }
}
