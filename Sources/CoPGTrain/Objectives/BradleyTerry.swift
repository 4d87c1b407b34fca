public import AlignData
import Foundation

/// The likelihood of a preference under Bradley–Terry (1952), for reward models:
///
///     −ln σ(r_chosen − r_rejected − m)
///
/// over a group of two completions whose first is the chosen one; r are the model's outputs, and the margin
/// m = R(first) − R(second) comes in the group's rewards (0 when both are equal). A batch is the mean over
/// pairs.
public struct BradleyTerry: CompletionObjective {
    public init() {}

    public var identity: String { "bradley-terry" }
    public var readsReference: Bool { false }

    public func weight(rewards: [Double], pairs: [CompletionPair]) -> Double { 1 }

    public func evaluate(_ group: ScoredGroup) throws -> ObjectiveValue {
        guard group.count == 2 else { throw ObjectiveError.notTwoCompletions(count: group.count) }
        let outputs = group.logProbabilities
        let advantage = outputs[0] - outputs[1] - (group.rewards[0] - group.rewards[1])
        let slope = -sigmoid(-advantage)
        var statistics = PairStatistics()
        statistics.add(chosenReward: outputs[0], rejectedReward: outputs[1])
        return ObjectiveValue(
            loss: softplus(-advantage), coefficients: [slope, -slope], statistics: statistics)
    }
}

/// σ(x) = 1/(1 + e⁻ˣ), without overflow.
func sigmoid(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + exp(-x)) }
    let e = exp(x)
    return e / (1 + e)
}

/// ln(1 + eˣ) = −ln σ(−x), without overflow.
func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
