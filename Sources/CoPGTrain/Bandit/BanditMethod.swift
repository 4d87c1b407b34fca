/// The methods that the toy experiment compares.
public enum BanditMethod: String, Hashable, Sendable, Codable, CaseIterable {
    case copg, ipo, dpo, pg
    /// `pg` with the exact state value E_π[R] as its baseline.
    case pgValue = "pg-value"

    /// Sees a judge's preference in the place of the rewards.
    var isByPreference: Bool { self == .ipo || self == .dpo }

    func objective(beta: Double) -> any Objective {
        switch self {
        case .copg: CoPG(beta: beta)
        case .ipo: IPO(beta: beta)
        case .dpo: DPO(beta: beta)
        case .pg, .pgValue: PolicyGradient(beta: beta)
        }
    }
}
