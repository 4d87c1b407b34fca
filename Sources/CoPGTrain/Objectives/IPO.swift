import Foundation

/// Identity Preference Optimization (arXiv 2310.12036, eq. 17), for every ordered pair:
///
///     (D − 1/(2β))²
public struct IPO: PairwiseObjective {
    public var beta: Double

    public init(beta: Double) {
        precondition(beta > 0, "beta is positive")
        self.beta = beta
    }

    public var identity: String { "ipo(beta=\(beta))" }

    public func loss(ofDifference difference: Double) -> (loss: Double, slope: Double) {
        let excess = difference - 1 / (2 * beta)
        return (excess * excess, 2 * excess)
    }
}
