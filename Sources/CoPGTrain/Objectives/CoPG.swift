public import AlignData

/// Contrastive Policy Gradient (arXiv 2406.19185). The objective of a pair, eqs. 7–10, negated so that it is
/// minimised:
///
///     (β/2)·D² − ΔR·D        with ΔR = R(y) − R(y′), D = L(y) − L(y′), L = ln π/π_ref
///
/// It is 0 at π = π_ref and at least −ΔR²/(2β), which D = ΔR/β attains: the policy π_ref·exp(R/β)/Z, whatever
/// the completions were sampled from (Theorem 1).
///
/// The derivative with respect to ℓ(y) is −[R_β(y) − R_β(y′)] with R_β = R − β·L, and with respect to ℓ(y′)
/// its negative (eqs. 18–19): differentiating through the regulariser has turned β/2 into β.
public struct CoPG: CompletionObjective {
    /// Which pairs, and how a batch averages them.
    public enum Form: String, Hashable, Sendable, Codable, CaseIterable {
        /// The listed pairs, summed as listed; a batch is the mean over all its listed pairs.
        case listed
        /// All K·(K−1)/2 pairs of the group, averaged, in O(K) arithmetic; a batch is the mean over groups.
        case group
    }

    /// The temperature of the KL term, β > 0.
    public var beta: Double
    public var form: Form

    /// - Parameter beta: that of the paper's experiment (arXiv 2406.19185, section 6) when not given.
    public init(beta: Double = 0.06, form: Form = .listed) {
        precondition(beta > 0, "beta is positive")
        self.beta = beta
        self.form = form
    }

    public var temperature: Double? { beta }
    public var identity: String { "copg(beta=\(beta),form=\(form.rawValue))" }

    public func weight(rewards: [Double], pairs: [CompletionPair]) -> Double {
        switch form {
        case .listed: Double(pairs.count)
        case .group: rewards.count > 1 ? 1 : 0
        }
    }

    public func evaluate(_ group: ScoredGroup) -> ObjectiveValue {
        switch form {
        case .listed: listed(group)
        case .group: mean(group)
        }
    }

    private func listed(_ group: ScoredGroup) -> ObjectiveValue {
        let logRatios = group.logRatios
        var loss = 0.0
        var coefficients = [Double](repeating: 0, count: group.count)
        for pair in group.pairs {
            let rewardDifference = group.rewards[pair.first] - group.rewards[pair.second]
            let difference = logRatios[pair.first] - logRatios[pair.second]
            loss += beta / 2 * difference * difference - rewardDifference * difference
            let slope = beta * difference - rewardDifference
            coefficients[pair.first] += slope
            coefficients[pair.second] -= slope
        }
        return ObjectiveValue(
            loss: loss, coefficients: coefficients, statistics: PairStatistics(of: group, beta: beta))
    }

    /// With centred values (r, l, a for R, L, R_β), Σ over pairs of a product of differences is K·Σₖ of the
    /// product: the mean over pairs is (2/(K−1))·Σₖ [(β/2)·lₖ² − rₖ·lₖ] and its derivative −(2/(K−1))·aₖ.
    private func mean(_ group: ScoredGroup) -> ObjectiveValue {
        guard group.count > 1 else {
            return ObjectiveValue(loss: 0, coefficients: group.rewards.map { _ in 0 })
        }
        let logRatios = centred(group.logRatios)
        let rewards = centred(group.rewards)
        let scale = 2 / Double(group.count - 1)
        var loss = 0.0
        var coefficients: [Double] = []
        coefficients.reserveCapacity(group.count)
        for (reward, logRatio) in zip(rewards, logRatios) {
            loss += beta / 2 * logRatio * logRatio - reward * logRatio
            coefficients.append(scale * (beta * logRatio - reward))
        }
        return ObjectiveValue(
            loss: scale * loss, coefficients: coefficients, statistics: PairStatistics(of: group, beta: beta))
    }
}

/// The values less their mean.
func centred(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    return values.map { $0 - mean }
}
