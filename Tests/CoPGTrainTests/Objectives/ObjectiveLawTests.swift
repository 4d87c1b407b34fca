import AlignData
import CoPGTrain
import Foundation
import Testing

/// The laws that the objectives obey, over every small world: rewards and log-ratios from small grids, groups
/// of two to four completions.
struct ObjectiveLawTests {
    private static let betas = [0.06, 0.5, 2.0]

    /// All rewards from {−1, 0, 0.5} with log-ratios that differ from completion to completion.
    static func worlds(of count: Int) -> [ScoredGroup] {
        let grid = [-1.0, 0, 0.5]
        let ratios = [0.3, -0.7, 1.1, 0.05]
        let total = Int(pow(3, Double(count)))
        return (0..<total).map { world in
            var digits = world
            let rewards = (0..<count).map { _ -> Double in
                defer { digits /= 3 }
                return grid[digits % 3]
            }
            let reference = (0..<count).map { -2 - Double($0) / 2 }
            return ScoredGroup(
                rewards: rewards,
                logProbabilities: (0..<count).map { reference[$0] + ratios[($0 + world) % 4] },
                referenceLogProbabilities: reference)
        }
    }

    static let allWorlds = [2, 3, 4].flatMap(worlds(of:))

    private static func close(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-12) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($0), abs($1)) }
    }

    /// Of the loss, by central differences.
    private static func differences(_ objective: any CompletionObjective, _ group: ScoredGroup) throws
        -> [Double]
    {
        try group.logProbabilities.indices.map { index in
            var above = group
            var below = group
            above.logProbabilities[index] += 1e-5
            below.logProbabilities[index] -= 1e-5
            return try (objective.evaluate(above).loss - objective.evaluate(below).loss) / 2e-5
        }
    }

    @Test func contrastIsZeroAtTheReference() {
        for var group in Self.allWorlds {
            group.logProbabilities = group.referenceLogProbabilities
            for form in CoPG.Form.allCases { #expect(CoPG(beta: 0.5, form: form).evaluate(group).loss == 0) }
        }
    }

    @Test(arguments: betas) func coefficientsAreTheDerivativeOfTheLoss(beta: Double) throws {
        let objectives: [any CompletionObjective] = [
            CoPG(beta: beta, form: .listed), CoPG(beta: beta, form: .group), IPO(beta: beta), DPO(beta: beta),
            SLiC(beta: beta), REBEL(beta: beta), InfoNCE(beta: beta), InfoNCE(beta: beta, alpha: 0.4),
        ]
        for group in Self.allWorlds {
            for objective in objectives {
                let coefficients = try objective.evaluate(group).coefficients
                #expect(
                    Self.close(coefficients, try Self.differences(objective, group), 1e-7),
                    "\(objective.identity)")
            }
        }
        for group in Self.worlds(of: 2) {
            let coefficients = try BradleyTerry().evaluate(group).coefficients
            #expect(Self.close(coefficients, try Self.differences(BradleyTerry(), group), 1e-7))
        }
    }

    /// The surrogates' coefficients are the derivative of their value with the advantages held.
    @Test(arguments: betas) func surrogateCoefficientsAreTheAdvantages(beta: Double) {
        for group in Self.allWorlds {
            let regularized = zip(group.rewards, group.logRatios).map { $0 - beta * $1 }
            let count = Double(group.count)
            let sum = regularized.reduce(0, +)
            #expect(
                Self.close(
                    PolicyGradient(beta: beta).evaluate(group).coefficients, regularized.map { -$0 / count }))
            #expect(
                Self.close(
                    RLOO(beta: beta).evaluate(group).coefficients,
                    regularized.map { -($0 - (sum - $0) / (count - 1)) / count }))
        }
    }

    @Test(arguments: betas) func aConstantAddedToTheRewardsChangesNothing(beta: Double) throws {
        let objectives: [any CompletionObjective] = [
            CoPG(beta: beta, form: .listed), CoPG(beta: beta, form: .group), IPO(beta: beta), DPO(beta: beta),
            SLiC(beta: beta), REBEL(beta: beta), InfoNCE(beta: beta), RLOO(beta: beta),
        ]
        for group in Self.allWorlds {
            var shifted = group
            for index in shifted.rewards.indices { shifted.rewards[index] += 4 }
            for objective in objectives {
                let value = try objective.evaluate(group)
                let other = try objective.evaluate(shifted)
                #expect(abs(value.loss - other.loss) < 1e-12, "\(objective.identity)")
                #expect(Self.close(value.coefficients, other.coefficients), "\(objective.identity)")
            }
        }
    }

    @Test(arguments: betas) func scalingRewardsAndTemperatureScalesTheLoss(beta: Double) {
        for form in CoPG.Form.allCases {
            for group in Self.allWorlds {
                var scaled = group
                for index in scaled.rewards.indices { scaled.rewards[index] *= 8 }
                let value = CoPG(beta: beta, form: form).evaluate(group)
                let other = CoPG(beta: 8 * beta, form: form).evaluate(scaled)
                #expect(Self.close([8 * value.loss], [other.loss]))
                #expect(Self.close(value.coefficients.map { 8 * $0 }, other.coefficients))
            }
        }
    }

    @Test(arguments: betas) func theOptimumHasNoGradientAndTheLeastLoss(beta: Double) {
        for group in Self.allWorlds {
            var optimal = group
            for index in group.rewards.indices {
                // π_ref·exp(R/β)/Z, with some Z.
                optimal.logProbabilities[index] =
                    group.referenceLogProbabilities[index] + group.rewards[index] / beta - 0.7
            }
            for form in CoPG.Form.allCases {
                let objective = CoPG(beta: beta, form: form)
                let value = objective.evaluate(optimal)
                #expect(value.coefficients.allSatisfy { abs($0) < 1e-12 })
                #expect(value.loss <= objective.evaluate(group).loss + 1e-12)
            }
            let least = group.pairs.reduce(0.0) { sum, pair in
                let difference = group.rewards[pair.first] - group.rewards[pair.second]
                return sum - difference * difference / (2 * beta)
            }
            #expect(Self.close([CoPG(beta: beta).evaluate(optimal).loss], [least]))
        }
    }

    @Test(arguments: betas) func twoCompletionsAreTwiceLeaveOneOut(beta: Double) {
        for group in Self.allWorlds {
            let contrast = CoPG(beta: beta, form: .group).evaluate(group).coefficients
            let baseline = RLOO(beta: beta).evaluate(group).coefficients
            #expect(Self.close(contrast, baseline.map { 2 * $0 }))
        }
    }

    /// On-policy, E[−gradient of a pair] = 2·∇J, by enumeration of all pairs of arms of a softmax.
    @Test(arguments: betas) func onPolicyTheExpectedGradientIsTwiceThatOfTheObjective(beta: Double) {
        let problem = BanditProblem(rewards: [2.5, 2, 1], reference: [0.2, 0.5, 0.3], beta: beta)
        for logits in [[0.0, 0, 0], [1, -0.5, 0.2], [-2, 0.3, 1.5]] {
            let policy = SoftmaxPolicy(logits: logits)
            let (probabilities, logProbabilities) = (policy.probabilities, policy.logProbabilities)
            var expected = [0.0, 0, 0]
            for first in 0..<3 {
                for second in 0..<3 {
                    let arms = [first, second]
                    let group = ScoredGroup(
                        rewards: arms.map { problem.rewards[$0] },
                        logProbabilities: arms.map { logProbabilities[$0] },
                        referenceLogProbabilities: arms.map { log(problem.reference[$0]) })
                    let share = probabilities[first] * probabilities[second]
                    for (arm, coefficient) in zip(arms, CoPG(beta: beta).evaluate(group).coefficients) {
                        for logit in 0..<3 {
                            expected[logit] -=
                                share * coefficient * ((arm == logit ? 1 : 0) - probabilities[logit])
                        }
                    }
                }
            }
            let derivative = (0..<3).map { logit -> Double in
                func value(_ change: Double) -> Double {
                    var moved = logits
                    moved[logit] += change
                    return problem.value(of: SoftmaxPolicy(logits: moved).probabilities)
                }
                return (value(1e-5) - value(-1e-5)) / 2e-5
            }
            #expect(Self.close(expected, derivative.map { 2 * $0 }, 1e-8))
        }
    }

    /// R = ±¼ gives −(1/2β)·(½ − βD)² to be maximised, which is −(β/2)·(D − 1/(2β))²: IPO up to the factor
    /// β/2.
    @Test(arguments: betas) func rewardsOfAQuarterAreIdentityPreference(beta: Double) {
        for log in stride(from: -3.0, through: 3.0, by: 0.25) {
            let group = ScoredGroup(
                rewards: [0.25, -0.25], logProbabilities: [log - 1, -1], referenceLogProbabilities: [-1, -1])
            let contrast = CoPG(beta: beta).evaluate(group)
            let identity = IPO(beta: beta).evaluate(group)
            #expect(Self.close(contrast.coefficients, identity.coefficients.map { beta / 2 * $0 }))
            #expect(Self.close([contrast.loss + 1 / (8 * beta)], [beta / 2 * identity.loss]))
        }
    }

    @Test(arguments: betas) func aTiePullsTheDifferenceToZero(beta: Double) {
        for difference in [-2.0, -0.1, 0.1, 2] {
            let group = ScoredGroup(
                rewards: [1, 1], logProbabilities: [difference - 3, -3], referenceLogProbabilities: [-3, -3])
            let value = CoPG(beta: beta).evaluate(group)
            #expect(Self.close(value.coefficients, [beta * difference, -beta * difference]))
            #expect(value.loss > 0)
            #expect(value.statistics.count == 0)
            for objective in [IPO(beta: beta), DPO(beta: beta), SLiC(beta: beta)] as [any CompletionObjective]
            {
                #expect(objective.weight(rewards: group.rewards, pairs: group.pairs) == 0)
            }
        }
    }

    /// Identical completions have one gradient, so what counts is the sum of their coefficients.
    @Test(arguments: betas) func identicalCompletionsGiveNoGradient(beta: Double) {
        for form in CoPG.Form.allCases {
            let group = ScoredGroup(
                rewards: [0.7, 0.7], logProbabilities: [-2, -2], referenceLogProbabilities: [-3, -3])
            let value = CoPG(beta: beta, form: form).evaluate(group)
            #expect(value.coefficients == [0, 0])
            #expect(value.loss == 0)
        }
    }

    @Test(arguments: betas) func theGroupFormIsTheMeanOverAllPairs(beta: Double) {
        for group in Self.allWorlds {
            let pairs = Double(group.pairs.count)
            let mean = CoPG(beta: beta, form: .group).evaluate(group)
            let sum = CoPG(beta: beta, form: .listed).evaluate(group)
            #expect(Self.close([mean.loss], [sum.loss / pairs]))
            #expect(Self.close(mean.coefficients, sum.coefficients.map { $0 / pairs }))
        }
    }

    @Test(arguments: betas) func aListedPairCountsAsOftenAsItIsListed(beta: Double) {
        for group in Self.worlds(of: 3) {
            var twice = group
            twice.pairs += group.pairs
            let once = CoPG(beta: beta).evaluate(group)
            let value = CoPG(beta: beta).evaluate(twice)
            #expect(Self.close(value.coefficients, once.coefficients.map { 2 * $0 }))
        }
    }

    @Test(arguments: betas) func squaredRelativeRewardsAreContrastOnAnotherScale(beta: Double) {
        for group in Self.allWorlds {
            let contrast = CoPG(beta: beta).evaluate(group).coefficients
            #expect(
                Self.close(REBEL(beta: beta).evaluate(group).coefficients, contrast.map { 2 * beta * $0 }))
        }
    }

    @Test func aPreferenceHasTwoCompletionsAndAMargin() throws {
        #expect(throws: ObjectiveError.notTwoCompletions(count: 3)) {
            try BradleyTerry().evaluate(Self.worlds(of: 3)[0])
        }
        func loss(_ difference: Double, margin: Double) throws -> Double {
            let group = ScoredGroup(
                rewards: [margin, 0], logProbabilities: [difference, 0], referenceLogProbabilities: [0, 0])
            return try BradleyTerry().evaluate(group).loss
        }
        #expect(try abs(loss(0, margin: 0) - log(2)) < 1e-15)
        #expect(try abs(loss(1.5, margin: 1.5) - log(2)) < 1e-15)
        #expect(try loss(900, margin: 0) == 0)
        #expect(try loss(-900, margin: 0) == 900)
    }

    @Test func aRecordKeepsTheNameBetaAndEveryParameter() {
        let value = ValueBaseline(beta: 0.25, advantage: .temporalDifference, lambda: 0.5)
        let objectives: [(any Objective, name: String, beta: Double?)] = [
            (CoPG(beta: 0.25), "copg", 0.25), (IPO(beta: 0.25), "ipo", 0.25), (DPO(beta: 0.25), "dpo", 0.25),
            (SLiC(beta: 0.25), "slic", 0.25), (REBEL(beta: 0.25), "rebel", 0.25),
            (InfoNCE(beta: 0.25), "infonce", 0.25), (RLOO(beta: 0.25), "rloo", 0.25),
            (PolicyGradient(beta: 0.25), "pg", 0.25), (value, "pg-value", 0.25),
            (SupervisedFineTuning(), "sft", nil), (BradleyTerry(), "bradley-terry", nil),
        ]
        for (objective, name, beta) in objectives {
            let record = ObjectiveRecord(objective)
            #expect(record.name == name && record.beta == beta && record.loss == objective.identity)
            #expect(objective.readsReference == (beta != nil))
        }
    }

    @Test func fineTuningIsTheLikelihoodOfEveryCompletion() throws {
        let objective = SupervisedFineTuning()
        for var group in Self.allWorlds {
            let value = objective.evaluate(group)
            #expect(Self.close([value.loss], [-group.logProbabilities.reduce(0, +)]))
            #expect(Self.close(value.coefficients, try Self.differences(objective, group), 1e-7))
            #expect(objective.weight(rewards: group.rewards, pairs: []) == Double(group.count))
            group.rewards = group.rewards.map { $0 + 1 }
            group.referenceLogProbabilities = group.referenceLogProbabilities.map { $0 - 1 }
            #expect(objective.evaluate(group) == value)
        }
    }
}
