/// How completions are drawn. The defaults live here and nowhere else.
public struct SamplingConfiguration: Hashable, Sendable, Codable {
    /// Completions a prompt, K.
    public var candidates: Int = 4
    /// Logits are divided by it; 0 takes the most probable token.
    public var temperature: Double = 1.0
    /// Keep the smallest set of tokens whose probability reaches this; 1 keeps all.
    public var topP: Double = 1.0
    /// Keep this many most probable tokens; 0 keeps all.
    public var topK: Int = 0
    /// At most so many tokens a completion, end-of-sequence included.
    public var maxTokens: Int = 64
    public var seed: UInt64 = 0

    public init() {}
}

/// One drawn completion. Log-probabilities are sums over its tokens, in nats.
public struct SampledCompletion: Sendable {
    /// End-of-sequence included when the completion ended by itself.
    public var tokens: [TokenID]
    public var finishReason: FinishReason
    /// At temperature 1, without truncation.
    public var logProbability: Double
    /// With the temperature and truncation it was drawn with.
    public var sampledLogProbability: Double

    public init(
        tokens: [TokenID], finishReason: FinishReason, logProbability: Double, sampledLogProbability: Double
    ) {
        self.tokens = tokens
        self.finishReason = finishReason
        self.logProbability = logProbability
        self.sampledLogProbability = sampledLogProbability
    }
}

/// A policy that can write completions and say how probable they are. A language model, seen from the data half.
public protocol CompletionSampler {
    /// The hash of the model's weights and configuration.
    var policyID: String { get }
    /// Prompt and completion together may have so many tokens.
    var contextLength: Int { get }

    /// Draws `configuration.candidates` completions for each prompt. The random numbers of completion k of a
    /// prompt come from (seed, prompt id, k) alone.
    /// - Parameter progress: told the number of completions finished so far.
    func sample(
        _ prompts: [(id: RecordID, tokens: [TokenID])], configuration: SamplingConfiguration,
        progress: (Int) throws -> Void
    ) throws -> [[SampledCompletion]]

    /// ln π(completion | prompt) for each completion of each group, by the forward pass that training uses.
    func logProbabilities(of groups: [TokenGroup]) throws -> [[Double]]
}
