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
