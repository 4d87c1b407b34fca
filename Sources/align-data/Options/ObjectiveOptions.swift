import ArgumentParser
import CoPGTrain

/// The objectives by the names that the command uses, which records keep.
enum ObjectiveName: String, CaseIterable, ExpressibleByArgument {
    case copg, ipo, dpo, slic, rebel, infonce, rloo, pg
    /// Needs a policy with a value head.
    case pgValue = "pg-value"
    /// Reads reference summaries: needs neither rewards nor pairs.
    case sft
    /// For reward models.
    case bradleyTerry = "bradley-terry"
}

/// What a policy is trained for.
struct ObjectiveOptions: ParsableArguments {
    private static let copg = CoPG()
    private static let baseline = ValueBaseline(beta: copg.beta)

    @Option(help: "What is minimised.")
    var objective: ObjectiveName = .copg

    @Option(parsing: .unconditional, help: ArgumentHelp("The temperature of the KL term.", valueName: "β"))
    var beta: Double = copg.beta

    @Option(help: "For copg: the listed pairs, or all pairs of a prompt.")
    var form: CoPG.Form = copg.form

    @Option(
        help:
            "For pg-value: whole completions against the prompt's value, or tokens against the next state's.")
    var advantage: ValueBaseline.Advantage = baseline.advantage

    @Option(help: ArgumentHelp("For pg-value with td: the λ of TD(λ).", valueName: "λ"))
    var lambda: Double = baseline.lambda

    func validate() throws {
        guard objective != .bradleyTerry else {
            throw ValidationError(
                "bradley-terry is for reward models; `align-data train-reward` trains them.")
        }
        try OptionRange.check(positive: "--beta", beta)
        guard (0...1).contains(lambda) else {
            throw ValidationError("--lambda must be between 0 and 1.")
        }
    }

    /// The objective that was named, with the parameters that it has.
    func make() -> AnyObjective {
        switch objective {
        case .copg: .completions(CoPG(beta: beta, form: form))
        case .ipo: .completions(IPO(beta: beta))
        case .dpo: .completions(DPO(beta: beta))
        case .slic: .completions(SLiC(beta: beta))
        case .rebel: .completions(REBEL(beta: beta))
        case .infonce: .completions(InfoNCE(beta: beta))
        case .rloo: .completions(RLOO(beta: beta))
        case .pg: .completions(PolicyGradient(beta: beta))
        case .pgValue: .tokens(ValueBaseline(beta: beta, advantage: advantage, lambda: lambda))
        case .sft: .completions(SupervisedFineTuning())
        case .bradleyTerry: .completions(BradleyTerry())
        }
    }
}
