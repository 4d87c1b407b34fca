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

    /// Reads labelled preferences.
    /// - Throws: what `PreferenceReader` throws.
    public init(
        preferences path: String, recipe: Recipe, tokenizer: Tokenizer, seed: UInt64,
        progress: ProgressHandler = { _ in .more }
    ) throws {
        let result = try PreferenceReader(path: path, recipe: recipe, tokenizer: tokenizer, seed: seed)
            .read(progress: progress)
        pairs = result.pairs
        counts = result.counts
        // What the pairs are made of decides them as much as the file does.
        inputs = [
            Manifest.Input(
                role: "preferences", name: URL(fileURLWithPath: path).lastPathComponent,
                sha256: try SourceListing(source: path).sha256()),
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
                    guard !group.prompt.references.isEmpty else {
                        counts.filtered[Self.noReference, default: 0] += 1
                        continue
                    }
                    let turn = completion.rolloutIndex % group.prompt.references.count
                    let chosen = group.prompt.references[turn].tokens + end
                    guard chosen != completion.tokens else {
                        counts.filtered[Self.equalsReference, default: 0] += 1
                        continue
                    }
                    counts.recordsOut += 1
                    pairs.append(
                        PreferencePair(
                            promptTokens: group.prompt.tokens, chosen: chosen, rejected: completion.tokens,
                            documentID: group.prompt.documentID, split: group.prompt.split))
                }
            }
        }
        inputs.append(set.input)
    }
}
