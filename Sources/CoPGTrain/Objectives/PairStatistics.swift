import AlignData

/// Sums over the ordered pairs of one or more groups: what the reported means are made of.
///
/// The implied reward of a completion is β·L for a policy (up to a constant, the reward it is optimal for)
/// and the output itself for a reward model.
public struct PairStatistics: Hashable, Sendable {
    /// Pairs with a better and a worse completion; ties are not counted.
    public var count: Double = 0
    /// Pairs in which the better completion has the strictly higher implied reward.
    public var accurate: Double = 0
    public var chosenReward: Double = 0
    public var rejectedReward: Double = 0
    /// Sums of ℓ, nats; nil for a reward model, whose outputs are no log-probabilities.
    public var chosenLogProbability: Double?
    public var rejectedLogProbability: Double?

    public init() {}

    /// The listed pairs of `group`, ordered by their rewards.
    /// - Parameter beta: the scale of the implied reward.
    init(of group: ScoredGroup, beta: Double) {
        let logRatios = group.logRatios
        for pair in group.pairs {
            let difference = group.rewards[pair.first] - group.rewards[pair.second]
            guard difference != 0 else { continue }
            let (chosen, rejected) = difference > 0 ? (pair.first, pair.second) : (pair.second, pair.first)
            add(
                chosenReward: beta * logRatios[chosen], rejectedReward: beta * logRatios[rejected],
                chosenLogProbability: group.logProbabilities[chosen],
                rejectedLogProbability: group.logProbabilities[rejected])
        }
    }

    mutating func add(
        chosenReward: Double, rejectedReward: Double, chosenLogProbability: Double? = nil,
        rejectedLogProbability: Double? = nil
    ) {
        count += 1
        if chosenReward > rejectedReward { accurate += 1 }
        self.chosenReward += chosenReward
        self.rejectedReward += rejectedReward
        PairStatistics.add(chosenLogProbability, to: &self.chosenLogProbability)
        PairStatistics.add(rejectedLogProbability, to: &self.rejectedLogProbability)
    }

    mutating func add(_ other: PairStatistics, times factor: Double) {
        count += factor * other.count
        accurate += factor * other.accurate
        chosenReward += factor * other.chosenReward
        rejectedReward += factor * other.rejectedReward
        PairStatistics.add(other.chosenLogProbability.map { factor * $0 }, to: &chosenLogProbability)
        PairStatistics.add(other.rejectedLogProbability.map { factor * $0 }, to: &rejectedLogProbability)
    }

    private static func add(_ value: Double?, to sum: inout Double?) {
        if let value { sum = (sum ?? 0) + value }
    }
}
