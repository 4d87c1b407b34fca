/// Joins candidates and their rewards into self-contained groups with pairs. A record is a completion.
///
/// Shards are filled in the order of the candidates up to a number of prompts and bytes, so where one ends is
/// a pure function of the input and the configuration, and an interrupted run goes on after the completions
/// that the sealed shards account for.
public struct PairsStage {
    public static let name = "pairs"
    /// Filtered: the completion did not end by itself, and the rule drops those.
    public static let unfinishedCompletions = "unfinished-completions"
    /// Filtered: a scorer rejected the completion.
    public static let unscoredCompletions = "unscored-completions"

    /// Facts: the statistics that whitening used.
    static let rewardMean = "reward-mean"
    static let rewardDeviation = "reward-deviation"

    private let candidates: String
    private let rewards: [String]
    private let configuration: PairsConfiguration
    private let output: String

    /// - Parameter rewards: reward sets of these candidates, one for each of the configuration's weights.
    public init(candidates: String, rewards: [String], configuration: PairsConfiguration, output: String) {
        precondition(configuration.pairing.randomPairs > 0, "at least one pair a prompt")
        precondition(configuration.promptsPerShard > 0, "a shard holds at least one prompt")
        self.candidates = candidates
        self.rewards = rewards
        self.configuration = configuration
        self.output = output
    }

    /// - Throws: `StageError`: not one reward set for each weight, one of other candidates, a completion
    ///   without a reward, or a shaped reward that is not finite; `ShardError`; `Interrupted`.
    public func run(progress: ProgressHandler) throws -> StageReport {
        let source = try ScoredCandidates(
            candidates: candidates, rewards: rewards, weights: configuration.weights)
        var done = 0
        let total = source.candidates.manifest.shards.reduce(0) { $0 + ($1.rows["prompt"] ?? 0) }
        func tell() throws {
            let answer = progress(Progress(done: min(done, total), total: total, unit: "prompts"))
            if answer == .stop { throw Interrupted() }
        }
        var facts = source.facts
        let statistics = configuration.shaping.needsStatistics ? try statistics(of: source, tell) : nil
        if let statistics {
            facts[PairsStage.rewardMean] = "\(statistics.mean)"
            facts[PairsStage.rewardDeviation] = "\(statistics.deviation)"
        }
        let writer = try ShardSetWriter(
            output: output, kind: .pairs, stage: PairsStage.name, configuration: configuration,
            seed: configuration.seed, facts: facts, inputs: source.inputs)
        if let manifest = writer.completed {
            return PairsStage.report(manifest, output: output, alreadyComplete: true)
        }

        var shard = 0
        repeat {
            try tell()
            if let sealed = try writer.sealedCounts(ofShard: shard) {
                try source.skip(completions: sealed.recordsIn)
                done += (sealed.noted["prompts"] ?? 0) + (sealed.noted["prompts-without-pairs"] ?? 0)
            } else {
                try writer.write(shard: shard) { shard in
                    var filling = PairShard(shard, configuration, statistics)
                    while let group = try source.peek(), try filling.take(group) {
                        _ = try source.next()
                        done += 1
                        if done % 64 == 0 { try tell() }
                    }
                    return filling.counts
                }
            }
            shard += 1
        } while try source.peek() != nil
        try tell()
        return PairsStage.report(try writer.finish(), output: output)
    }

    /// Of the rewards that shaping gets, over the train split; over all prompts where no prompt is of it.
    private func statistics(of source: ScoredCandidates, _ tell: () throws -> Void) throws -> RewardStatistics
    {
        var train = RewardStatistics.Running()
        var all = RewardStatistics.Running()
        var count = 0
        while let group = try source.next() {
            for (completion, raw) in zip(group.completions, group.rawRewards) {
                let rule = configuration.unfinished
                guard let reward = rule.reward(raw, finishReason: completion.finishReason) else { continue }
                all.add(reward)
                if group.prompt.split == .train { train.add(reward) }
            }
            count += 1
            if count % 64 == 0 { try tell() }
        }
        source.rewind()
        return (train.count > 0 ? train : all).statistics
    }

    static func report(_ manifest: Manifest, output: String, alreadyComplete: Bool = false) -> StageReport {
        let noted = manifest.counts.noted
        var report = StageReport(
            stage: manifest.stage, output: output, counts: manifest.counts,
            figures: [
                .init("prompts", String(noted["prompts"] ?? 0)), .init("pairs", String(noted["pairs"] ?? 0)),
                .init("ties", String(noted["ties"] ?? 0)),
            ], alreadyComplete: alreadyComplete)
        report.isEmpty = manifest.counts.recordsOut == 0
        return report
    }
}
