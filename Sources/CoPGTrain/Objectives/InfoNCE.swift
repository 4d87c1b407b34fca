public import AlignData
import Foundation

/// Noise-contrastive alignment with rewards (InfoNCA, arXiv 2402.05369), over the K completions of a group:
///
///     −Σₖ softmax(R/α)ₖ · ln softmax(β·L)ₖ
///
/// It is least where β·L = R/α up to a constant: with α = 1, CoPG's optimum. A batch is the mean over groups.
public struct InfoNCE: CompletionObjective {
    public var beta: Double
    /// The temperature of the rewards.
    public var alpha: Double

    public init(beta: Double, alpha: Double = 1) {
        precondition(beta > 0 && alpha > 0, "beta and alpha are positive")
        self.beta = beta
        self.alpha = alpha
    }

    public var temperature: Double? { beta }
    public var identity: String { "infonce(beta=\(beta),alpha=\(alpha))" }

    public func weight(rewards: [Double], pairs: [CompletionPair]) -> Double { rewards.count > 1 ? 1 : 0 }

    public func evaluate(_ group: ScoredGroup) -> ObjectiveValue {
        guard group.count > 1 else {
            return ObjectiveValue(loss: 0, coefficients: group.rewards.map { _ in 0 })
        }
        let targets = logSoftmax(group.rewards.map { $0 / alpha }).map(exp)
        let predictions = logSoftmax(group.logRatios.map { beta * $0 })
        var loss = 0.0
        var coefficients: [Double] = []
        for (target, prediction) in zip(targets, predictions) {
            loss -= target * prediction
            coefficients.append(beta * (exp(prediction) - target))
        }
        return ObjectiveValue(
            loss: loss, coefficients: coefficients, statistics: PairStatistics(of: group, beta: beta))
    }
}

/// ln softmax, without overflow.
func logSoftmax(_ values: [Double]) -> [Double] {
    let highest = values.max() ?? 0
    let normalizer = highest + log(values.reduce(0) { $0 + exp($1 - highest) })
    return values.map { $0 - normalizer }
}
