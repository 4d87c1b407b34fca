import Foundation

/// A bandit with a regularised objective, and what is known of it in closed form.
///
///     J(π) = E_π[R] − β·KL(π‖π_ref)        maximal at π* = π_ref·exp(R/β)/Z, where J* = β·ln Z
public struct BanditProblem: Hashable, Sendable, Codable {
    /// R of each arm.
    public var rewards: [Double]
    /// π_ref of each arm; sums to 1.
    public var reference: [Double]
    public var beta: Double

    public init(rewards: [Double], reference: [Double], beta: Double) {
        precondition(rewards.count == reference.count && beta > 0, "one reference probability for every arm")
        self.rewards = rewards
        self.reference = reference
        self.beta = beta
    }

    /// ln(π_ref·exp(R/β)) of each arm, not normalised.
    private var exponents: [Double] { zip(rewards, reference).map { $0 / beta + log($1) } }

    /// J*.
    public var optimalValue: Double {
        let highest = exponents.max() ?? 0
        return beta * (highest + log(exponents.reduce(0) { $0 + exp($1 - highest) }))
    }

    /// π*.
    public var optimalPolicy: [Double] { exponents.map { exp($0 - optimalValue / beta) } }

    /// J(π).
    public func value(of policy: [Double]) -> Double {
        var value = 0.0
        for arm in rewards.indices where policy[arm] > 0 {
            value += policy[arm] * (rewards[arm] - beta * log(policy[arm] / reference[arm]))
        }
        return value
    }

    /// J(π*) − J(π) = β·KL(π‖π*), at least 0.
    public func regret(of policy: [Double]) -> Double {
        let optimal = optimalPolicy
        var divergence = 0.0
        for arm in rewards.indices where policy[arm] > 0 {
            divergence += policy[arm] * log(policy[arm] / optimal[arm])
        }
        return beta * divergence
    }
}
