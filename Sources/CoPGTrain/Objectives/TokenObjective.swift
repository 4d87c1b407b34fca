public import AlignData

/// An objective that sees every token of a completion, and the value that the model gives the state before it.
public protocol TokenObjective: Objective {
    /// Whether it reads ln π_ref of single tokens, which shards do not hold: the trainer then has the model
    /// compute them before its first step, while it is the reference.
    var readsTokenReference: Bool { get }

    /// The loss and its gradient with respect to every token's ln π and every state's value.
    func evaluate(_ group: TokenScoredGroup) -> TokenObjectiveValue
}

/// Two numbers for every token of a completion: of its log-probability, and of the value of the state before
/// it. The model's outputs, or a loss's derivatives with respect to them.
public struct TokenSeries: Hashable, Sendable {
    /// ln π(token | everything before it), nats; or ∂loss/∂ of it.
    public var logProbabilities: [Double]
    /// V(prompt and the tokens before this one); or ∂loss/∂ of it.
    public var values: [Double]

    public init(logProbabilities: [Double], values: [Double]) {
        precondition(logProbabilities.count == values.count, "one value for every token")
        self.logProbabilities = logProbabilities
        self.values = values
    }

    public var count: Int { values.count }

    /// ln π of the whole completion.
    public var logProbability: Double { logProbabilities.reduce(0, +) }
}

/// The numbers of one prompt's K completions that a token objective sees.
public struct TokenScoredGroup: Hashable, Sendable {
    /// The group by whole completions.
    public var whole: ScoredGroup
    /// The model's outputs for each completion.
    public var outputs: [TokenSeries]
    /// ln π_ref of each token of each completion; empty where the objective does not read them.
    public var referenceLogProbabilities: [[Double]]

    public init(
        rewards: [Double], outputs: [TokenSeries], wholeReference: [Double],
        tokenReference: [[Double]] = [], pairs: [CompletionPair]? = nil
    ) {
        whole = ScoredGroup(
            rewards: rewards, logProbabilities: outputs.map(\.logProbability),
            referenceLogProbabilities: wholeReference, pairs: pairs)
        self.outputs = outputs
        referenceLogProbabilities = tokenReference
    }
}

/// What a token objective says of one group. Not yet divided by the batch's weight.
public struct TokenObjectiveValue: Hashable, Sendable {
    /// The policy's part: a surrogate.
    public var policyLoss: Double
    /// The values' part.
    public var valueLoss: Double
    /// ∂(policy loss + value loss)/∂ of every output.
    public var coefficients: [TokenSeries]
    public var statistics: PairStatistics

    public init(
        policyLoss: Double, valueLoss: Double, coefficients: [TokenSeries], statistics: PairStatistics
    ) {
        self.policyLoss = policyLoss
        self.valueLoss = valueLoss
        self.coefficients = coefficients
        self.statistics = statistics
    }
}
