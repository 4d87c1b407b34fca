/// The methods that the toy experiment compares: the family that trains policies, and a baseline that only a problem
/// in closed form has.
public enum BanditMethod: String, Hashable, Sendable, Codable, CaseIterable {
    case copg, ipo, dpo, slic, rebel, infonce, rloo, pg
    /// `pg` with the exact value E_π[R] as its baseline.
    case pgExactValue = "pg-exact-value"
    /// `pg` with a value learned on the same pairs.
    case pgValue = "pg-value"

    /// Sees a judge's preference in the place of the rewards.
    var isByPreference: Bool { self == .ipo || self == .dpo || self == .slic }

    func learner(_ policy: SoftmaxPolicy, beta: Double) -> Learner {
        self == .pgValue
            ? .tokens(policy, ValueBaseline(beta: beta)) : .completions(policy, contrast(beta: beta))
    }

    /// The objective, given a baseline that is subtracted from the rewards where the method has one.
    func contrast(beta: Double) -> any CompletionObjective {
        switch self {
        case .copg: CoPG(beta: beta)
        case .ipo: IPO(beta: beta)
        case .dpo: DPO(beta: beta)
        case .slic: SLiC(beta: beta)
        case .rebel: REBEL(beta: beta)
        case .infonce: InfoNCE(beta: beta)
        case .rloo: RLOO(beta: beta)
        case .pg, .pgExactValue, .pgValue: PolicyGradient(beta: beta)
        }
    }

    /// Whether the expected gradient is smooth, so that Newton's steps find where it is zero.
    var hasFixedPoint: Bool { self != .slic }
}
