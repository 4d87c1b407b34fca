import AlignData
import Foundation
import Testing

@Suite struct RewardShapingTests {
    static let shapings: [RewardShaping] = [.none, .scale(0.5), .clip(lower: -1, upper: 2), .whiten, .center]
    static let rules: [UnfinishedRule] = [.keep, .drop, .penalty(1.5), .reward(-1)]

    @Test func aRuleIsItsText() throws {
        for shaping in Self.shapings {
            #expect(RewardShaping(shaping.description) == shaping)
            let json = try JSONEncoder().encode([shaping])
            #expect(String(decoding: json, as: UTF8.self) == "[\"\(shaping)\"]")
            #expect(try JSONDecoder().decode([RewardShaping].self, from: json) == [shaping])
        }
        for rule in Self.rules { #expect(UnfinishedRule(rule.description) == rule) }
        #expect(RewardShaping("clip=-1,1") == .clip(lower: -1, upper: 1))
        #expect(UnfinishedRule("reward=-1") == .reward(-1))
    }

    @Test(arguments: [
        "", "scale", "scale=", "scale=0", "scale=-1", "scale=nan", "scale=1,2", "clip=1", "clip=2,1",
        "clip=1,1",
        "whiten=1", "Whiten", "none=",
    ])
    func whatIsNoRuleIsRefused(text: String) { #expect(RewardShaping(text) == nil) }

    @Test(arguments: [
        "", "penalty", "penalty=0", "penalty=-1", "reward", "reward=inf", "drop=1", "reward=1,2",
    ])
    func whatIsNoRuleForUnfinishedCompletionsIsRefused(text: String) { #expect(UnfinishedRule(text) == nil) }

    @Test func onlyUnfinishedCompletionsAreRuledOn() {
        for rule in Self.rules {
            #expect(rule.reward(3, finishReason: .endOfSequence) == 3)
            #expect(rule.reward(3, finishReason: .given) == 3)
        }
        #expect(Self.rules.map { $0.reward(3, finishReason: .length) } == [3, nil, 1.5, -1])
    }

    @Test func shapingDoesWhatItSays() {
        let rewards = [3.0, -4, 1]
        var running = RewardStatistics.Running()
        for reward in rewards { running.add(reward) }
        #expect(RewardShaping.none.shaped(rewards, statistics: nil) == rewards)
        #expect(RewardShaping.scale(0.5).shaped(rewards, statistics: nil) == [1.5, -2, 0.5])
        #expect(RewardShaping.clip(lower: -1, upper: 2).shaped(rewards, statistics: nil) == [2, -1, 1])
        #expect(RewardShaping.center.shaped(rewards, statistics: nil) == [3, -4, 1])
        #expect(RewardShaping.center.shaped([1, 2, 6], statistics: nil) == [-2, -1, 3])
        let whitened = RewardShaping.whiten.shaped(rewards, statistics: running.statistics)
        #expect(abs(whitened.reduce(0, +)) < 1e-12)
        #expect(abs(whitened.reduce(0) { $0 + $1 * $1 } / 3 - 1) < 1e-12)
    }

    @Test func equalRewardsWhitenToZero() {
        var running = RewardStatistics.Running()
        for _ in 0..<5 { running.add(0.1) }
        #expect(RewardShaping.whiten.shaped([0.1, 0.1], statistics: running.statistics) == [0, 0])
        #expect(RewardStatistics.Running().statistics.deviation == 0)
    }

    /// Far from zero the textbook formula E[x²] − E[x]² would lose every digit.
    @Test func statisticsKeepTheirDigitsFarFromZero() {
        var running = RewardStatistics.Running()
        for index in 0..<1000 { running.add(1e9 + Double(index % 2)) }
        let statistics = running.statistics
        #expect(abs(statistics.deviation - 0.5) < 1e-6 && abs(statistics.mean - (1e9 + 0.5)) < 1e-6)
    }
}
