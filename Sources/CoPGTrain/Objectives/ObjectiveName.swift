/// The objectives, by the names that the command and the configurations use.
public enum ObjectiveName: String, Hashable, Sendable, Codable, CaseIterable {
    case copg, ipo, dpo, slic, rebel, infonce, rloo, pg
    /// Needs a policy with a value head.
    case pgValue = "pg-value"
    /// Reads reference summaries: needs neither rewards nor pairs.
    case sft
    /// For reward models.
    case bradleyTerry = "bradley-terry"

    /// Those that train a policy.
    public static let ofPolicies = allCases.filter { $0 != .bradleyTerry }
}

extension TrainerConfiguration {
    /// The objective that `objective` names, with the parameters that it has.
    public func makeObjective() -> any Objective {
        switch objective {
        case .copg: CoPG(beta: beta, form: form)
        case .ipo: IPO(beta: beta)
        case .dpo: DPO(beta: beta)
        case .slic: SLiC(beta: beta)
        case .rebel: REBEL(beta: beta)
        case .infonce: InfoNCE(beta: beta)
        case .rloo: RLOO(beta: beta)
        case .pg: PolicyGradient(beta: beta)
        case .pgValue: ValueBaseline(beta: beta, advantage: advantage, lambda: lambda)
        case .sft: SupervisedFineTuning()
        case .bradleyTerry: BradleyTerry()
        }
    }
}
