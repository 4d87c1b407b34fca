/// One shard of pairs while it is filled.
struct PairShard {
    private(set) var counts = StageCounts()
    private let shard: ShardWriter
    private let configuration: PairsConfiguration
    private let statistics: RewardStatistics?
    private var bytes = 0

    init(_ shard: ShardWriter, _ configuration: PairsConfiguration, _ statistics: RewardStatistics?) {
        self.shard = shard
        self.configuration = configuration
        self.statistics = statistics
    }

    /// Pairs and writes a group; false when the shard is full and the group belongs to the next one.
    mutating func take(_ group: ScoredPrompt) throws -> Bool {
        let rule = configuration.unfinished
        let used = group.completions.indices.compactMap { index in
            rule.reward(group.rawRewards[index], finishReason: group.completions[index].finishReason)
                .map { (index: index, reward: $0) }
        }
        let rewards = configuration.shaping.shaped(used.map(\.reward), statistics: statistics)
        if let place = rewards.firstIndex(where: { !$0.isFinite }) {
            throw StageError.notFinite(what: "reward", completion: group.completions[used[place].index].id)
        }
        let pairing = Pairing(
            promptID: group.prompt.id,
            completions: zip(used, rewards).map { (tokens: group.completions[$0.index].tokens, reward: $1) },
            rule: configuration.pairing, seed: configuration.seed)
        if !pairing.pairs.isEmpty {
            let kept = pairing.kept.map { used[$0].index }
            let paired = PairedPrompt(
                prompt: group.prompt, completions: kept.map { group.completions[$0] },
                rewards: pairing.kept.map { rewards[$0] }, rawRewards: kept.map { group.rawRewards[$0] },
                pairs: pairing.pairs)
            let size = paired.estimatedBytes
            let isFull =
                shard.promptCount == configuration.promptsPerShard
                || (shard.promptCount > 0 && bytes + size > configuration.bytesPerShard)
            if isFull { return false }
            bytes += size
            try paired.insert(into: shard)
        }
        count(pairing, of: group, unfinished: group.completions.count - used.count)
        return true
    }

    private mutating func count(_ pairing: Pairing, of group: ScoredPrompt, unfinished: Int) {
        counts.recordsIn += group.completions.count + group.unscored
        if group.unscored > 0 {
            counts.filtered[PairsStage.unscoredCompletions, default: 0] += group.unscored
        }
        counts.recordsOut += pairing.kept.count
        counts.filtered.merge(pairing.filtered, uniquingKeysWith: +)
        if unfinished > 0 { counts.filtered[PairsStage.unfinishedCompletions, default: 0] += unfinished }
        counts.note(pairing, split: group.prompt.split)
    }
}
