/// A prompt's completions with what they were scored.
struct ScoredPrompt {
    var prompt: Prompt
    var completions: [Completion]
    /// Σ weight·reward of each.
    var rawRewards: [Double]
    /// Further completions of the prompt, which a scorer rejected.
    var unscored = 0
}

/// Candidates and the rewards given to them, joined prompt by prompt in the order of the candidates. Prompts
/// without completions are passed over.
final class ScoredCandidates {
    let candidates: ShardSet
    let rewards: [ShardSet]
    private let weights: [Double]

    private var shard = 0
    /// Of the shard before `shard`, from the last to the first.
    private var pending: [ScoredPrompt] = []

    /// - Throws: `StageError`: not one reward set for each weight, or one of other candidates; `ShardError`.
    init(candidates: String, rewards: [String], weights: [Double]) throws {
        guard !rewards.isEmpty, rewards.count == weights.count else {
            throw StageError.rewardSets(count: rewards.count)
        }
        let source = try ShardSet(opening: candidates, kind: .candidates)
        self.candidates = source
        self.weights = weights
        self.rewards = try rewards.map { path in
            let set = try ShardSet(opening: path, kind: .rewards)
            guard set.manifest.inputs.contains(where: { $0.sha256 == source.manifestHash }),
                set.shardCount == source.shardCount
            else { throw StageError.otherCandidates(path: path) }
            return set
        }
    }

    /// Those without completions counted.
    var promptCount: Int { candidates.manifest.shards.reduce(0) { $0 + ($1.rows["prompt"] ?? 0) } }

    var inputs: [Manifest.Input] { [candidates.input] + rewards.map(\.input) }

    /// Those of the candidates, and who scored.
    var facts: [String: String] {
        var facts = candidates.manifest.facts
        for name in ["scorer", "scorer-precision"] + ComputeFacts.scorer {
            let values = rewards.compactMap { $0.manifest.facts[name] }
            facts[name] = values.isEmpty ? nil : values.joined(separator: "+")
        }
        return facts
    }

    /// Back to the first prompt.
    func rewind() { (shard, pending) = (0, []) }

    /// The group that `next` gives, which stays.
    func peek() throws -> ScoredPrompt? {
        while pending.isEmpty, shard < candidates.shardCount {
            pending = try groups(ofShard: shard).reversed()
            shard += 1
        }
        return pending.last
    }

    /// - Throws: `StageError.missingReward`; `ShardError`.
    func next() throws -> ScoredPrompt? {
        guard let group = try peek() else { return nil }
        pending.removeLast()
        return group
    }

    /// Passes over groups until they had so many completions.
    func skip(completions count: Int) throws {
        var left = count
        while left > 0, let group = try next() { left -= group.completions.count + group.unscored }
    }

    private func groups(ofShard index: Int) throws -> [ScoredPrompt] {
        let values = try rewards.map { set in
            try Dictionary(
                set.shard(at: index).rewards().map { ($0.completionID, $0.value) },
                uniquingKeysWith: { first, _ in first })
        }
        return try CompletionGroup.groups(of: try candidates.shard(at: index)).compactMap { group in
            guard !group.completions.isEmpty else { return nil }
            let raw = try group.completions.map { completion -> Double? in
                var sum = 0.0
                for (place, weight) in zip(values.indices, weights) {
                    guard let value = values[place][completion.id] else {
                        // A scorer may reject completions; then it has said so.
                        guard rewards[place].manifest.counts.rejectedTotal > 0 else {
                            throw StageError.missingReward(
                                path: rewards[place].path, completion: completion.id)
                        }
                        return nil
                    }
                    sum += weight * value
                }
                return sum
            }
            return ScoredPrompt(
                prompt: group.prompt,
                completions: zip(group.completions, raw).compactMap { $1 == nil ? nil : $0 },
                rawRewards: raw.compactMap { $0 }, unscored: raw.count { $0 == nil })
        }
    }
}
