public import AlignData
import Foundation

/// Draws completions from a policy on fixed prompts and measures each. The random numbers depend on the seed, the
/// prompt and the rollout alone, so two policies are compared on the same ones.
public struct PolicyProbe {
    /// A policy's completions of one prompt: what was measured, and the texts.
    public struct Drawn: Hashable, Sendable, Codable {
        public var result: PromptResult
        public var texts: [String]
    }

    public let prompts: [Prompt]
    public let sampling: SamplingConfiguration
    /// The reward of a completion that did not end by itself; nil lets the scorer judge it.
    public let unfinishedReward: Double?
    private let scorer: any RewardScorer
    private let tokenizer: Tokenizer
    /// Made when a measurement begins and let go when it ends: no reference stays in memory while training.
    private let reference: (() throws -> any LogProbabilityModel)?

    /// - Parameter reference: for the log-ratios; without one they are not measured.
    public init(
        prompts: [Prompt], sampling: SamplingConfiguration, scorer: any RewardScorer, tokenizer: Tokenizer,
        unfinishedReward: Double? = nil, reference: (() throws -> any LogProbabilityModel)? = nil
    ) {
        self.prompts = prompts
        self.sampling = sampling
        self.scorer = scorer
        self.tokenizer = tokenizer
        self.unfinishedReward = unfinishedReward
        self.reference = reference
    }

    /// For validation while training, on the prompts of a split that fit policy and scorer with a completion.
    /// - Parameters:
    ///   - count: prompts, at most; nil for all.
    ///   - contextLength: of the policy and its reference.
    /// - Throws: `ShardError`; `NothingToEvaluate`.
    public init(
        corpus: ShardSet, split: Split, count: Int?, contextLength: Int, sampling: SamplingConfiguration,
        scorer: any RewardScorer, tokenizer: Tokenizer, unfinishedReward: Double? = nil,
        reference: (() throws -> any LogProbabilityModel)? = nil
    ) throws {
        let context = min(contextLength, scorer.contextLength ?? Int.max)
        self.init(
            prompts: try Self.prompts(
                of: corpus, split: split, count: count, room: context - sampling.maxTokens),
            sampling: sampling, scorer: scorer, tokenizer: tokenizer, unfinishedReward: unfinishedReward,
            reference: reference)
    }

    /// The first `count` prompts of a split in the order of their ids, which are content hashes: the same prompts on
    /// every machine, and no part of the corpus preferred. Those longer than `room` tokens are passed over.
    /// - Throws: `ShardError`; `NothingToEvaluate` when none is left.
    public static func prompts(
        of corpus: ShardSet, split: Split, count: Int?, room: Int
    ) throws -> [Prompt] {
        let all = try all(of: corpus, split: split)
        let prompts = all.filter { !$0.tokens.isEmpty && $0.tokens.count <= room }
        guard !prompts.isEmpty else {
            throw NothingToEvaluate(split: split, prompts: all.count, path: corpus.path)
        }
        return Array(prompts.prefix(count ?? prompts.count))
    }

    /// All prompts of a split in the order of their ids.
    static func all(of corpus: ShardSet, split: Split) throws -> [Prompt] {
        try (0..<corpus.shardCount).flatMap { index in
            try corpus.shard(at: index).prompts().filter { $0.split == split }
        }.sorted { $0.id < $1.id }
    }

    /// SHA-256 of what is measured and how, but for the policy.
    func identity() throws -> String {
        var text = try JSONText.data(sampling)
        let parts = [scorer.scorerID, unfinishedReward.map { "\($0)" } ?? "scored"] + prompts.map(\.id.hex)
        text += Data(parts.joined(separator: "\n").utf8)
        return FileHash.sha256(text)
    }

    /// - Parameter progress: told the number of completions drawn so far.
    /// - Returns: `sampling.candidates` completions of each prompt, in order.
    /// - Throws: `StageError.notFinite`; what the models and the scorer throw.
    public func measure(
        _ policy: any MeasurablePolicy, progress: (Int) throws -> Void = { _ in }
    ) throws -> [Drawn] {
        let drawn = try policy.sample(
            prompts.map { ($0.id, $0.tokens) }, configuration: sampling, progress: progress)
        let groups = zip(prompts, drawn).map { TokenGroup(prompt: $0.tokens, completions: $1.map(\.tokens)) }
        let questions = zip(prompts, drawn).map { asked($0, $1, writer: policy.modelID) }
        let rewards = try scorer.rewards(for: questions)
        try scorer.settle()
        for (question, rewards) in zip(questions, rewards) {
            for (completion, reward) in zip(question.completions, rewards) where !reward.isFinite {
                throw StageError.notFinite(what: "reward", completion: completion.id)
            }
        }
        let logRatios = try reference.map { reference in
            let own = try policy.logProbabilities(of: groups)
            let theirs = try reference().logProbabilities(of: groups)
            return zip(own, theirs).map { zip($0, $1).map { $0 - $1 } }
        }
        return prompts.indices.map { index in
            let references = prompts[index].references.map(\.text)
            let texts = questions[index].completions.map(\.text)
            let results = drawn[index].indices.map { k in
                let ended = drawn[index][k].finishReason == .endOfSequence
                return CompletionResult(
                    reward: ended ? rewards[index][k] : unfinishedReward ?? rewards[index][k],
                    logRatio: logRatios?[index][k],
                    rougeL: references.isEmpty ? nil : RougeL.score(texts[k], references: references),
                    tokenCount: drawn[index][k].tokens.count, endedByItself: ended)
            }
            return Drawn(
                result: PromptResult(promptID: prompts[index].id, completions: results), texts: texts)
        }
    }

    /// What the scorer is asked of a prompt. The completions have the ids that `generate` would give them.
    private func asked(_ prompt: Prompt, _ drawn: [SampledCompletion], writer: String) -> RewardQuestions {
        let completions = drawn.enumerated().map { rollout, sample in
            RewardQuestions.Completion(
                id: .completion(
                    of: prompt.id, writer: writer, seed: sampling.seed, rollout: rollout,
                    tokens: sample.tokens),
                text: tokenizer.decode(sample.tokens), tokens: sample.tokens,
                finishReason: sample.finishReason)
        }
        return RewardQuestions(prompt: prompt, completions: completions)
    }
}
