/// The objectives, by the names that the command and the configurations use.
public enum ObjectiveName: String, Hashable, Sendable, Codable, CaseIterable {
    case copg, ipo, dpo, slic, rebel, infonce, rloo, pg
    /// For reward models.
    case bradleyTerry = "bradley-terry"

    /// Those that train a policy.
    public static let ofPolicies = allCases.filter { $0 != .bradleyTerry }

    /// - Parameters:
    ///   - beta: the temperature of the KL term, for objectives of policies.
    ///   - form: for CoPG.
    public func make(beta: Double, form: CoPG.Form) -> any Objective {
        switch self {
        case .copg: CoPG(beta: beta, form: form)
        case .ipo: IPO(beta: beta)
        case .dpo: DPO(beta: beta)
        case .slic: SLiC(beta: beta)
        case .rebel: REBEL(beta: beta)
        case .infonce: InfoNCE(beta: beta)
        case .rloo: RLOO(beta: beta)
        case .pg: PolicyGradient(beta: beta)
        case .bradleyTerry: BradleyTerry()
        }
    }
}
