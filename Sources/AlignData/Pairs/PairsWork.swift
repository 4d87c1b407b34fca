/// Fills shards with pairs in the order of the candidates.
final class PairsWork: StageWork {
    let plan: ShardPlan
    private let source: ScoredCandidates
    private let configuration: PairsConfiguration
    private let statistics: RewardStatistics?

    init(
        _ source: ScoredCandidates, _ configuration: PairsConfiguration, _ statistics: RewardStatistics?,
        plan: ShardPlan
    ) {
        (self.source, self.configuration, self.statistics) = (source, configuration, statistics)
        self.plan = plan
    }

    func prepare(_ progress: StageProgress) { progress.expect(source.promptCount, "prompts") }

    /// At least one, so that what was filtered is accounted for.
    func hasUnit(_ index: Int) throws -> Bool { try index == 0 || source.peek() != nil }

    func passOver(_ index: Int, sealed counts: StageCounts, _ progress: StageProgress) throws {
        try source.skip(completions: counts.recordsIn)
        let noted = counts.noted
        progress.advance(by: (noted["prompts"] ?? 0) + (noted["prompts-without-pairs"] ?? 0))
    }

    func write(_ index: Int, into shard: ShardWriter, _ progress: StageProgress) throws -> StageCounts {
        var filling = PairShard(shard, configuration, statistics)
        while let group = try source.peek(), try filling.take(group) {
            _ = try source.next()
            progress.advance(by: 1)
            if progress.done % 64 == 0 { try progress.tell() }
        }
        return filling.counts
    }
}
