import AlignData
import ArgumentParser
import CoPGTrain
import TorchLM

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Compare a policy with its reference on held-out prompts.",
        discussion: """
            Needs libtorch. Both draw with the same random numbers. Prints mean reward, KL, ROUGE-L, length and the \
            share that ended by itself, each with its standard error over prompts; --output gets the completions \
            and a report.
            """)

    private static let defaults = EvaluateConfiguration()

    @Argument(help: "The folder that `ingest` wrote.")
    var corpus: String

    @Option(help: ModelOptions.help("The policy: the folder that `train` wrote, or another model"))
    var policy: String

    @Option(help: ModelOptions.help("The model that it is compared with"))
    var reference: String

    @OptionGroup var reward: RewardOptions

    @Option(help: "The split whose prompts are used.")
    var split: Split = defaults.split

    @Option(help: ArgumentHelp("Prompts, at most, the first by id.", valueName: "n"))
    var maxPrompts: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The reward of completions that did not end by themselves.", valueName: "reward"))
    var unfinishedReward: Double?

    @Option(
        help: ArgumentHelp(
            "Take the reference's completions from this evaluation, whose options were the same.",
            valueName: "report"))
    var referenceReport: String?

    @OptionGroup(title: "Sampling") var sampling: SamplingOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var stage: StageOptions

    private struct Result: Encodable {
        var report: StageReport
        var evaluation: Evaluation
    }

    func validate() throws {
        try OptionRange.check("--candidates", sampling.candidates)
        guard reward.isGiven else { throw RewardOptions.missing }
        try OptionRange.check("--max-prompts", maxPrompts)
        try OptionRange.check(finite: "--unfinished-reward", unfinishedReward)
    }

    func run() throws {
        var configuration = Self.defaults
        configuration.split = split
        configuration.maxPrompts = maxPrompts
        configuration.unfinishedReward = unfinishedReward
        configuration.sampling = sampling.configuration
        var evaluation: Evaluation?
        let report = try stage.report("evaluate", configuration) { progress in
            let precision = try model.resolved()
            let tokenizer = try Tokenizer.load(from: reference)
            try ModelOptions.requireTokenizer(tokenizer, of: policy)
            let language = { path in
                try LanguageModel.load(path: path, precision: precision, tokenizer: tokenizer)
            }
            let (report, compared) = try EvaluateStage(
                corpus: corpus, policy: try language(policy), reference: try language(reference),
                scorer: try reward.scorer(tokenizer: tokenizer, precision: precision),
                tokenizer: tokenizer, configuration: configuration,
                training: try TrainedRun(policy: policy), referenceReport: referenceReport,
                output: stage.output,
                facts: ["precision": precision.rawValue].merging(try TorchBackend.facts()) { $1 }
            ).run(progress: progress)
            evaluation = compared
            return report
        }
        guard let report, let evaluation else { return }
        if stage.run.json {
            try Output.print(json: Result(report: report, evaluation: evaluation))
        } else {
            Terminal.standardOutput.write(evaluation.plainText)
        }
    }
}
