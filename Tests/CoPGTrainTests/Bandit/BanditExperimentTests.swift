import CoPGTrain
import Foundation
import Testing

/// The figures of arXiv 2406.19185, section 5, re-derived: the closed forms to five digits, the trained
/// policies within a few spreads over seeds.
struct BanditExperimentTests {
    private static func close(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
    }

    @Test func closedFormsAreThePapers() {
        let problem = BanditConfiguration().problem
        #expect(Self.close(problem.optimalPolicy, [0.70538, 0.25950, 0.03512], 5e-6))
        #expect(abs(problem.optimalValue - 2.12520) < 5e-6)
        #expect(abs(problem.value(of: problem.reference) - 1.83333) < 5e-6)
        #expect(abs(problem.regret(of: problem.reference) - 0.29187) < 5e-6)
    }

    @Test func regretIsTheShortfallOfTheObjective() {
        let problem = BanditConfiguration().problem
        for first in stride(from: 0.0, through: 1.0, by: 0.125) {
            for second in stride(from: 0.0, through: 1.0 - first, by: 0.125) {
                let policy = [first, second, 1 - first - second]
                let shortfall = problem.optimalValue - problem.value(of: policy)
                #expect(abs(problem.regret(of: policy) - shortfall) < 1e-12)
            }
        }
    }

    @Test func everyMethodEndsWhereThePaperSays() throws {
        var configuration = BanditConfiguration()
        configuration.runs = 2
        configuration.methods = [.copg, .ipo, .dpo, .pg, .pgExactValue]
        let report = try BanditExperiment(configuration).run()
        // Regret at 100 epochs, its tolerance, and the population's fixed point.
        let expected: [BanditMethod: (regret: Double, tolerance: Double, fixedPoint: [Double])] = [
            .copg: (0.0131, 0.0005, report.optimalPolicy),
            .ipo: (0.153, 0.01, [0.4242, 0.3527, 0.2231]),
            .pg: (0.637, 0.015, [0.194, 0.250, 0.556]),
            .pgExactValue: (0.027, 0.002, [0.8115, 0.1675, 0.0209]),
            .dpo: (0.016, 0.008, report.optimalPolicy),
        ]
        #expect(report.methods.map(\.method) == configuration.methods)
        for method in report.methods {
            let figures = try #require(expected[method.method])
            #expect(method.regret.count == 101)
            #expect(abs(method.regret[0] - 0.29187) < 5e-6)
            #expect(abs(method.regret[100] - figures.regret) < figures.tolerance, "\(method.method)")
            #expect(Self.close(method.fixedPoint ?? [], figures.fixedPoint, 5e-4), "\(method.method)")
        }
        // Without a baseline the regret rises all along once it rises: from the middle on, every epoch is
        // worse.
        let unbased = try #require(report.methods.first { $0.method == .pg })
        #expect(unbased.regret[100] > unbased.regret[50] && unbased.regret[50] > unbased.regret[25])
    }

    /// Not in the paper. The contrastive ones share CoPG's fixed point, and so does a value learned on the same
    /// pairs: their mean reward is what every arm is compared with. While that value is learned the policy goes
    /// where it would without one.
    @Test func theRestOfTheFamilySharesTheOptimum() throws {
        var configuration = BanditConfiguration()
        configuration.runs = 1
        configuration.methods = [.slic, .rebel, .infonce, .rloo, .pgValue]
        let report = try BanditExperiment(configuration).run()
        for method in report.methods {
            guard let fixedPoint = method.fixedPoint else {
                #expect(method.method == .slic)
                continue
            }
            #expect(Self.close(fixedPoint, report.optimalPolicy, 5e-4), "\(method.method)")
            let tolerance = method.method == .pgValue ? 0.2 : 0.05
            #expect(method.regret[100] < tolerance, "\(method.method)")
        }
        #expect(report.picture.hasPrefix("<svg"))
        #expect(report.picture.components(separatedBy: "<polyline").count == 1 + report.methods.count)
    }

    @Test func contrastConvergesWithALargerLearningRate() throws {
        var configuration = BanditConfiguration()
        configuration.runs = 1
        configuration.methods = [.copg]
        configuration.learningRate = 3e-3
        let report = try BanditExperiment(configuration).run()
        #expect(report.methods[0].regret[100] < 1e-6)
    }

    /// IPO's population loss is a weighted least-squares problem: D_ab should be tanh(ΔR/2)/(2β), weighted by
    /// how often the two arms meet. With θ₃ = 0 its normal equations are two by two.
    @Test func identityPreferenceFixedPointIsLeastSquares() throws {
        var configuration = BanditConfiguration()
        configuration.runs = 1
        configuration.epochs = 1
        configuration.methods = [.ipo]
        let report = try BanditExperiment(configuration).run()
        let problem = configuration.problem
        func weight(_ a: Int, _ b: Int) -> Double {
            configuration.first[a] * configuration.second[b] + configuration.first[b]
                * configuration.second[a]
        }
        func target(_ a: Int, _ b: Int) -> Double {
            tanh((problem.rewards[a] - problem.rewards[b]) / 2) / (2 * problem.beta)
        }
        let (w01, w02, w12) = (weight(0, 1), weight(0, 2), weight(1, 2))
        let right0 = w01 * target(0, 1) + w02 * target(0, 2)
        let right1 = -w01 * target(0, 1) + w12 * target(1, 2)
        let determinant = (w01 + w02) * (w01 + w12) - w01 * w01
        let logits = [
            (right0 * (w01 + w12) + w01 * right1) / determinant,
            ((w01 + w02) * right1 + w01 * right0) / determinant, 0,
        ]
        let sum = logits.reduce(0) { $0 + exp($1) }
        let policy = logits.map { exp($0) / sum }
        #expect(Self.close(report.methods[0].fixedPoint ?? [], policy, 1e-9))
        #expect(abs(problem.regret(of: policy) - 0.1525) < 5e-5)
    }

    @Test func reportIsTheSameEveryTime() throws {
        var configuration = BanditConfiguration()
        configuration.runs = 1
        configuration.epochs = 2
        #expect(try BanditExperiment(configuration).run() == BanditExperiment(configuration).run())
    }
}
