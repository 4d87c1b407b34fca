/// Which pairs of a prompt's K completions are listed.
public enum PairingStrategy: String, Hashable, Sendable, Codable, CaseIterable {
    /// All K·(K−1)/2 pairs.
    case all
    /// A number of different pairs, drawn without replacement.
    case random
    /// One pair: the highest reward against the lowest; the earlier completion wins a tie on either side.
    case bestAgainstWorst = "best-against-worst"
    /// K−1 pairs: the highest reward against each other completion; the earliest of equals is the best.
    case bestAgainstEach = "best-against-each"
    /// K−1 pairs: each completion against the next one in order of reward; equals in the order they came.
    case adjacentInRank = "adjacent-in-rank"
    /// The pairs whose rewards differ by at least a margin.
    case margin
}

/// How a prompt's completions are paired. The defaults live here and nowhere else.
public struct PairingRule: Hashable, Sendable, Codable {
    public var strategy: PairingStrategy = .all
    /// Pairs a prompt, for the strategy `random`; all of them where there are fewer.
    public var randomPairs: Int = 1
    /// The smallest |ΔR| of a pair, for the strategy `margin`; 0 lists all pairs.
    public var minimumMargin: Double = 0
    /// Whether pairs of equal rewards stay. They carry gradient: they hold the two log-ratios together.
    public var keepsTies: Bool = true

    public init() {}
}
