public import AlignData

/// A loss over the completions of one prompt that depends on the model only through a few numbers of each
/// completion: its log-probability, or with a value head those of its tokens and the values of its states.
///
/// A batch minimises Σ loss(group) / Σ weight(group). The weight says what is averaged: 1 a group where the
/// loss is already a mean over the group, the number of pairs where the loss is a sum over pairs. It depends
/// on nothing that training changes, so a batch is normalised before its first forward pass and the gradient
/// does not depend on how the batch is cut.
///
/// What conforms is a `CompletionObjective` or a `TokenObjective`.
public protocol Objective: Sendable {
    /// The name and the parameters, for instance `copg(beta=0.06,form=listed)`. Two objectives with the same
    /// identity are the same function.
    var identity: String { get }

    /// β, the temperature of the KL term; nil for an objective without one.
    var temperature: Double? { get }

    /// Whether the loss reads ln π_ref: such data are checked against the model before the first step.
    var readsReference: Bool { get }

    /// What the group counts in the batch's denominator; 0 when the group has nothing to learn from.
    func weight(rewards: [Double], pairs: [CompletionPair]) -> Double
}

extension Objective {
    public var temperature: Double? { nil }
    public var readsReference: Bool { true }
}

/// An objective that sees one number a completion.
public protocol CompletionObjective: Objective {
    /// The loss and its gradient with respect to every ℓ.
    /// - Throws: `ObjectiveError` when the group has not the shape that the objective needs.
    func evaluate(_ group: ScoredGroup) throws -> ObjectiveValue
}

/// The numbers of one prompt's K completions that an objective sees. All arrays but `pairs` have K elements.
public struct ScoredGroup: Hashable, Sendable {
    /// R(x, y).
    public var rewards: [Double]
    /// ℓ = ln π(y|x), nats. For a reward model: its outputs.
    public var logProbabilities: [Double]
    /// ln π_ref(y|x), nats. Not read by objectives of reward models.
    public var referenceLogProbabilities: [Double]
    /// The listed pairs, by index. The same pair may be listed more than once.
    public var pairs: [CompletionPair]

    /// `pairs` is all K·(K−1)/2 pairs when nil.
    public init(
        rewards: [Double], logProbabilities: [Double], referenceLogProbabilities: [Double],
        pairs: [CompletionPair]? = nil
    ) {
        precondition(rewards.count == logProbabilities.count, "one log-probability for every reward")
        precondition(rewards.count == referenceLogProbabilities.count, "one reference for every reward")
        self.rewards = rewards
        self.logProbabilities = logProbabilities
        self.referenceLogProbabilities = referenceLogProbabilities
        self.pairs = pairs ?? CompletionPair.all(of: rewards.count)
    }

    public var count: Int { rewards.count }

    /// L = ln π(y|x) − ln π_ref(y|x).
    public var logRatios: [Double] { zip(logProbabilities, referenceLogProbabilities).map { $0 - $1 } }
}

/// What an objective says of one group. Not yet divided by the batch's weight.
public struct ObjectiveValue: Hashable, Sendable {
    public var loss: Double
    /// ∂loss/∂ℓ for every completion.
    public var coefficients: [Double]
    public var statistics: PairStatistics

    public init(loss: Double, coefficients: [Double], statistics: PairStatistics = PairStatistics()) {
        self.loss = loss
        self.coefficients = coefficients
        self.statistics = statistics
    }
}

/// A group that an objective cannot be applied to.
public enum ObjectiveError: DescribedError, Equatable {
    /// Bradley–Terry compares two completions; the group has another number.
    case notTwoCompletions(count: Int)

    public var category: FailureCategory { .badData }

    public var summary: String {
        switch self {
        case .notTwoCompletions(let count):
            "a preference has two completions, chosen and rejected, but the group has \(count)"
        }
    }
}
