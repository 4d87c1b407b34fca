import AlignData
import ArgumentParser
import TorchLM

struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Give every candidate completion a reward.",
        discussion: """
            With a reward model, which needs libtorch, a prompt is run once for all of its completions. With \
            --reward-program any program gives the rewards: it reads lines such as {"completion": "…", "prompt": "…", …} \
            and answers each with a number on a line of its own, flushed.
            """)

    private static let defaults = ScoreConfiguration()

    @Argument(help: "The folder that `generate` wrote.")
    var candidates: String

    @OptionGroup var reward: RewardOptions

    @Option(
        help: ArgumentHelp(
            "Instead of a model: a score that came with the corpus's own completions, as the recipe names it.",
            valueName: "name"))
    var corpusScore: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Given to completions that did not end by themselves, instead of the model's score.",
            valueName: "reward"))
    var unfinishedReward: Double?

    @OptionGroup var model: ModelOptions
    @OptionGroup var stage: StageOptions

    func validate() throws {
        guard reward.isGiven || corpusScore != nil else {
            throw ValidationError("give --reward, --reward-program or --corpus-score.")
        }
        guard !reward.isGiven || corpusScore == nil else {
            throw ValidationError("--corpus-score takes the place of --reward and --reward-program.")
        }
        try OptionRange.check(finite: "--unfinished-reward", unfinishedReward)
    }

    func run() throws {
        var configuration = Self.defaults
        configuration.unfinishedReward = unfinishedReward
        try stage.run(ScoreStage.name, configuration) { progress in
            if let corpusScore {
                return try ScoreStage(
                    candidates: candidates, corpusScore: corpusScore, configuration: configuration,
                    output: stage.output
                ).run(progress: progress)
            }
            let scorer: any RewardScorer
            var precision: Precision?
            if let path = reward.reward {
                let resolved = try model.resolved()
                scorer = try RewardModel.load(path: path, precision: resolved)
                precision = resolved
            } else {
                scorer = try reward.program()
            }
            return try ScoreStage(
                candidates: candidates, scorer: scorer, configuration: configuration, output: stage.output,
                precision: precision?.rawValue,
                computed: try precision.map { _ in try TorchBackend.facts() } ?? [:]
            ).run(progress: progress)
        }
    }
}
