/// How `pairs` contrasts completions. The defaults live here and nowhere else.
public struct PairsConfiguration: Hashable, Sendable, Codable {
    public var strategy: PairingStrategy = .all
    /// Pairs a prompt, for the strategy `random`; all of them where there are fewer.
    public var randomPairs: Int = 1
    public var seed: UInt64 = 0

    public init() {}
}

/// Joins candidates and their rewards into self-contained groups with pairs. One shard for each of theirs.
/// A record is a completion.
public struct PairsStage {
    public static let name = "pairs"

    private let candidates: String
    private let rewards: [String]
    private let configuration: PairsConfiguration
    private let output: String

    /// - Parameter rewards: reward sets of these candidates; exactly one for now.
    public init(candidates: String, rewards: [String], configuration: PairsConfiguration, output: String) {
        precondition(configuration.randomPairs > 0, "at least one pair a prompt")
        self.candidates = candidates
        self.rewards = rewards
        self.configuration = configuration
        self.output = output
    }

    /// - Throws: `StageError`: not one reward set, one of other candidates, or a completion without a reward;
    ///   `ShardError`; `Interrupted`.
    public func run(progress: ProgressHandler) throws -> StageReport {
        guard rewards.count == 1 else { throw StageError.rewardSets(count: rewards.count) }
        let source = try ShardSet(opening: candidates, kind: .candidates)
        let scores = try ShardSet(opening: rewards[0], kind: .rewards)
        guard
            scores.manifest.inputs.contains(where: { $0.sha256 == source.manifestHash }),
            scores.shardCount == source.shardCount
        else { throw StageError.otherCandidates(path: rewards[0]) }

        var facts = source.manifest.facts
        facts["scorer"] = scores.manifest.facts["scorer"]
        facts["scorer-precision"] = scores.manifest.facts["scorer-precision"]
        let writer = try ShardSetWriter(
            output: output, kind: .pairs, stage: PairsStage.name, configuration: configuration,
            seed: configuration.seed, facts: facts, inputs: [source.input, scores.input])
        if let manifest = writer.completed { return report(manifest, alreadyComplete: true) }

        let total = source.manifest.shards.reduce(0) { $0 + ($1.rows["prompt"] ?? 0) }
        var done = 0
        for index in 0..<source.shardCount {
            if progress(Progress(done: done, total: total, unit: "prompts")) == .stop { throw Interrupted() }
            if try writer.sealedCounts(ofShard: index) == nil {
                let groups = try CompletionGroup.groups(of: try source.shard(at: index))
                let values = try Dictionary(
                    scores.shard(at: index).rewards().map { ($0.completionID, $0.value) },
                    uniquingKeysWith: { first, _ in first })
                try writer.write(shard: index) { shard in
                    var counts = StageCounts()
                    for group in groups { try insert(group, values, into: shard, &counts) }
                    return counts
                }
            }
            done += source.manifest.shards[index].rows["prompt"] ?? 0
        }
        if progress(Progress(done: done, total: total, unit: "prompts")) == .stop { throw Interrupted() }
        return report(try writer.finish())
    }

    private func insert(
        _ group: CompletionGroup, _ rewards: [RecordID: Double], into shard: ShardWriter,
        _ counts: inout StageCounts
    ) throws {
        let values = try group.completions.map { completion in
            guard let value = rewards[completion.id] else {
                throw StageError.missingReward(path: self.rewards[0], completion: completion.id)
            }
            return value
        }
        let pairing = Pairing(
            promptID: group.prompt.id, completions: Array(zip(group.completions.map(\.tokens), values)),
            strategy: configuration.strategy, randomPairs: configuration.randomPairs, seed: configuration.seed
        )
        counts.recordsIn += group.completions.count
        counts.recordsOut += pairing.kept.count
        counts.filtered.merge(pairing.filtered, uniquingKeysWith: +)
        guard !pairing.pairs.isEmpty else {
            counts.noted["prompts-without-pairs", default: 0] += 1
            return
        }
        counts.noted["pairs", default: 0] += pairing.pairs.count
        counts.noted["prompts", default: 0] += 1
        if pairing.ties > 0 { counts.noted["ties", default: 0] += pairing.ties }

        let completions = pairing.kept.map { group.completions[$0] }
        let candidates = pairing.kept.map { index in
            let completion = group.completions[index]
            return Candidate(
                id: completion.id, tokens: completion.tokens, finishReason: completion.finishReason,
                reward: values[index], referenceLogProbability: completion.referenceLogProbability)
        }
        try shard.insert(
            group: CandidateGroup(
                promptID: group.prompt.id, promptTokens: group.prompt.tokens, candidates: candidates,
                pairs: pairing.pairs), prompt: group.prompt, completions: completions)
    }

    private func report(_ manifest: Manifest, alreadyComplete: Bool = false) -> StageReport {
        let noted = manifest.counts.noted
        return StageReport(
            stage: PairsStage.name, output: output, counts: manifest.counts,
            figures: [
                .init("prompts", String(noted["prompts"] ?? 0)), .init("pairs", String(noted["pairs"] ?? 0)),
                .init("ties", String(noted["ties"] ?? 0)),
                .init("identical", String(manifest.counts.filtered[Pairing.identicalCompletions] ?? 0)),
            ], alreadyComplete: alreadyComplete)
    }
}
