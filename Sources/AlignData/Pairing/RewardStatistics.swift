/// Mean and standard deviation of the rewards of a data set.
public struct RewardStatistics: Hashable, Sendable {
    public var mean: Double
    /// Of the rewards as a whole population; 0 for fewer than two.
    public var deviation: Double

    public init(mean: Double, deviation: Double) {
        self.mean = mean
        self.deviation = deviation
    }

    /// Gathers rewards in one pass (Welford 1962), which keeps its digits far from zero. The order of the
    /// values is that of the data set, so the same data give the same bits.
    public struct Running: Sendable {
        public private(set) var count = 0
        private var mean = 0.0
        private var squares = 0.0

        public init() {}

        public mutating func add(_ value: Double) {
            count += 1
            let difference = value - mean
            mean += difference / Double(count)
            squares += difference * (value - mean)
        }

        public var statistics: RewardStatistics {
            RewardStatistics(
                mean: mean, deviation: count > 1 ? (squares / Double(count)).squareRoot() : 0)
        }
    }
}
