import Foundation

/// Direct Preference Optimization (arXiv 2305.18290, eq. 7), for every ordered pair:
///
///     −ln σ(β·D)
public struct DPO: PairwiseObjective {
    public var beta: Double

    public init(beta: Double) {
        precondition(beta > 0, "beta is positive")
        self.beta = beta
    }

    public var identity: String { "dpo(beta=\(beta))" }

    public func loss(ofDifference difference: Double) -> (loss: Double, slope: Double) {
        (softplus(-beta * difference), -beta * sigmoid(-beta * difference))
    }
}
