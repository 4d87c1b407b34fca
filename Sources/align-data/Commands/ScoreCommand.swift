import AlignData
import ArgumentParser
import TorchLM

struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Give every candidate completion a reward.",
        discussion: "Needs libtorch. A prompt is run once for all of its completions.")

    private static let defaults = ScoreConfiguration()

    @Argument(help: "The folder that `generate` wrote.")
    var candidates: String

    @Option(help: ArgumentHelp("The reward model: the folder that `train-reward` wrote.", valueName: "model"))
    var reward: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Given to completions that did not end by themselves, instead of the model's score.",
            valueName: "reward"))
    var unfinishedReward: Double?

    @OptionGroup var model: ModelOptions
    @OptionGroup var stage: StageOptions

    func run() throws {
        var configuration = Self.defaults
        configuration.unfinishedReward = unfinishedReward
        try stage.run(ScoreStage.name, configuration) { progress in
            let precision = try model.resolved()
            return try ScoreStage(
                candidates: candidates,
                scorer: try RewardModel.load(path: reward, precision: precision),
                configuration: configuration, output: stage.output, precision: precision.rawValue,
                tokenizerHash: try ModelOptions.tokenizerHash(of: reward)
            ).run(progress: progress)
        }
    }
}
