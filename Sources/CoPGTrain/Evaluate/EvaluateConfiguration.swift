public import AlignData

/// What is evaluated, and how. The defaults live here and nowhere else.
public struct EvaluateConfiguration: Codable, Hashable, Sendable {
    public var split: Split = .validation
    /// At most so many prompts, the first by id; nil for all of the split.
    public var maxPrompts: Int?
    public var sampling = SamplingConfiguration()
    /// The reward of a completion that did not end by itself; nil lets the reward model judge it.
    public var unfinishedReward: Double?
    /// Prompts shown in the report with a completion of either policy.
    public var samples = 6

    public init() {}
}
