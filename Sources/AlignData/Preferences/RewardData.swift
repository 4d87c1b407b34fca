import Foundation

/// What a reward model is trained on: labelled preferences and, where asked for, reference summaries against sampled
/// completions.
public struct RewardData: Sendable {
    /// Filtered: a sampled completion whose prompt has no reference summary.
    public static let noReference = "no-reference"
    /// Filtered: a sampled completion that is its reference, token by token.
    public static let equalsReference = "equals-reference"
    /// Filtered: a completion that was given, not drawn; it may be a reference itself.
    public static let givenCompletion = "given-completion"

    public private(set) var pairs: [PreferencePair]
    /// The files and sets that they were read from, by hash.
    public private(set) var inputs: [Manifest.Input]
    public private(set) var counts: StageCounts
    /// The records that were not taken or left out by rule, with their places: of the labelled preferences alone.
    public private(set) var rejections: [Rejection]
    public private(set) var filtered: [FilteredRecord]
    /// The first labelled preferences as texts.
    public private(set) var examples: [PreferenceReader.Example]
    /// Where examples are kept: what would have ended the reading.
    public private(set) var end: IngestError?
    /// The share of the labelled preferences that was rejected.
    public let rejectedShare: Double
    private let contextLength: Int

    /// Reads labelled preferences.
    /// - Parameters:
    ///   - contextLength: of the model that is to be trained: what does not fit is rejected.
    ///   - examples: pairs that are kept as texts, too.
    /// - Throws: `IngestError.noRecords`; what `PreferenceReader` throws.
    public init(
        preferences path: String, recipe: Recipe, tokenizer: Tokenizer, seed: UInt64,
        contextLength: Int = .max, examples: Int = 0, progress: ProgressHandler = { _ in .more }
    ) throws {
        self.contextLength = contextLength
        let result = try PreferenceReader(
            path: path, recipe: recipe, tokenizer: tokenizer, seed: seed, contextLength: contextLength,
            examples: examples
        ).read(progress: progress)
        guard result.counts.recordsIn > 0 else { throw IngestError.noRecords(path: path) }
        pairs = result.pairs
        counts = result.counts
        rejections = result.rejections
        filtered = result.filtered
        self.examples = result.examples
        end = result.end
        rejectedShare = Double(counts.rejectedTotal) / Double(counts.recordsIn)
        // What the pairs are made of decides them as much as the file does.
        inputs = [
            Manifest.Input(
                role: "preferences", name: URL(fileURLWithPath: path).lastPathComponent,
                sha256: try SourceListing(source: path).sha256()),
            Manifest.Input(
                role: "mapping", name: recipe.name,
                sha256: FileHash.sha256(try JSONText.data(recipe.preferences))),
            Manifest.Input(role: "template", name: recipe.name, sha256: recipe.prompt.hash),
            Manifest.Input(role: "tokenizer", name: "tokenizer", sha256: tokenizer.hash),
        ]
    }

    /// Adds a pair for each sampled completion: a reference summary of its prompt is preferred to it. Several
    /// references take turns. A record is a completion.
    /// - Parameter path: a set of candidates.
    /// - Throws: `ModelMismatch`; `ShardError`.
    public mutating func addReferencesAgainstSamples(of path: String, tokenizer: Tokenizer) throws {
        let set = try ShardSet(opening: path, kind: .candidates)
        try ModelMismatch.check(.tokenizer, set.manifest.facts["tokenizer"], tokenizer.hash, in: path)
        let end = tokenizer.endOfSequence.map { [$0] } ?? []
        for index in 0..<set.shardCount {
            for group in try CompletionGroup.groups(of: try set.shard(at: index)) {
                for completion in group.completions {
                    counts.recordsIn += 1
                    guard completion.finishReason != .given else {
                        counts.filtered[Self.givenCompletion, default: 0] += 1
                        continue
                    }
                    let references = group.prompt.references.map { $0.tokens + end }.filter { !$0.isEmpty }
                    guard !references.isEmpty else {
                        counts.filtered[Self.noReference, default: 0] += 1
                        continue
                    }
                    let chosen = references[completion.rolloutIndex % references.count]
                    guard chosen != completion.tokens else {
                        counts.filtered[Self.equalsReference, default: 0] += 1
                        continue
                    }
                    let pair = PreferencePair(
                        promptTokens: group.prompt.tokens, chosen: chosen, rejected: completion.tokens,
                        documentID: group.prompt.documentID, split: group.prompt.split)
                    guard pair.tokenCount <= contextLength else {
                        counts.rejected[PreferenceReader.completionTooLong, default: 0] += 1
                        continue
                    }
                    counts.recordsOut += 1
                    pairs.append(pair)
                }
            }
        }
        inputs.append(set.input)
    }
}
