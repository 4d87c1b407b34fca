/// What becomes of completions that did not end by themselves (the token budget was spent). Their reward says
/// little: the scorer saw half a text.
public enum UnfinishedRule: Hashable, Sendable {
    /// They are completions as others are.
    case keep
    /// They are left out and counted.
    case drop
    /// Their reward is lowered by a number, > 0.
    case penalty(Double)
    /// They get this reward instead of their own.
    case reward(Double)

    /// The reward of a completion under the rule; nil when it is left out.
    public func reward(_ reward: Double, finishReason: FinishReason) -> Double? {
        guard finishReason == .length else { return reward }
        switch self {
        case .keep: return reward
        case .drop: return nil
        case .penalty(let penalty): return reward - penalty
        case .reward(let fixed): return fixed
        }
    }
}

extension UnfinishedRule: RuleWithText {
    /// `keep`, `drop`, `penalty=1` or `reward=-1`.
    public init?(rule: RuleText) {
        switch (rule.name, rule.numbers.count) {
        case ("keep", 0): self = .keep
        case ("drop", 0): self = .drop
        case ("penalty", 1) where rule.numbers[0] > 0: self = .penalty(rule.numbers[0])
        case ("reward", 1): self = .reward(rule.numbers[0])
        default: return nil
        }
    }

    public var rule: RuleText {
        switch self {
        case .keep: RuleText("keep")
        case .drop: RuleText("drop")
        case .penalty(let penalty): RuleText("penalty", penalty)
        case .reward(let reward): RuleText("reward", reward)
        }
    }
}
