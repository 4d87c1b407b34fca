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

/// What draws completions: a model in memory, or a server that answers for one.
public protocol Sampler: SequenceModel {
    /// Draws `configuration.candidates` completions for each prompt. The random numbers of completion k of a
    /// prompt come from (seed, prompt id, k) alone.
    /// - Parameter progress: told the number of completions finished so far.
    func sample(
        _ prompts: [(id: RecordID, tokens: [TokenID])], configuration: SamplingConfiguration,
        progress: (Int) throws -> Void
    ) throws -> [[SampledCompletion]]
}
