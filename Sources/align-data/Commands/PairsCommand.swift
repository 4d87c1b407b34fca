import AlignData
import ArgumentParser

struct PairsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pairs",
        abstract: "Join candidates and rewards into the self-contained pair shards that training reads.",
        discussion: "Completions of a prompt whose tokens are identical are dropped and counted.")

    private static let defaults = PairsConfiguration()

    @Argument(help: "The folder that `generate` wrote.")
    var candidates: String

    @Option(help: ArgumentHelp("The folder that `score` wrote for these candidates.", valueName: "folder"))
    var rewards: String

    @Option(help: "Which completions of a prompt make pairs.")
    var strategy: PairingStrategy = defaults.strategy

    @Option(help: "Pairs a prompt, for the strategy random.")
    var pairsPerPrompt: Int = defaults.randomPairs

    @Option(help: "Decides which pairs the strategy random draws.")
    var seed: UInt64 = defaults.seed

    @OptionGroup var stage: StageOptions

    func validate() throws {
        guard pairsPerPrompt > 0 else { throw ValidationError("--pairs-per-prompt must be at least 1.") }
    }

    func run() throws {
        var configuration = Self.defaults
        configuration.strategy = strategy
        configuration.randomPairs = pairsPerPrompt
        configuration.seed = seed
        try stage.run(PairsStage.name, configuration) { progress in
            try PairsStage(
                candidates: candidates, rewards: [rewards], configuration: configuration, output: stage.output
            ).run(progress: progress)
        }
    }
}
