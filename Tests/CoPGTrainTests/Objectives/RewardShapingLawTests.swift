import AlignData
import CoPGTrain
import Testing

/// What shaping rewards does to CoPG, and what it does not.
struct RewardShapingLawTests {
    private static func close(_ a: ObjectiveValue, _ b: ObjectiveValue, scale: Double = 1) -> Bool {
        let pairs = zip([a.loss] + a.coefficients, [b.loss] + b.coefficients)
        return a.coefficients.count == b.coefficients.count
            && pairs.allSatisfy { abs($0 - scale * $1) <= 1e-12 * max(1, abs($0)) }
    }

    private static func shaped(
        _ group: ScoredGroup, _ shaping: RewardShaping, _ statistics: RewardStatistics? = nil
    ) -> ScoredGroup {
        var group = group
        group.rewards = shaping.shaped(group.rewards, statistics: statistics)
        return group
    }

    @Test func centringEachPromptChangesNothing() {
        for group in ObjectiveLawTests.allWorlds {
            for form in CoPG.Form.allCases {
                let objective = CoPG(beta: 0.5, form: form)
                #expect(
                    Self.close(objective.evaluate(Self.shaped(group, .center)), objective.evaluate(group)))
            }
        }
    }

    /// A reward divided by the deviation, with β divided by it too, is the loss divided by it: the same optimum. So
    /// whitening at β is no whitening at β·deviation.
    @Test func whiteningIsAnotherBeta() {
        var running = RewardStatistics.Running()
        for reward in [-3.0, 1, 2, 7.5] { running.add(reward) }
        let statistics = running.statistics
        let deviation = statistics.deviation
        for group in ObjectiveLawTests.allWorlds {
            for form in CoPG.Form.allCases {
                let whitened = CoPG(beta: 0.5, form: form).evaluate(Self.shaped(group, .whiten, statistics))
                let plain = CoPG(beta: 0.5 * deviation, form: form).evaluate(group)
                #expect(Self.close(whitened, plain, scale: 1 / deviation))
            }
        }
    }

    /// Clipping is no such thing: it moves the optimum.
    @Test func clippingChangesTheGradient() {
        let group = ObjectiveLawTests.worlds(of: 2)[6]
        let objective = CoPG(beta: 0.5)
        let clipped = Self.shaped(group, .clip(lower: -0.25, upper: 0.25))
        #expect(group.rewards != clipped.rewards)
        #expect(!Self.close(objective.evaluate(clipped), objective.evaluate(group)))
    }
}
