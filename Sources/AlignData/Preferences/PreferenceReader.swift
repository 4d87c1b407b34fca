/// Reads labelled preferences (files, folders and archives of any format of a recipe) into pairs of token ids for the
/// reward model. Two equally good texts make no pair.
public struct PreferenceReader {
    /// What a file of preferences holds. `counts.recordsOut` is the number of pairs.
    public struct Result: Sendable {
        public var pairs: [PreferencePair] = []
        public var counts = StageCounts()
        public var rejections: [Rejection] = []
        public var filtered: [FilteredRecord] = []
        /// The first pairs as texts, for a person.
        public var examples: [Example] = []
        /// Where examples are kept: what would have ended the reading here, most of a file being not what the recipe
        /// says.
        public var end: IngestError?
    }

    /// A pair as it was read.
    public struct Example: Hashable, Sendable, Codable {
        public var provenance: String
        public var split: Split
        public var document: String
        public var chosen: String
        public var rejected: String
        public var margin: Double?
        public var promptTokens: Int
        public var chosenTokens: Int
        public var rejectedTokens: Int
    }

    public static let identicalCompletions = "identical-completions"
    public static let emptyCompletion = "empty-completion"
    public static let unusableMargin = "unusable-margin"
    public static let unknownLabel = "unknown-label"
    /// Rejected: the prompt and the longer completion exceed the model's context.
    public static let completionTooLong = "completion-too-long"
    /// Filtered: the label says that neither text is better.
    public static let tie = "tie"

    private let path: String
    private let recipe: Recipe
    private let tokenizer: Tokenizer
    private let seed: UInt64
    private let examples: Int
    private let contextLength: Int

    /// - Parameters:
    ///   - recipe: its `preferences` name the fields, its `prompt` is what comes before the completions.
    ///   - seed: decides the split where the data have none.
    ///   - examples: pairs that are kept as texts, too.
    ///   - contextLength: prompt and completion together may have so many tokens.
    public init(
        path: String, recipe: Recipe, tokenizer: Tokenizer, seed: UInt64 = 0, contextLength: Int = .max,
        examples: Int = 0
    ) {
        self.path = path
        self.recipe = recipe
        self.tokenizer = tokenizer
        self.seed = seed
        self.examples = examples
        self.contextLength = contextLength
    }

    /// - Throws: `IngestError`; `PromptTemplateError` of a chat; `ReadError`; `ArchiveError`; `Interrupted`.
    public func read(progress: ProgressHandler = { _ in .more }) throws -> Result {
        guard let mapping = recipe.preferences else { throw IngestError.noPreferences(recipe: recipe.name) }
        let listing = try SourceListing(source: path)
        let template = try recipe.prompt.resolved(for: tokenizer)
        var preferences = recipe
        preferences.sources = [mapping.source]
        var result = Result()
        var cleaner = TextCleaner()
        let tell = {
            let answer = progress(
                Progress(done: result.counts.recordsIn, total: nil, unit: "preferences"))
            if answer == .stop { throw Interrupted() }
        }
        try withoutActuallyEscaping(tell) { tell in
            let reader = CorpusReader(
                recipe: preferences, limits: ArchiveLimits(), consumed: { _ in try tell() },
                handler: { outcome in
                    if case .noted(let name, let count) = outcome {
                        result.counts.noted[name, default: 0] += count
                        return
                    }
                    result.counts.recordsIn += 1
                    if result.counts.recordsIn % 64 == 0 { try tell() }
                    switch outcome {
                    case .noted: return
                    case .unselected(let provenance): result.filter(RecordCleaner.unselected, at: provenance)
                    case .rejection(let rejection): result.reject(rejection)
                    case .record(let record): take(record, mapping, template, &cleaner, &result)
                    }
                }, note: { result.counts.noted[$0, default: 0] += $1 }
            )
            do { try reader.read(listing) } catch let error as IngestError {
                guard examples > 0, case .unlikeRecipe = error else { throw error }
                result.end = error
            }
        }
        return result
    }

    /// The better and the worse text; `nil` after the record was counted as something else.
    private func order(
        _ fields: [String: String], _ mapping: PreferenceMapping, at provenance: Provenance,
        _ result: inout Result, _ reject: (String, String) -> Rejection
    ) -> (chosen: String, rejected: String)? {
        guard let labels = mapping.labels else {
            return (fields[PreferenceMapping.chosen] ?? "", fields[PreferenceMapping.rejected] ?? "")
        }
        let label = fields[PreferenceMapping.label] ?? ""
        let first = fields[PreferenceMapping.first] ?? ""
        let second = fields[PreferenceMapping.second] ?? ""
        if labels.first.contains(label) { return (first, second) }
        if labels.second.contains(label) { return (second, first) }
        if labels.tie.contains(label) {
            result.filter(Self.tie, at: provenance)
        } else {
            result.reject(reject(Self.unknownLabel, "the label is none of those that the recipe names"))
        }
        return nil
    }

    private func take(
        _ record: SourceRecord, _ mapping: PreferenceMapping, _ template: PromptTemplate,
        _ cleaner: inout TextCleaner, _ result: inout Result
    ) {
        func rejection(_ reason: String, _ detail: String) -> Rejection {
            Rejection(ingest: reason, detail, at: record.provenance, excerpt: record.document)
        }
        func reject(_ reason: String, _ detail: String) { result.reject(rejection(reason, detail)) }
        var fields = record.fields.mapValues { cleaner.clean($0) }
        let document = cleaner.clean(record.document)
        guard !document.isEmpty else { return reject(RecordCleaner.emptyDocument, "the document is empty") }
        fields["document"] = document
        fields["title"] = record.title.map { cleaner.clean($0) } ?? ""
        guard let (chosen, rejected) = order(fields, mapping, at: record.provenance, &result, rejection)
        else { return }
        guard !chosen.isEmpty, !rejected.isEmpty else {
            return reject(Self.emptyCompletion, "a completion is empty")
        }
        guard chosen != rejected else {
            return reject(Self.identicalCompletions, "chosen and rejected are the same text")
        }
        var margin: Double?
        if let text = fields[PreferenceMapping.margin], !text.isEmpty {
            guard let value = Double(text), value.isFinite else {
                return reject(Self.unusableMargin, "the margin is not a finite number")
            }
            margin = value
        }
        let documentID = RecordID(kind: "document", [document])
        do {
            let prompt = try template.render(fields: fields, tokenizer: tokenizer)
            let chosenTokens = template.encodeCompletion(chosen, tokenizer: tokenizer)
            let rejectedTokens = template.encodeCompletion(rejected, tokenizer: tokenizer)
            guard !prompt.tokens.isEmpty else {
                return reject(IngestStage.emptyPrompt, "the prompt has no tokens")
            }
            let least = tokenizer.endOfSequence == nil ? 1 : 2
            guard chosenTokens.count >= least, rejectedTokens.count >= least else {
                return reject(Self.emptyCompletion, "a completion has no tokens")
            }
            guard chosenTokens != rejectedTokens else {
                return reject(Self.identicalCompletions, "chosen and rejected have the same tokens")
            }
            let pair = PreferencePair(
                promptTokens: prompt.tokens, chosen: chosenTokens, rejected: rejectedTokens, margin: margin,
                documentID: documentID,
                split: record.split ?? mapping.splits.split(of: documentID, seed: seed))
            guard pair.tokenCount <= contextLength else {
                let longer = max(pair.chosen.count, pair.rejected.count)
                return reject(
                    Self.completionTooLong,
                    "the prompt's \(pair.promptTokens.count) tokens and \(longer) of a completion exceed the context of"
                        + " \(contextLength)")
            }
            result.pairs.append(pair)
            result.counts.recordsOut += 1
            guard result.examples.count < examples else { return }
            result.examples.append(
                Example(
                    provenance: record.provenance.description, split: pair.split, document: document,
                    chosen: chosen, rejected: rejected, margin: margin, promptTokens: pair.promptTokens.count,
                    chosenTokens: pair.chosen.count, rejectedTokens: pair.rejected.count))
        } catch let error as PromptTemplateError {
            reject(IngestStage.promptTooLong, error.summary)
        } catch {
            reject("unusable-field", "the prompt cannot be rendered")
        }
    }
}

extension PreferencePair {
    /// Of the prompt with its longer completion.
    var tokenCount: Int { promptTokens.count + max(chosen.count, rejected.count) }
}

extension PreferenceReader.Result {
    fileprivate mutating func reject(_ rejection: Rejection) {
        counts.rejected[rejection.reason, default: 0] += 1
        rejections.append(rejection)
    }

    fileprivate mutating func filter(_ reason: String, at provenance: Provenance) {
        counts.filtered[reason, default: 0] += 1
        filtered.append(FilteredRecord(reason: reason, provenance: provenance))
    }
}
