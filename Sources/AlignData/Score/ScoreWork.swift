/// Scores the completions of each shard of candidates.
final class ScoreWork: StageWork {
    let plan: ShardPlan
    private let stage: ScoreStage
    private let candidates: ShardSet

    init(_ stage: ScoreStage, candidates: ShardSet, plan: ShardPlan) {
        (self.stage, self.candidates, self.plan) = (stage, candidates, plan)
    }

    func prepare(_ progress: StageProgress) {
        let total = candidates.manifest.shards.reduce(0) { $0 + ($1.rows["completion"] ?? 0) }
        progress.expect(total, "completions")
    }

    func hasUnit(_ index: Int) -> Bool { index < candidates.shardCount }

    func passOver(_ index: Int, sealed counts: StageCounts, _ progress: StageProgress) {
        progress.advance(by: counts.recordsIn)
    }

    func write(_ index: Int, into shard: ShardWriter, _ progress: StageProgress) throws -> StageCounts {
        let source = try candidates.shard(at: index)
        let groups = try CompletionGroup.groups(of: source)
        let given = try givenScores(of: source)
        var counts = StageCounts()
        for start in stride(from: 0, to: groups.count, by: promptsPerCall) {
            let part = groups[start..<min(start + promptsPerCall, groups.count)]
            for reward in try score(Array(part), given, &counts) { try shard.insert(reward: reward) }
            progress.advance(by: part.reduce(0) { $0 + $1.completions.count })
            try progress.tell()
        }
        if case .scorer(let scorer) = stage.source { try scorer.settle() }
        return counts
    }

    private var contextLength: Int {
        if case .scorer(let scorer) = stage.source { scorer.contextLength ?? Int.max } else { Int.max }
    }

    /// Prompts between two reports of progress.
    private var promptsPerCall: Int {
        if case .scorer(let scorer) = stage.source { scorer.promptsPerCall } else { 8 }
    }

    private func givenScores(of shard: ShardReader) throws -> [RecordID: Double] {
        if case .corpus(let name) = stage.source { try shard.givenScores(named: name) } else { [:] }
    }

    /// What the scorer says of each completion of `questions`.
    private func values(
        for questions: [(prompt: Prompt, completions: [Completion])], _ given: [RecordID: Double]
    ) throws -> [[Double]] {
        switch stage.source {
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
                            path: candidates.path, name: name, completion: completion.id)
                    }
                    return value
                }
            }
        }
    }

    private func score(
        _ groups: [CompletionGroup], _ given: [RecordID: Double], _ counts: inout StageCounts
    ) throws -> [Reward] {
        let asked = asked(groups, &counts)
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
            let ruled = isRuled ? stage.configuration.unfinishedReward : nil
            guard let value = scores[completion.id] ?? ruled else { return nil }
            counts.recordsIn += 1
            counts.recordsOut += 1
            if isRuled { counts.noted["unfinished-completions", default: 0] += 1 }
            return Reward(
                completionID: completion.id, promptID: completion.promptID, scorerID: stage.source.scorerID,
                value: value)
        }
    }

    /// The completions of each group that need the scorer and fit it. Those whose reward the rule gives need no model;
    /// those that do not fit are rejected.
    private func asked(_ groups: [CompletionGroup], _ counts: inout StageCounts) -> [[Completion]] {
        let isRuled = stage.configuration.unfinishedReward != nil
        let needed = groups.map { group in
            group.completions.filter { !isRuled || $0.finishReason != .length }
        }
        let asked = zip(groups, needed).map { group, completions in
            completions.filter { group.prompt.tokens.count + $0.tokens.count <= contextLength }
        }
        let tooLong = zip(needed, asked).reduce(0) { $0 + $1.0.count - $1.1.count }
        if tooLong > 0 {
            counts.recordsIn += tooLong
            counts.rejected[ScoreStage.completionTooLong, default: 0] += tooLong
        }
        return asked
    }
}
