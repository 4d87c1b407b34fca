public import AlignData

/// REBEL (arXiv 2404.16767) and the squared form of RPO (arXiv 2502.00203), for every listed pair:
///
///     (β·D − ΔR)²  =  2β·[(β/2)·D² − ΔR·D + ΔR²/(2β)]
///
/// CoPG's loss on another scale and with a constant: the same optimum. A batch is the mean over its listed
/// pairs.
public struct REBEL: CompletionObjective {
    public var beta: Double

    public init(beta: Double) {
        precondition(beta > 0, "beta is positive")
        self.beta = beta
    }

    public var temperature: Double? { beta }
    public var identity: String { "rebel(beta=\(beta))" }

    public func weight(rewards: [Double], pairs: [CompletionPair]) -> Double { Double(pairs.count) }

    public func evaluate(_ group: ScoredGroup) -> ObjectiveValue {
        let logRatios = group.logRatios
        var loss = 0.0
        var coefficients = [Double](repeating: 0, count: group.count)
        for pair in group.pairs {
            let rewardDifference = group.rewards[pair.first] - group.rewards[pair.second]
            let residual = beta * (logRatios[pair.first] - logRatios[pair.second]) - rewardDifference
            loss += residual * residual
            coefficients[pair.first] += 2 * beta * residual
            coefficients[pair.second] -= 2 * beta * residual
        }
        return ObjectiveValue(
            loss: loss, coefficients: coefficients, statistics: PairStatistics(of: group, beta: beta))
    }
}
