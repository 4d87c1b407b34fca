/// Reads labelled preferences (JSON lines, also compressed) into pairs of token ids for the reward model.
public struct PreferenceReader {
    /// What a file of preferences holds. `counts.recordsOut` is the number of pairs.
    public struct Result: Sendable {
        public var pairs: [PreferencePair] = []
        public var counts = StageCounts()
        public var rejections: [Rejection] = []
    }

    public static let identicalCompletions = "identical-completions"
    public static let emptyCompletion = "empty-completion"
    public static let unusableMargin = "unusable-margin"
    /// Held out, where the data have no split of their own; decided by the document.
    public static let heldOutShare = 0.2

    private let path: String
    private let recipe: Recipe
    private let tokenizer: Tokenizer
    private let seed: UInt64

    /// - Parameters:
    ///   - recipe: its `preferences` name the fields, its `prompt` is what comes before the completions.
    ///   - seed: decides the split where the data have none.
    public init(path: String, recipe: Recipe, tokenizer: Tokenizer, seed: UInt64 = 0) {
        self.path = path
        self.recipe = recipe
        self.tokenizer = tokenizer
        self.seed = seed
    }

    /// - Throws: `IngestError`; `ReadError`; `ArchiveError`; `Interrupted`.
    public func read(progress: ProgressHandler = { _ in .more }) throws -> Result {
        guard let mapping = recipe.preferences else { throw IngestError.noPreferences(recipe: recipe.name) }
        var result = Result()
        var cleaner = TextCleaner()
        func handle(_ outcome: RecordOutcome) throws {
            if result.counts.recordsIn % 64 == 0 {
                let answer = progress(
                    Progress(done: result.counts.recordsIn, total: nil, unit: "preferences"))
                if answer == .stop { throw Interrupted() }
            }
            result.counts.recordsIn += 1
            switch outcome {
            case .rejection(let rejection): result.reject(rejection)
            case .record(let record): take(record, &cleaner, &result)
            }
        }
        let reader = JSONLinesReader(mapping: mapping.fields)
        try SourceFile(path: path).read { try reader.read($0, origin: $1, handle) }
        return result
    }

    private func take(_ record: SourceRecord, _ cleaner: inout TextCleaner, _ result: inout Result) {
        func reject(_ reason: String, _ detail: String) {
            result.reject(
                Rejection(ingest: reason, detail, at: record.provenance, excerpt: record.document))
        }
        var fields = record.fields.mapValues { cleaner.clean($0) }
        let document = cleaner.clean(record.document)
        guard !document.isEmpty else { return reject(RecordCleaner.emptyDocument, "the document is empty") }
        fields["document"] = document
        fields["title"] = record.title.map { cleaner.clean($0) } ?? ""
        let chosen = fields[PreferenceMapping.chosen] ?? ""
        let rejected = fields[PreferenceMapping.rejected] ?? ""
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
        var fractions = SplitFractions()
        fractions.validation = Self.heldOutShare
        do {
            let prompt = try recipe.prompt.render(fields: fields, tokenizer: tokenizer)
            result.pairs.append(
                PreferencePair(
                    promptTokens: prompt.tokens,
                    chosen: recipe.prompt.encodeCompletion(chosen, tokenizer: tokenizer),
                    rejected: recipe.prompt.encodeCompletion(rejected, tokenizer: tokenizer), margin: margin,
                    documentID: documentID,
                    split: record.split ?? fractions.split(of: documentID, seed: seed)))
            result.counts.recordsOut += 1
        } catch let error as PromptTemplateError {
            reject(IngestStage.promptTooLong, error.summary)
        } catch {
            reject("unusable-field", "the prompt cannot be rendered")
        }
    }
}

extension PreferenceReader.Result {
    fileprivate mutating func reject(_ rejection: Rejection) {
        counts.rejected[rejection.reason, default: 0] += 1
        rejections.append(rejection)
    }
}
