import Foundation

/// The hinge of SLiC (arXiv 2305.10425, eq. 1, on log-ratios), for every ordered pair:
///
///     max(0, 1 − β·D)
public struct SLiC: PairwiseObjective {
    public var beta: Double

    public init(beta: Double) {
        precondition(beta > 0, "beta is positive")
        self.beta = beta
    }

    public var identity: String { "slic(beta=\(beta))" }

    public func loss(ofDifference difference: Double) -> (loss: Double, slope: Double) {
        let shortfall = 1 - beta * difference
        return shortfall > 0 ? (shortfall, -beta) : (0, 0)
    }
}
