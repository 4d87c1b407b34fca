public import AlignData

/// REINFORCE (Williams 1992) with a learned value function as the state's baseline, over the K completions of a
/// group. Advantages and targets are taken as given (not differentiated through):
///
///     −(1/K)·Σₖ Σₜ Aₖₜ·ln π(yₖₜ)  +  (1/K)·Σₖ meanₜ ½·(V(sₖₜ) − Gₖₜ)²        (in sₖₜ stand x and yₖ before t)
///
/// - Monte-Carlo: one advantage a completion, the regularised reward R_β = R − β·L less the value of the prompt,
///   and that reward as the target of the prompt's value: Aₖₜ = R_β(yₖ) − V(x), Gₖ = R_β(yₖ).
/// - TD(λ) (Sutton & Barto, chapter 12; as generalised advantages 1506.02438, eq. 16, undiscounted): the reward
///   of a token is rₜ = −β·(ln π − ln π_ref)(yₜ), to which the last one adds R; then
///   δₜ = rₜ + V(sₜ₊₁) − V(sₜ) with V = 0 after the last token, Aₜ = Σᵢ λⁱ·δₜ₊ᵢ and Gₜ = Aₜ + V(sₜ).
///
/// On completions of another policy both are biased. A batch is the mean over groups.
public struct ValueBaseline: TokenObjective {
    /// What an action is compared with.
    public enum Advantage: String, Hashable, Sendable, Codable, CaseIterable {
        case monteCarlo = "monte-carlo"
        case temporalDifference = "td"
    }

    public var beta: Double
    public var advantage: Advantage
    /// λ in 0 ... 1: 0 trusts the next state's value, 1 the rewards to come. Not read by Monte-Carlo.
    public var lambda: Double

    public init(beta: Double, advantage: Advantage = .monteCarlo, lambda: Double = 0.95) {
        precondition(beta > 0, "beta is positive")
        precondition((0...1).contains(lambda), "lambda is between 0 and 1")
        self.beta = beta
        self.advantage = advantage
        self.lambda = lambda
    }

    public var temperature: Double? { beta }
    public var identity: String {
        switch advantage {
        case .monteCarlo: "pg-value(beta=\(beta),advantage=monte-carlo)"
        case .temporalDifference: "pg-value(beta=\(beta),advantage=td,lambda=\(lambda))"
        }
    }

    public var readsTokenReference: Bool { advantage == .temporalDifference }

    public func weight(rewards: [Double], pairs: [CompletionPair]) -> Double { rewards.isEmpty ? 0 : 1 }

    public func evaluate(_ group: TokenScoredGroup) -> TokenObjectiveValue {
        let share = 1 / Double(max(group.outputs.count, 1))
        var value = TokenObjectiveValue(
            policyLoss: 0, valueLoss: 0, coefficients: [],
            statistics: PairStatistics(of: group.whole, beta: beta))
        for (index, output) in group.outputs.enumerated() {
            let advantages = advantages(of: index, in: group)
            // Monte-Carlo knows the prompt's value alone, which stands before the first token.
            let states = advantage == .monteCarlo ? 1 : output.count
            var slopes = TokenSeries(
                logProbabilities: advantages.map { -share * $0 }, values: output.values.map { _ in 0 })
            for (slope, logProbability) in zip(slopes.logProbabilities, output.logProbabilities) {
                value.policyLoss += slope * logProbability
            }
            for state in 0..<states {
                // V − G = −A in both forms.
                let weight = share / Double(states)
                value.valueLoss += weight / 2 * advantages[state] * advantages[state]
                slopes.values[state] = -weight * advantages[state]
            }
            value.coefficients.append(slopes)
        }
        return value
    }

    /// Aₜ for every token of a completion.
    private func advantages(of index: Int, in group: TokenScoredGroup) -> [Double] {
        let output = group.outputs[index]
        let reward = group.whole.rewards[index]
        switch advantage {
        case .monteCarlo:
            let regularized = reward - beta * group.whole.logRatios[index]
            return output.values.map { _ in regularized - output.values[0] }
        case .temporalDifference:
            let reference = group.referenceLogProbabilities[index]
            precondition(reference.count == output.count, "a reference for every token")
            var advantages = output.values.map { _ in 0.0 }
            var following = 0.0
            for token in output.values.indices.reversed() {
                let isLast = token + 1 == output.count
                let step =
                    (isLast ? reward : 0) - beta * (output.logProbabilities[token] - reference[token])
                let next = isLast ? 0 : output.values[token + 1]
                following = step + next - output.values[token] + lambda * following
                advantages[token] = following
            }
            return advantages
        }
    }
}
