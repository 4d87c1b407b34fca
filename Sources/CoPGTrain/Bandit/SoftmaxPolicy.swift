public import AlignData
import Foundation

/// The smallest policy: a softmax over K arms, in float64, with Adam (Kingma & Ba 2015; β 0.9 and 0.999, ε
/// 1e-8), and the value of its one state. Prompts are empty and a completion is one token, the arm.
public final class SoftmaxPolicy: TrainableActorCritic {
    private struct State: Codable {
        /// A logit for each arm, and last the value.
        var parameters: [Double]
        var firstMoment: [Double]
        var secondMoment: [Double]
        var steps: Int
    }

    private var state: State
    private var gradient: [Double]

    /// - Parameter logits: one for each arm, where the policy begins.
    public init(logits: [Double]) {
        let zeros = [Double](repeating: 0, count: logits.count + 1)
        state = State(parameters: logits + [0], firstMoment: zeros, secondMoment: zeros, steps: 0)
        gradient = zeros
    }

    public var logits: [Double] { state.parameters.dropLast() }
    /// V of the one state; 0 before training.
    public var value: Double { state.parameters[state.parameters.count - 1] }

    /// ln π(arm), nats.
    public var logProbabilities: [Double] {
        logSoftmax(logits)
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
                for arm in completion { add(coefficient, arm, probabilities) }
            }
        }
    }

    private func add(_ coefficient: Double, _ arm: TokenID, _ probabilities: [Double]) {
        gradient[Int(arm)] += coefficient
        for other in probabilities.indices { gradient[other] -= coefficient * probabilities[other] }
    }

    public func tokenOutputs(of groups: [TokenGroup]) -> [[TokenSeries]] {
        let logProbabilities = logProbabilities
        return groups.map { group in
            group.completions.map { completion in
                TokenSeries(
                    logProbabilities: completion.map { logProbabilities[Int($0)] },
                    values: completion.map { _ in value })
            }
        }
    }

    public func accumulateGradient(
        of groups: [TokenGroup], tokenCoefficients: ([[TokenSeries]]) throws -> [[TokenSeries]]
    ) throws {
        let probabilities = probabilities
        for (group, coefficients) in zip(groups, try tokenCoefficients(tokenOutputs(of: groups))) {
            for (completion, series) in zip(group.completions, coefficients) {
                for (arm, coefficient) in zip(completion, series.logProbabilities) {
                    add(coefficient, arm, probabilities)
                }
                gradient[gradient.count - 1] += series.values.reduce(0, +)
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
            state.parameters[arm] -= learningRate * mean / (deviation + 1e-8)
        }
        return norm
    }

    /// JSON: a float64 is written with as many digits as tell it from every other.
    public func saveState(to folder: String) throws {
        try Files.replace(folder + "/policy.json", withJSON: state)
    }

    public func restoreState(from folder: String) throws {
        let file = folder + "/policy.json"
        guard let found = try? JSONText.decode(State.self, from: Files.read(file)) else {
            throw TrainingError.damaged(file: file, what: "the policy's numbers cannot be read")
        }
        guard found.parameters.count == state.parameters.count else {
            throw TrainingError.damaged(file: file, what: "the saved policy has another number of arms")
        }
        state = found
        for arm in gradient.indices { gradient[arm] = 0 }
    }
}
