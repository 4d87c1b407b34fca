public import AlignData

/// REINFORCE with the leave-one-out baseline (arXiv 2402.14740, eq. 8), over the K completions of a group,
/// with the regularised reward R_β = R − β·L taken as given (not differentiated through):
///
///     −(1/K)·Σₖ [R_β(yₖ) − mean of R_β over the others]·ℓ(yₖ)
///
/// Its gradient is half of that of CoPG's group form, which is why it may be used on completions of other
/// policies too. The value is a surrogate and says nothing. A batch is the mean over groups.
public struct RLOO: CompletionObjective {
    public var beta: Double

    public init(beta: Double) {
        precondition(beta > 0, "beta is positive")
        self.beta = beta
    }

    public var temperature: Double? { beta }
    public var identity: String { "rloo(beta=\(beta))" }

    public func weight(rewards: [Double], pairs: [CompletionPair]) -> Double { rewards.count > 1 ? 1 : 0 }

    public func evaluate(_ group: ScoredGroup) -> ObjectiveValue {
        guard group.count > 1 else {
            return ObjectiveValue(loss: 0, coefficients: group.rewards.map { _ in 0 })
        }
        // A less the mean of the others is K/(K−1) times A less the mean of all.
        let advantages = centred(zip(group.rewards, group.logRatios).map { $0 - beta * $1 })
        let coefficients = advantages.map { -$0 / Double(group.count - 1) }
        let loss = zip(coefficients, group.logProbabilities).reduce(0) { $0 + $1.0 * $1.1 }
        return ObjectiveValue(
            loss: loss, coefficients: coefficients, statistics: PairStatistics(of: group, beta: beta))
    }
}
