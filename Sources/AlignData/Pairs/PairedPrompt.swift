/// A prompt with its paired completions, as a shard of pairs holds it.
struct PairedPrompt {
    var prompt: Prompt
    var completions: [Completion]
    var rewards: [Double]
    var rawRewards: [Double]
    var pairs: [CompletionPair]

    /// About what the rows take in the file: texts, at most four bytes a token, and numbers and ids of each row.
    var estimatedBytes: Int {
        let texts =
            [(prompt.text, prompt.tokens)] + prompt.references.map { ($0.text, $0.tokens) }
            + completions.map { ($0.text, $0.tokens) }
        let extra = prompt.extra.reduce(16 * pairs.count) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        return texts.reduce(extra) { $0 + $1.0.utf8.count + 4 * $1.1.count + 192 }
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
        noted["prompts", default: 0] += 1
        noted["pairs", default: 0] += pairing.pairs.count
        noted["pairs-\(split.rawValue)", default: 0] += pairing.pairs.count
        if pairing.ties > 0 { noted["ties", default: 0] += pairing.ties }
    }
}
