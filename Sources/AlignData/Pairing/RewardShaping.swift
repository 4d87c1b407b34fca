/// What is done to rewards before they are paired. The reward as it was scored is kept beside the shaped one.
///
/// CoPG sees rewards through differences within a prompt (arXiv 2406.19185, eq. 7), so `center` changes
/// nothing there and `whiten` only the scale, which is the same as another β. Objectives without a baseline,
/// and thresholds on rewards, see all of them.
public enum RewardShaping: Hashable, Sendable {
    case none
    /// R·factor, factor > 0.
    case scale(Double)
    /// R brought into lower … upper.
    case clip(lower: Double, upper: Double)
    /// (R − mean)/deviation over the completions of the data set's train split.
    case whiten
    /// R less the mean over the completions of its prompt.
    case center

    /// Whether it needs the statistics of the whole data set.
    public var needsStatistics: Bool { self == .whiten }

    /// The shaped rewards of one prompt's completions.
    /// - Parameter statistics: of the data set; needed by `whiten` alone. Where its deviation is 0, all is 0.
    public func shaped(_ rewards: [Double], statistics: RewardStatistics?) -> [Double] {
        switch self {
        case .none: return rewards
        case .scale(let factor): return rewards.map { $0 * factor }
        case .clip(let lower, let upper): return rewards.map { min(max($0, lower), upper) }
        case .whiten:
            guard let statistics else { preconditionFailure("whitening needs the data set's statistics") }
            return rewards.map { reward in
                statistics.deviation > 0 ? (reward - statistics.mean) / statistics.deviation : 0
            }
        case .center:
            guard !rewards.isEmpty else { return [] }
            let mean = rewards.reduce(0, +) / Double(rewards.count)
            return rewards.map { $0 - mean }
        }
    }
}

extension RewardShaping: RuleWithText {
    /// `none`, `scale=0.5`, `clip=-1,1`, `whiten` or `center`.
    public init?(rule: RuleText) {
        switch (rule.name, rule.numbers.count) {
        case ("none", 0): self = .none
        case ("scale", 1) where rule.numbers[0] > 0: self = .scale(rule.numbers[0])
        case ("clip", 2) where rule.numbers[0] < rule.numbers[1]:
            self = .clip(lower: rule.numbers[0], upper: rule.numbers[1])
        case ("whiten", 0): self = .whiten
        case ("center", 0): self = .center
        default: return nil
        }
    }

    public var rule: RuleText {
        switch self {
        case .none: RuleText("none")
        case .scale(let factor): RuleText("scale", factor)
        case .clip(let lower, let upper): RuleText("clip", lower, upper)
        case .whiten: RuleText("whiten")
        case .center: RuleText("center")
        }
    }
}
