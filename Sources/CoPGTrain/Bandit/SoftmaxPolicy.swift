public import AlignData
import Foundation

/// The smallest policy: a softmax over K arms, in float64, with Adam (Kingma & Ba 2015; β 0.9 and 0.999, ε
/// 1e-8). Prompts are empty and a completion is one token, the arm.
public final class SoftmaxPolicy: TrainablePolicy {
    private struct State: Codable {
        var logits: [Double]
        var firstMoment: [Double]
        var secondMoment: [Double]
        var steps: Int
    }

    private var state: State
    private var gradient: [Double]

    /// - Parameter logits: one for each arm, where the policy begins.
    public init(logits: [Double]) {
        let zeros = logits.map { _ in 0.0 }
        state = State(logits: logits, firstMoment: zeros, secondMoment: zeros, steps: 0)
        gradient = zeros
    }

    public var logits: [Double] { state.logits }

    /// ln π(arm), nats.
    public var logProbabilities: [Double] {
        let highest = state.logits.max() ?? 0
        let normalizer = highest + log(state.logits.reduce(0) { $0 + exp($1 - highest) })
        return state.logits.map { $0 - normalizer }
    }

    /// π(arm).
    public var probabilities: [Double] { logProbabilities.map(exp) }

    public func outputs(of groups: [TokenGroup]) -> [[Double]] {
        let logProbabilities = logProbabilities
        return groups.map { group in
            group.completions.map { completion in completion.reduce(0) { $0 + logProbabilities[Int($1)] } }
        }
    }

    /// ∇ ln π(y) is the indicator of y less π.
    public func accumulateGradient(
        of groups: [TokenGroup], coefficients: ([[Double]]) throws -> [[Double]]
    ) throws {
        let probabilities = probabilities
        for (group, coefficients) in zip(groups, try coefficients(outputs(of: groups))) {
            for (completion, coefficient) in zip(group.completions, coefficients) {
                for arm in completion {
                    gradient[Int(arm)] += coefficient
                    for other in gradient.indices { gradient[other] -= coefficient * probabilities[other] }
                }
            }
        }
    }

    public func step(learningRate: Double, maximumGradientNorm: Double?) -> Double {
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        defer { for arm in gradient.indices { gradient[arm] = 0 } }
        guard norm.isFinite else { return norm }
        let scale = maximumGradientNorm.map { min(1, $0 / max(norm, .leastNormalMagnitude)) } ?? 1
        state.steps += 1
        let firstCorrection = 1 - pow(0.9, Double(state.steps))
        let secondCorrection = 1 - pow(0.999, Double(state.steps))
        for arm in gradient.indices {
            let slope = scale * gradient[arm]
            state.firstMoment[arm] = 0.9 * state.firstMoment[arm] + 0.1 * slope
            state.secondMoment[arm] = 0.999 * state.secondMoment[arm] + 0.001 * slope * slope
            let mean = state.firstMoment[arm] / firstCorrection
            let deviation = (state.secondMoment[arm] / secondCorrection).squareRoot()
            state.logits[arm] -= learningRate * mean / (deviation + 1e-8)
        }
        return norm
    }

    /// JSON: a float64 is written with as many digits as tell it from every other.
    public func saveState(to folder: String) throws {
        try Files.writeJSON(state, to: folder + "/policy.json")
    }

    public func restoreState(from folder: String) throws {
        let file = folder + "/policy.json"
        let found = try Files.readJSON(State.self, from: file)
        guard found.logits.count == state.logits.count else {
            throw TrainingError.damaged(file: file, what: "the saved policy has another number of arms")
        }
        state = found
        for arm in gradient.indices { gradient[arm] = 0 }
    }
}
