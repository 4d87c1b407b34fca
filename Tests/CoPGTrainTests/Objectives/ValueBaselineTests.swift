import AlignData
import CoPGTrain
import Foundation
import Testing

/// The laws of the learned baseline, over small worlds: completions of one to four tokens.
struct ValueBaselineTests {
    private static let betas = [0.06, 0.5, 2.0]

    /// Groups of two completions with every pair of lengths; numbers from an irregular grid.
    static let worlds: [TokenScoredGroup] = (1...4).flatMap { first in
        (1...4).map { second in
            var index = Double(first * 5 + second)
            func next() -> Double {
                index += 1
                return sin(index * 1.7)
            }
            let lengths = [first, second]
            let outputs = lengths.map { length in
                TokenSeries(
                    logProbabilities: (0..<length).map { _ in next() - 1.5 },
                    values: (0..<length).map { _ in next() })
            }
            let reference = lengths.map { length in (0..<length).map { _ in next() - 1.5 } }
            return TokenScoredGroup(
                rewards: [next(), next()], outputs: outputs,
                wholeReference: reference.map { $0.reduce(0, +) }, tokenReference: reference)
        }
    }

    static func objectives(_ beta: Double) -> [ValueBaseline] {
        [ValueBaseline(beta: beta)]
            + [0, 0.3, 1].map { ValueBaseline(beta: beta, advantage: .temporalDifference, lambda: $0) }
    }

    private static func close(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-12) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($0), abs($1)) }
    }

    /// A_t by its definition, from the last token to the first.
    private static func advantages(_ objective: ValueBaseline, _ group: TokenScoredGroup, _ k: Int)
        -> [Double]
    {
        let output = group.outputs[k]
        let count = output.count
        let rewards = (0..<count).map { t in
            (t == count - 1 ? group.whole.rewards[k] : 0)
                - objective.beta * (output.logProbabilities[t] - group.referenceLogProbabilities[k][t])
        }
        switch objective.advantage {
        case .monteCarlo: return (0..<count).map { _ in rewards.reduce(0, +) - output.values[0] }
        case .temporalDifference:
            let errors = (0..<count).map { t in
                rewards[t] + (t + 1 < count ? output.values[t + 1] : 0) - output.values[t]
            }
            return (0..<count).map { t in
                (t..<count).reduce(0) { $0 + pow(objective.lambda, Double($1 - t)) * errors[$1] }
            }
        }
    }

    @Test(arguments: betas) func coefficientsAreTheAdvantages(beta: Double) {
        for group in Self.worlds {
            for objective in Self.objectives(beta) {
                let value = objective.evaluate(group)
                for k in 0..<2 {
                    let expected = Self.advantages(objective, group, k).map { -$0 / 2 }
                    #expect(
                        Self.close(value.coefficients[k].logProbabilities, expected), "\(objective.identity)")
                }
            }
        }
    }

    /// With advantages and targets held, the loss is linear in ln π and quadratic in V: its differences are exact.
    @Test(arguments: betas) func coefficientsAreTheDerivativeOfTheLossWithTargetsHeld(beta: Double) {
        for group in Self.worlds {
            for objective in Self.objectives(beta) {
                let held = (0..<2).map { Self.advantages(objective, group, $0) }
                func loss(_ outputs: [TokenSeries]) -> Double {
                    (0..<2).reduce(0) { sum, k in
                        let states = objective.advantage == .monteCarlo ? 1 : outputs[k].count
                        let policy = zip(held[k], outputs[k].logProbabilities).reduce(0) { $0 - $1.0 * $1.1 }
                        let values = (0..<states).reduce(0) { sum, t in
                            let target = held[k][t] + group.outputs[k].values[t]
                            return sum + pow(outputs[k].values[t] - target, 2) / 2
                        }
                        return sum + (policy + values / Double(states)) / 2
                    }
                }
                let value = objective.evaluate(group)
                #expect(Self.close([value.policyLoss + value.valueLoss], [loss(group.outputs)]))
                for k in 0..<2 {
                    for t in 0..<group.outputs[k].count {
                        func difference(_ key: WritableKeyPath<TokenSeries, [Double]>) -> Double {
                            var above = group.outputs
                            var below = group.outputs
                            above[k][keyPath: key][t] += 1e-4
                            below[k][keyPath: key][t] -= 1e-4
                            return (loss(above) - loss(below)) / 2e-4
                        }
                        let slopes = value.coefficients[k]
                        #expect(
                            Self.close([slopes.logProbabilities[t]], [difference(\.logProbabilities)], 1e-8))
                        #expect(Self.close([slopes.values[t]], [difference(\.values)], 1e-8))
                    }
                }
            }
        }
    }

    /// TD(1) compares the rewards to come with the state's own value.
    @Test(arguments: betas) func withLambdaOneTheNextStatesValueDoesNotMatter(beta: Double) {
        let objective = ValueBaseline(beta: beta, advantage: .temporalDifference, lambda: 1)
        for group in Self.worlds {
            var other = group
            for k in 0..<2 {
                for t in 1..<max(1, group.outputs[k].count) { other.outputs[k].values[t] += 3 }
            }
            for k in 0..<2 {
                #expect(
                    Self.close(
                        [objective.evaluate(group).coefficients[k].logProbabilities[0]],
                        [objective.evaluate(other).coefficients[k].logProbabilities[0]]))
            }
        }
    }

    @Test(arguments: betas) func forSingleTokensTemporalDifferencesAreMonteCarlo(beta: Double) {
        let group = Self.worlds[0]
        for objective in Self.objectives(beta) {
            let value = objective.evaluate(group)
            let whole = ValueBaseline(beta: beta).evaluate(group)
            for (a, b) in zip(value.coefficients, whole.coefficients) {
                #expect(Self.close(a.logProbabilities + a.values, b.logProbabilities + b.values))
            }
        }
    }

    /// With V = 0 it is REINFORCE without a baseline; a constant added to rewards and to V changes nothing.
    @Test(arguments: betas) func theBaselineIsSubtractedFromTheReward(beta: Double) {
        for group in Self.worlds {
            var bare = group
            for k in 0..<2 { bare.outputs[k].values = bare.outputs[k].values.map { _ in 0 } }
            let coefficients = ValueBaseline(beta: beta).evaluate(bare).coefficients
            let plain = PolicyGradient(beta: beta).evaluate(bare.whole).coefficients
            for k in 0..<2 {
                #expect(coefficients[k].logProbabilities.allSatisfy { abs($0 - plain[k]) < 1e-12 })
            }
            for objective in Self.objectives(beta) {
                var shifted = group
                for k in 0..<2 {
                    shifted.whole.rewards[k] += 4
                    shifted.outputs[k].values = shifted.outputs[k].values.map { $0 + 4 }
                }
                for (a, b) in zip(
                    objective.evaluate(group).coefficients, objective.evaluate(shifted).coefficients)
                {
                    #expect(Self.close(a.logProbabilities + a.values, b.logProbabilities + b.values, 1e-10))
                }
            }
        }
    }

    private static func objective(_ advantage: ValueBaseline.Advantage) -> AnyObjective {
        .tokens(ValueBaseline(beta: TrainingWorld.beta, advantage: advantage))
    }

    /// In a bandit the value learns the mean of the regularised rewards that the data have.
    @Test(arguments: ValueBaseline.Advantage.allCases) func theValueIsLearned(
        advantage: ValueBaseline.Advantage
    ) throws {
        var configuration = TrainingWorld.configuration
        configuration.epochs = 400
        configuration.groupsPerStep = 11
        configuration.learningRate = 0.02
        let policy = TrainingWorld.policy
        _ = try TrainingWorld.trainer(
            policy, Self.objective(advantage), configuration: configuration, folder: nil
        ).run { _ in .more }
        let reference = TrainingWorld.policy.logProbabilities
        var sum = 0.0
        for group in TrainingWorld.groups {
            let rewards = group.candidates.map { candidate in
                let arm = Int(candidate.tokens[0])
                return candidate.reward - TrainingWorld.beta * (policy.logProbabilities[arm] - reference[arm])
            }
            sum += rewards.reduce(0, +) / Double(rewards.count)
        }
        #expect(abs(policy.value - sum / Double(TrainingWorld.groups.count)) < 0.02)
    }

    /// ln π_ref of the tokens is kept beside the checkpoints: a killed run goes on with the same.
    @Test func temporalDifferencesGoOnFromAnyKillToTheSameFiles() throws {
        func run(_ folder: String, batches: Int?) throws -> [Double] {
            let policy = TrainingWorld.policy
            let source = batches.map { FailingSource(TrainingWorld.source, batches: $0) }
            _ = try TrainingWorld.trainer(
                policy, Self.objective(.temporalDifference), source: source ?? TrainingWorld.source,
                folder: folder
            ).run { _ in .more }
            return policy.logits
        }
        let expected = try TrainingWorld.withFolder { folder in
            (try run(folder, batches: nil), try TrainingWorld.files(in: folder))
        }
        #expect(expected.1["token-reference.sqlite"] != nil)
        for batches in 0..<21 {
            try TrainingWorld.withFolder { folder in
                #expect(throws: FailingSource.Failure.self) { try run(folder, batches: batches) }
                let logits = try run(folder, batches: nil)
                let files = try TrainingWorld.files(in: folder)
                #expect(logits == expected.0 && files == expected.1)
            }
        }
        try TrainingWorld.withFolder { folder in
            #expect(throws: FailingSource.Failure.self) { try run(folder, batches: 18) }
            let path = folder + "/token-reference.sqlite"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count - 9] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: TrainingError.self) { try run(folder, batches: nil) }
            guard case .damaged? = error else {
                Issue.record("another error: \(String(describing: error))")
                return
            }
        }
    }
}
