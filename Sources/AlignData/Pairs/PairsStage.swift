/// Joins candidates and their rewards into self-contained groups with pairs. A record is a completion.
///
/// Shards are filled in the order of the candidates up to a number of prompts and bytes, so where one ends is
/// a pure function of the input and the configuration, and an interrupted run goes on after the completions
/// that the sealed shards account for.
public struct PairsStage: Stage {
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
    let output: String

    /// - Parameter rewards: reward sets of these candidates, one for each of the configuration's weights.
    public init(candidates: String, rewards: [String], configuration: PairsConfiguration, output: String) {
        self.candidates = candidates
        self.rewards = rewards
        self.configuration = configuration
        self.output = output
    }

    /// - Throws: `StageError`: a configuration that cannot be meant, not one reward set for each weight, one of other
    ///   candidates, a completion without a reward, or a shaped reward that is not finite; `ShardError`; `FolderInUse`;
    ///   `FileError`; `Interrupted`.
    public func run(progress: @escaping ProgressHandler) throws -> StageReport { try make(progress) }

    func begin(_ progress: StageProgress) throws -> PairsWork {
        try configuration.check()
        let source = try ScoredCandidates(
            candidates: candidates, rewards: rewards, weights: configuration.weights)
        progress.expect(source.promptCount, "prompts")
        var facts = source.facts
        let statistics =
            configuration.shaping.needsStatistics ? try statistics(of: source, progress) : nil
        if let statistics {
            facts[PairsStage.rewardMean] = "\(statistics.mean)"
            facts[PairsStage.rewardDeviation] = "\(statistics.deviation)"
        }
        let plan = try ShardPlan(
            kind: .pairs, stage: PairsStage.name, configuration: configuration, seed: configuration.seed,
            facts: facts, inputs: source.inputs)
        return PairsWork(source, configuration, statistics, plan: plan)
    }

    /// Of the rewards that shaping gets, over the train split; over all prompts where no prompt is of it.
    private func statistics(of source: ScoredCandidates, _ progress: StageProgress) throws
        -> RewardStatistics
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
            if count % 64 == 0 { try progress.tell() }
        }
        source.rewind()
        return (train.count > 0 ? train : all).statistics
    }

    func figures(of manifest: Manifest) -> [StageReport.Figure] { Self.figures(ofPairs: manifest) }

    static func figures(ofPairs manifest: Manifest) -> [StageReport.Figure] {
        ["prompts", "pairs", "ties"].map { .init($0, String(manifest.counts.noted[$0] ?? 0)) }
    }
}
