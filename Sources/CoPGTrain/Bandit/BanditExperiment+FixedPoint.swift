import AlignData
import Foundation

extension BanditExperiment {
    /// Where the method's expected gradient is zero: with endless data it stays there, and from the reference
    /// it goes there. The gradient flow is followed by implicit Euler steps that grow until they are
    /// Newton's.
    func fixedPoint(of method: BanditMethod, _ pairs: BanditPairs) -> [Double] {
        let reference = configuration.problem.reference.map { log($0) }
        // A softmax does not see a constant added to all logits: the last one stays where it is.
        let free = reference.count - 1
        var logits = reference
        var duration = 1.0
        for _ in 0..<80 {
            let gradient = expectedGradient(of: method, at: logits, pairs)
            var matrix: [[Double]] = []
            for row in 0..<free {
                matrix.append((0..<free).map { $0 == row ? 1 / duration : 0 } + [-gradient[row]])
            }
            for column in 0..<free {
                let width = 1e-6
                var shifted = logits
                shifted[column] += width
                let above = expectedGradient(of: method, at: shifted, pairs)
                shifted[column] -= 2 * width
                let below = expectedGradient(of: method, at: shifted, pairs)
                for row in 0..<free { matrix[row][column] += (above[row] - below[row]) / (2 * width) }
            }
            for (arm, change) in solve(matrix).enumerated() { logits[arm] += change }
            duration *= 1.5
        }
        return SoftmaxPolicy(logits: logits).probabilities
    }

    /// Σ over the kinds of pairs of their probability times the gradient of their loss.
    private func expectedGradient(of method: BanditMethod, at logits: [Double], _ pairs: BanditPairs)
        -> [Double]
    {
        let policy = SoftmaxPolicy(logits: logits)
        let problem = configuration.problem
        let objective = method.contrast(beta: problem.beta)
        let probabilities = policy.probabilities
        let logProbabilities = policy.logProbabilities
        var gradient = logits.map { _ in 0.0 }
        let groups = source(method, pairs, policy).groups
        // With endless data a learned value is the mean of the regularised rewards that it is taught.
        var value = 0.0
        if method == .pgValue {
            for (group, share) in zip(groups, pairs.probabilities) {
                for candidate in group.candidates {
                    let arm = Int(candidate.tokens[0])
                    let logRatio = logProbabilities[arm] - candidate.referenceLogProbability
                    value += share / 2 * (candidate.reward - problem.beta * logRatio)
                }
            }
        }
        for (group, share) in zip(groups, pairs.probabilities) {
            let arms = group.candidates.map { Int($0.tokens[0]) }
            let scored = ScoredGroup(
                rewards: group.candidates.map { $0.reward - value },
                logProbabilities: arms.map { logProbabilities[$0] },
                referenceLogProbabilities: group.candidates.map(\.referenceLogProbability), pairs: group.pairs
            )
            guard let value = try? objective.evaluate(scored) else { continue }
            for (arm, coefficient) in zip(arms, value.coefficients) {
                gradient[arm] += share * coefficient
                for other in gradient.indices {
                    gradient[other] -= share * coefficient * probabilities[other]
                }
            }
        }
        return gradient
    }
}

/// The solution of a square system of equations whose right-hand side is the last column, by elimination with
/// partial pivoting.
func solve(_ system: [[Double]]) -> [Double] {
    var rows = system
    let count = rows.count
    for column in 0..<count {
        let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
        rows.swapAt(column, pivot)
        for row in 0..<count where row != column {
            let factor = rows[row][column] / rows[column][column]
            for entry in column...count { rows[row][entry] -= factor * rows[column][entry] }
        }
    }
    return (0..<count).map { rows[$0][count] / rows[$0][$0] }
}
