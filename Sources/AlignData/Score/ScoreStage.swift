/// How `score` treats completions. The defaults live here and nowhere else.
public struct ScoreConfiguration: Hashable, Sendable, Codable {
    /// Given, instead of the model's score, to completions that did not end by themselves; nil scores them too.
    public var unfinishedReward: Double?

    public init() {}
}

/// Gives every candidate completion a reward. Reads candidates, writes rewards, one shard for each of theirs.
/// A record is a completion.
public struct ScoreStage {
    public static let name = "score"
    /// Rejected: prompt and completion together exceed the scorer's context. The completion gets no reward.
    public static let completionTooLong = "completion-too-long"

    private let candidates: String
    private let source: RewardSource
    private let configuration: ScoreConfiguration
    private let output: String
    private let precision: String?
    private let computed: [String: String]

    private enum RewardSource {
        case scorer(any RewardScorer)
        /// The scores of that name that came with the completions of the corpus.
        case corpus(String)

        var scorerID: String {
            switch self {
            case .scorer(let scorer): scorer.scorerID
            case .corpus(let name): "corpus:" + name
            }
        }

        var vocabulary: ScorerVocabulary {
            switch self {
            case .scorer(let scorer): scorer.vocabulary
            case .corpus: .text
            }
        }
    }

    /// - Parameters:
    ///   - precision: the type that the scorer computes in, as the manifest names it.
    ///   - computed: the `ComputeFacts` of the scorer.
    public init(
        candidates: String, scorer: any RewardScorer, configuration: ScoreConfiguration, output: String,
        precision: String? = nil, computed: [String: String] = [:]
    ) {
        self.candidates = candidates
        source = .scorer(scorer)
        self.configuration = configuration
        self.output = output
        self.precision = precision
        self.computed = computed
    }

    /// The rewards are the scores that came with the corpus.
    /// - Parameter corpusScore: the name that the recipe gives the score.
    public init(
        candidates: String, corpusScore: String, configuration: ScoreConfiguration, output: String
    ) {
        self.candidates = candidates
        source = .corpus(corpusScore)
        self.configuration = configuration
        self.output = output
        precision = nil
        computed = [:]
    }

    /// - Throws: `ModelMismatch`; `StageError.scorerVocabulary`, `StageError.noCorpusScore`, `StageError.notFinite` naming the completion; `ShardError`; `Interrupted`; what the scorer throws.
    public func run(progress: ProgressHandler) throws -> StageReport {
        let set = try ShardSet(opening: candidates, kind: .candidates)
        var facts = set.manifest.facts
        switch source.vocabulary {
        case .tokenizer(let hash):
            try ModelMismatch.check(.tokenizer, facts["tokenizer"], hash, in: candidates)
        case .size(let size):
            if let own = facts["vocabulary"].flatMap({ Int($0) }), own > size {
                throw StageError.scorerVocabulary(path: candidates, candidates: own, scorer: size)
            }
        case .text: break
        }
        facts["scorer"] = source.scorerID
        facts["scorer-precision"] = precision
        facts.merge(ComputeFacts.ofScorer(computed)) { $1 }
        let writer = try ShardSetWriter(
            output: output, kind: .rewards, stage: ScoreStage.name, configuration: configuration, seed: 0,
            facts: facts, inputs: [set.input])
        if let manifest = writer.completed { return report(manifest, writer.notes, alreadyComplete: true) }

        let total = set.manifest.shards.reduce(0) { $0 + ($1.rows["completion"] ?? 0) }
        var done = 0
        func tell() throws {
            let answer = progress(Progress(done: done, total: total, unit: "completions"))
            if answer == .stop { throw Interrupted() }
        }
        try tell()
        for index in 0..<set.shardCount {
            let shard = try set.shard(at: index)
            if let sealed = try writer.sealedCounts(ofShard: index) {
                done += sealed.recordsIn
                try tell()
                continue
            }
            try writer.write(shard: index) { rewards in
                var counts = StageCounts()
                let groups = try CompletionGroup.groups(of: shard)
                let given = try givenScores(of: shard)
                for start in stride(from: 0, to: groups.count, by: promptsPerCall) {
                    let part = groups[start..<min(start + promptsPerCall, groups.count)]
                    for reward in try score(Array(part), given, &counts) {
                        try rewards.insert(reward: reward)
                    }
                    done += part.reduce(0) { $0 + $1.completions.count }
                    try tell()
                }
                if case .scorer(let scorer) = source { try scorer.settle() }
                return counts
            }
        }
        return report(try writer.finish(), writer.notes)
    }

    private var contextLength: Int {
        if case .scorer(let scorer) = source { scorer.contextLength ?? Int.max } else { Int.max }
    }

    /// Prompts between two reports of progress.
    private var promptsPerCall: Int {
        if case .scorer(let scorer) = source { scorer.promptsPerCall } else { 8 }
    }

    private func givenScores(of shard: ShardReader) throws -> [RecordID: Double] {
        if case .corpus(let name) = source { try shard.givenScores(named: name) } else { [:] }
    }

    /// What the scorer says of each completion of `questions`.
    private func values(
        for questions: [(prompt: Prompt, completions: [Completion])], _ given: [RecordID: Double]
    ) throws -> [[Double]] {
        switch source {
        case .scorer(let scorer):
            let groups = questions.map { question in
                RewardQuestions(
                    prompt: question.prompt,
                    completions: question.completions.map {
                        RewardQuestions.Completion(
                            id: $0.id, text: $0.text, tokens: $0.tokens, finishReason: $0.finishReason)
                    })
            }
            return groups.isEmpty ? [] : try scorer.rewards(for: groups)
        case .corpus(let name):
            return try questions.map { question in
                try question.completions.map { completion in
                    guard let value = given[completion.id] else {
                        throw StageError.noCorpusScore(
                            path: candidates, name: name, completion: completion.id)
                    }
                    return value
                }
            }
        }
    }

    private func score(
        _ groups: [CompletionGroup], _ given: [RecordID: Double], _ counts: inout StageCounts
    ) throws -> [Reward] {
        // Completions whose reward the rule gives need no model.
        let needed = groups.map { group in
            group.completions.filter { configuration.unfinishedReward == nil || $0.finishReason != .length }
        }
        let asked = zip(groups, needed).map { group, completions in
            completions.filter { group.prompt.tokens.count + $0.tokens.count <= contextLength }
        }
        let tooLong = zip(needed, asked).reduce(0) { $0 + $1.0.count - $1.1.count }
        if tooLong > 0 {
            counts.recordsIn += tooLong
            counts.rejected[Self.completionTooLong, default: 0] += tooLong
        }
        let used = groups.indices.filter { !asked[$0].isEmpty }
        let values = try values(for: used.map { (groups[$0].prompt, asked[$0]) }, given)
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
            let isRuled = completion.finishReason == .length
            guard let value = scores[completion.id] ?? (isRuled ? configuration.unfinishedReward : nil) else {
                return nil
            }
            counts.recordsIn += 1
            counts.recordsOut += 1
            if completion.finishReason == .length { counts.noted["unfinished-completions", default: 0] += 1 }
            return Reward(
                completionID: completion.id, promptID: completion.promptID, scorerID: source.scorerID,
                value: value)
        }
    }

    private func report(
        _ manifest: Manifest, _ notes: [String], alreadyComplete: Bool = false
    ) -> StageReport {
        var figures = [StageReport.Figure("rewards", String(manifest.counts.recordsOut))]
        if case .size = source.vocabulary {
            figures.append(.init("tokenizer", "unchecked, the reward model has none"))
        }
        var report = StageReport(
            stage: ScoreStage.name, output: output, counts: manifest.counts, figures: figures,
            alreadyComplete: alreadyComplete)
        report.notes = notes
        report.isEmpty = manifest.counts.recordsOut == 0
        return report
    }
}
