/// Joins candidates and their rewards into self-contained groups with pairs. A record is a completion.
///
/// Shards are filled in the order of the candidates up to a number of prompts and bytes, so where one ends is a pure
/// function of the input and the configuration, and an interrupted run goes on after the completions that the sealed
/// shards account for.
public struct PairsStage {
    public static let name = "pairs"
    /// Filtered: the completion did not end by itself, and the rule drops those.
    public static let unfinishedCompletions = "unfinished-completions"

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

    /// - Throws: `StageError`: not one reward set for each weight, one of other candidates, a completion without a
    ///   reward, or a shaped reward that is not finite; `ShardError`; `Interrupted`.
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
        return StageReport(
            stage: manifest.stage, output: output, counts: manifest.counts,
            figures: [
                .init("prompts", String(noted["prompts"] ?? 0)), .init("pairs", String(noted["pairs"] ?? 0)),
                .init("ties", String(noted["ties"] ?? 0)),
            ], alreadyComplete: alreadyComplete)
    }
}

/// One shard of pairs while it is filled.
private struct PairShard {
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
    mutating func take(_ group: ScoredGroup) throws -> Bool {
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

    private mutating func count(_ pairing: Pairing, of group: ScoredGroup, unfinished: Int) {
        counts.recordsIn += group.completions.count
        counts.recordsOut += pairing.kept.count
        counts.filtered.merge(pairing.filtered, uniquingKeysWith: +)
        if unfinished > 0 { counts.filtered[PairsStage.unfinishedCompletions, default: 0] += unfinished }
        counts.note(pairing, split: group.prompt.split)
    }
}

/// A prompt with its paired completions, as a shard of pairs holds it.
struct PairedPrompt {
    var prompt: Prompt
    var completions: [Completion]
    var rewards: [Double]
    var rawRewards: [Double]
    var pairs: [CompletionPair]

    /// About what the rows take in the file: texts, four bytes a token, and numbers and ids of each row.
    var estimatedBytes: Int {
        let texts =
            [(prompt.text, prompt.tokens)] + prompt.references.map { ($0.text, $0.tokens) }
            + completions.map { ($0.text, $0.tokens) }
        return texts.reduce(16 * pairs.count) { $0 + $1.0.utf8.count + 4 * $1.1.count + 192 }
    }

    func insert(into shard: ShardWriter) throws {
        let candidates = zip(completions, rewards).map { completion, reward in
            Candidate(
                id: completion.id, tokens: completion.tokens, finishReason: completion.finishReason,
                reward: reward, referenceLogProbability: completion.referenceLogProbability)
        }
        let group = CandidateGroup(
            promptID: prompt.id, promptTokens: prompt.tokens, candidates: candidates, pairs: pairs)
        try shard.insert(group: group, prompt: prompt, completions: completions, rawRewards: rawRewards)
    }
}

extension StageCounts {
    /// Notes what a prompt's pairing gave.
    mutating func note(_ pairing: Pairing, split: Split) {
        if pairing.droppedTies > 0 { noted["dropped-ties", default: 0] += pairing.droppedTies }
        guard !pairing.pairs.isEmpty else {
            noted["prompts-without-pairs", default: 0] += 1
            return
        }
        note(prompts: 1, pairs: pairing.pairs.count, ties: pairing.ties, split: split)
    }

    mutating func note(prompts: Int, pairs: Int, ties: Int, split: Split) {
        noted["prompts", default: 0] += prompts
        noted["pairs", default: 0] += pairs
        noted["pairs-\(split.rawValue)", default: 0] += pairs
        if ties > 0 { noted["ties", default: 0] += ties }
    }
}
