/// The toy experiment of arXiv 2406.19185, section 5. The defaults are the paper's and live here alone.
public struct BanditConfiguration: Hashable, Sendable, Codable {
    public var problem = BanditProblem(rewards: [2.5, 2, 1], reference: [1 / 3, 1 / 3, 1 / 3], beta: 0.5)
    /// What the two completions of a pair are drawn from: neither is the reference, nor each other.
    public var first: [Double] = [0.1, 0.2, 0.7]
    public var second: [Double] = [0.05, 0.05, 0.9]
    /// Pairs drawn, once for each seed.
    public var pairs: Int = 10_000
    public var pairsPerStep: Int = 512
    public var epochs: Int = 100
    public var learningRate: Double = 1e-3
    /// Runs, with the seeds 0 ..< runs.
    public var runs: Int = 10
    public var methods: [BanditMethod] = BanditMethod.allCases

    public init() {}
}
