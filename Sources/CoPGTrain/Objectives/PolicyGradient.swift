public import AlignData

/// REINFORCE (Williams 1992), over the K completions of a group, with the regularised reward R_β = R − β·L
/// taken as given (not differentiated through):
///
///     −(1/K)·Σₖ R_β(yₖ)·ℓ(yₖ)
///
/// There is no baseline; whoever has one subtracts it from the rewards. On completions of another policy it
/// is biased. The value is a surrogate and says nothing. A batch is the mean over groups.
public struct PolicyGradient: CompletionObjective {
    public var beta: Double

    public init(beta: Double) {
        precondition(beta > 0, "beta is positive")
        self.beta = beta
    }

    public var temperature: Double? { beta }
    public var identity: String { "pg(beta=\(beta))" }

    public func weight(rewards: [Double], pairs: [CompletionPair]) -> Double { rewards.isEmpty ? 0 : 1 }

    public func evaluate(_ group: ScoredGroup) -> ObjectiveValue {
        let coefficients = zip(group.rewards, group.logRatios).map { reward, logRatio in
            -(reward - beta * logRatio) / Double(group.count)
        }
        let loss = zip(coefficients, group.logProbabilities).reduce(0) { $0 + $1.0 * $1.1 }
        return ObjectiveValue(
            loss: loss, coefficients: coefficients, statistics: PairStatistics(of: group, beta: beta))
    }
}
