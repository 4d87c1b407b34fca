public import AlignData

/// An objective that is a sum over the listed pairs of a function of D, the better completion's log-ratio
/// less the worse one's. It reads the rewards for their order alone; a tie has no order and is not counted. A
/// batch is the mean over its ordered pairs.
public protocol PairwiseObjective: CompletionObjective {
    var beta: Double { get }

    /// The loss of a pair and its derivative with respect to D.
    func loss(ofDifference difference: Double) -> (loss: Double, slope: Double)
}

extension PairwiseObjective {
    public var temperature: Double? { beta }

    public func weight(rewards: [Double], pairs: [CompletionPair]) -> Double {
        Double(pairs.count { rewards[$0.first] != rewards[$0.second] })
    }

    public func evaluate(_ group: ScoredGroup) -> ObjectiveValue {
        let logRatios = group.logRatios
        var sum = 0.0
        var coefficients = [Double](repeating: 0, count: group.count)
        for pair in group.pairs {
            let preference = group.rewards[pair.first] - group.rewards[pair.second]
            guard preference != 0 else { continue }
            let (chosen, rejected) = preference > 0 ? (pair.first, pair.second) : (pair.second, pair.first)
            let (loss, slope) = loss(ofDifference: logRatios[chosen] - logRatios[rejected])
            sum += loss
            coefficients[chosen] += slope
            coefficients[rejected] -= slope
        }
        return ObjectiveValue(
            loss: sum, coefficients: coefficients, statistics: PairStatistics(of: group, beta: beta))
    }
}
