public import AlignData

/// Supervised fine-tuning: the likelihood of given completions, for instance reference summaries,
///
///     −Σₖ ℓ(yₖ)
///
/// Reads neither rewards nor the reference. A batch is the mean over its completions, in nats a completion.
public struct SupervisedFineTuning: CompletionObjective {
    public init() {}

    public var identity: String { "sft" }
    public var readsReference: Bool { false }

    public func weight(rewards: [Double], pairs: [CompletionPair]) -> Double { Double(rewards.count) }

    public func evaluate(_ group: ScoredGroup) -> ObjectiveValue {
        ObjectiveValue(
            loss: -group.logProbabilities.reduce(0, +), coefficients: group.rewards.map { _ in -1 })
    }
}
