/// How `score` treats completions. The defaults live here and nowhere else.
public struct ScoreConfiguration: Hashable, Sendable, Codable {
    /// Given, instead of the model's score, to completions that did not end by themselves; nil scores them too.
    public var unfinishedReward: Double?

    public init() {}
}

/// Gives every candidate completion a reward. Reads candidates, writes rewards, one shard for each of theirs.
/// A record is a completion.
public struct ScoreStage {
    /// What is known of how a scorer's ids are meant.
    public enum Vocabulary: Hashable, Sendable {
        /// The hash of its tokenizer.
        case tokenizer(hash: String)
        /// The number of its tokens alone: that the ids are those of the same words is not checked.
        case size(Int)

        fileprivate var isWhole: Bool {
            if case .size = self { return false }
            return true
        }
    }

    public static let name = "score"

    private let candidates: String
    private let scorer: any RewardScorer
    private let configuration: ScoreConfiguration
    private let output: String
    private let precision: String?
    private let vocabulary: Vocabulary
    /// Prompts between two reports of progress.
    private static let promptsPerCall = 8

    /// - Parameters:
    ///   - precision: the type that the scorer computes in, as the manifest names it.
    ///   - vocabulary: what the scorer takes ids for, which must be what the candidates do.
    public init(
        candidates: String, scorer: any RewardScorer, configuration: ScoreConfiguration, output: String,
        precision: String? = nil, vocabulary: Vocabulary
    ) {
        self.candidates = candidates
        self.scorer = scorer
        self.configuration = configuration
        self.output = output
        self.precision = precision
        self.vocabulary = vocabulary
    }

    /// - Throws: `ModelMismatch`; `StageError.scorerVocabulary`, `StageError.notFinite` naming the completion; `ShardError`; `Interrupted`; what the scorer throws.
    public func run(progress: ProgressHandler) throws -> StageReport {
        let source = try ShardSet(opening: candidates, kind: .candidates)
        var facts = source.manifest.facts
        switch vocabulary {
        case .tokenizer(let hash):
            try ModelMismatch.check(.tokenizer, facts["tokenizer"], hash, in: candidates)
        case .size(let size):
            if let own = facts["vocabulary"].flatMap({ Int($0) }), own > size {
                throw StageError.scorerVocabulary(path: candidates, candidates: own, scorer: size)
            }
        }
        facts["scorer"] = scorer.scorerID
        facts["scorer-precision"] = precision
        let writer = try ShardSetWriter(
            output: output, kind: .rewards, stage: ScoreStage.name, configuration: configuration, seed: 0,
            facts: facts, inputs: [source.input])
        if let manifest = writer.completed { return report(manifest, alreadyComplete: true) }

        let total = source.manifest.shards.reduce(0) { $0 + ($1.rows["completion"] ?? 0) }
        var done = 0
        func tell() throws {
            let answer = progress(Progress(done: done, total: total, unit: "completions"))
            if answer == .stop { throw Interrupted() }
        }
        try tell()
        for index in 0..<source.shardCount {
            let shard = try source.shard(at: index)
            if let sealed = try writer.sealedCounts(ofShard: index) {
                done += sealed.recordsIn
                try tell()
                continue
            }
            try writer.write(shard: index) { rewards in
                var counts = StageCounts()
                let groups = try CompletionGroup.groups(of: shard)
                for start in stride(from: 0, to: groups.count, by: ScoreStage.promptsPerCall) {
                    let part = groups[start..<min(start + ScoreStage.promptsPerCall, groups.count)]
                    for reward in try score(Array(part), &counts) { try rewards.insert(reward: reward) }
                    done += part.reduce(0) { $0 + $1.completions.count }
                    try tell()
                }
                return counts
            }
        }
        return report(try writer.finish())
    }

    private func score(_ groups: [CompletionGroup], _ counts: inout StageCounts) throws -> [Reward] {
        // Completions whose reward the rule gives need no model.
        let asked = groups.map { group in
            group.completions.filter { configuration.unfinishedReward == nil || $0.finishReason != .length }
        }
        let used = groups.indices.filter { !asked[$0].isEmpty }
        let questions = used.map { index in
            TokenGroup(prompt: groups[index].prompt.tokens, completions: asked[index].map(\.tokens))
        }
        let values = questions.isEmpty ? [] : try scorer.rewards(for: questions)
        precondition(values.count == used.count, "a scorer answers for each group")
        var scores: [RecordID: Double] = [:]
        for (index, values) in zip(used, values) {
            precondition(values.count == asked[index].count, "a scorer answers for each completion")
            for (completion, value) in zip(asked[index], values) {
                guard value.isFinite else {
                    throw StageError.notFinite(what: "reward", completion: completion.id)
                }
                scores[completion.id] = value
            }
        }
        return groups.flatMap(\.completions).compactMap { completion in
            guard let value = scores[completion.id] ?? configuration.unfinishedReward else { return nil }
            counts.recordsIn += 1
            counts.recordsOut += 1
            if completion.finishReason == .length { counts.noted["unfinished-completions", default: 0] += 1 }
            return Reward(
                completionID: completion.id, promptID: completion.promptID, scorerID: scorer.scorerID,
                value: value)
        }
    }

    private func report(_ manifest: Manifest, alreadyComplete: Bool = false) -> StageReport {
        StageReport(
            stage: ScoreStage.name, output: output, counts: manifest.counts,
            figures: [.init("rewards", String(manifest.counts.recordsOut))]
                + (vocabulary.isWhole ? [] : [.init("tokenizer", "unchecked, the reward model has none")]),
            alreadyComplete: alreadyComplete)
    }
}
