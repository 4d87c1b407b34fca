public import AlignData

/// What is measured of one drawn completion.
public struct CompletionMeasurement: Hashable, Sendable, Codable {
    public var text: String
    public var reward: Double
    /// ln π(y|x) − ln π_ref(y|x), nats: its mean over drawn completions estimates KL(π‖π_ref). nil without a reference.
    public var logRatio: Double?
    /// ROUGE-L F1 against the best of the prompt's references, 0…1. nil without references.
    public var rougeL: Double?
    /// Tokens, end-of-sequence included.
    public var length: Int
    /// Whether it ended with end-of-sequence rather than for want of room.
    public var endedByItself: Bool

    public init(
        text: String, reward: Double, logRatio: Double?, rougeL: Double?, length: Int, endedByItself: Bool
    ) {
        self.text = text
        self.reward = reward
        self.logRatio = logRatio
        self.rougeL = rougeL
        self.length = length
        self.endedByItself = endedByItself
    }
}

/// Draws completions from a policy on fixed prompts and measures each. The random numbers depend on the seed, the
/// prompt and the rollout alone, so two policies are compared on the same ones.
public struct PolicyProbe {
    public let prompts: [Prompt]
    public let sampling: SamplingConfiguration
    /// The reward of a completion that did not end by itself; nil lets the scorer judge it.
    public let unfinishedReward: Double?
    private let scorer: any RewardScorer
    private let tokenizer: Tokenizer
    /// Made when a measurement begins and let go when it ends: no reference stays in memory while training.
    private let reference: (() throws -> any CompletionSampler)?

    public init(
        prompts: [Prompt], sampling: SamplingConfiguration, scorer: any RewardScorer, tokenizer: Tokenizer,
        unfinishedReward: Double? = nil, reference: (() throws -> any CompletionSampler)? = nil
    ) {
        self.prompts = prompts
        self.sampling = sampling
        self.scorer = scorer
        self.tokenizer = tokenizer
        self.unfinishedReward = unfinishedReward
        self.reference = reference
    }

    /// - Parameter progress: told the number of completions drawn so far.
    /// - Returns: `sampling.candidates` measurements for each prompt, in order.
    public func measure(
        _ policy: any CompletionSampler, progress: (Int) throws -> Void = { _ in }
    ) throws -> [[CompletionMeasurement]] {
        let drawn = try policy.sample(
            prompts.map { ($0.id, $0.tokens) }, configuration: sampling, progress: progress)
        let groups = zip(prompts, drawn).map { TokenGroup(prompt: $0.tokens, completions: $1.map(\.tokens)) }
        let rewards = try scorer.rewards(for: groups)
        var logRatios: [[Double]]?
        if let reference {
            let own = try policy.logProbabilities(of: groups)
            let theirs = try reference().logProbabilities(of: groups)
            logRatios = zip(own, theirs).map { zip($0, $1).map { $0 - $1 } }
        }
        return prompts.indices.map { index in
            drawn[index].indices.map { k in
                let completion = drawn[index][k]
                let ended = completion.finishReason == .endOfSequence
                let text = tokenizer.decode(completion.tokens)
                let references = prompts[index].references.map(\.text)
                return CompletionMeasurement(
                    text: text, reward: ended ? rewards[index][k] : unfinishedReward ?? rewards[index][k],
                    logRatio: logRatios?[index][k],
                    rougeL: references.isEmpty ? nil : RougeL.f1(text, references: references),
                    length: completion.tokens.count, endedByItself: ended)
            }
        }
    }
}
