/// A prompt with a completion of either policy, for a person to read.
public struct EvaluationSample: Hashable, Sendable, Codable {
    public var prompt: String
    public var reference: String?
    public var before: String
    public var beforeReward: Double
    public var after: String
    public var afterReward: Double

    public init(
        prompt: String, reference: String?, before: String, beforeReward: Double, after: String,
        afterReward: Double
    ) {
        self.prompt = prompt
        self.reference = reference
        self.before = before
        self.beforeReward = beforeReward
        self.after = after
        self.afterReward = afterReward
    }
}
