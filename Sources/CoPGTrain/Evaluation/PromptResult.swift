public import AlignData

/// What was measured of one completion.
public struct CompletionResult: Hashable, Sendable, Codable {
    public var reward: Double
    /// ln π − ln π_ref of the whole completion, nats. Its mean over a policy's own completions estimates
    /// KL(π‖π_ref) without bias.
    public var logRatio: Double
    /// In 0...1; nil where the prompt has no reference summary.
    public var rougeL: Double?
    /// End-of-sequence included.
    public var tokenCount: Int
    public var endedByItself: Bool

    public init(reward: Double, logRatio: Double, rougeL: Double?, tokenCount: Int, endedByItself: Bool) {
        self.reward = reward
        self.logRatio = logRatio
        self.rougeL = rougeL
        self.tokenCount = tokenCount
        self.endedByItself = endedByItself
    }
}

/// A policy's completions of one prompt.
public struct PromptResult: Hashable, Sendable, Codable {
    public var promptID: RecordID
    public var completions: [CompletionResult]

    public init(promptID: RecordID, completions: [CompletionResult]) {
        self.promptID = promptID
        self.completions = completions
    }
}
