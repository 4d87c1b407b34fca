import AlignData
import ArgumentParser
import CoPGTrain
import TorchLM

struct TrainRewardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-reward",
        abstract: "Train a reward model on labelled preferences (Bradley–Terry) and save it.",
        discussion: """
            Needs libtorch. Preferences of other splits than train are held out, as far as no training pair is about \
            their document; validation measures the accuracy on them.
            """)

    enum Defaults: TrainerDefaults {
        static var configuration: TrainerConfiguration { TrainRewardStage.defaultConfiguration }
    }

    @Argument(help: "JSON lines of labelled preferences, plain or compressed.")
    var preferences: String

    @Option(help: RecipeName.help)
    var recipe: RecipeName

    @Option(help: ModelOptions.help("The language model, or reward model, to start from"))
    var backbone: String

    @Option(
        help: ArgumentHelp(
            "Also prefer a reference summary to each sampled completion of its prompt: the folder that `generate` wrote.",
            valueName: "folder"))
    var candidates: String?

    @OptionGroup(title: "Optimization") var trainer: TrainerOptions<Defaults>
    @OptionGroup var model: ModelOptions
    @OptionGroup var stage: StageOptions

    func run() throws {
        let recipe = try recipe.load()
        let configuration = trainer.configuration
        let plan = TrainingPlan(trainer: configuration, optimizer: trainer.optimizer)
        try stage.run("train-reward", plan) { progress in
            let tokenizer = try Tokenizer.load(from: backbone)
            var data = try RewardData(
                preferences: preferences, recipe: recipe, tokenizer: tokenizer, seed: configuration.seed,
                progress: progress)
            if let candidates { try data.addReferencesAgainstSamples(of: candidates, tokenizer: tokenizer) }
            let precision = try model.resolved()
            let trained = try RewardModelTrainer(
                backbone: backbone, precision: precision, optimizer: trainer.optimizer,
                recomputesLayers: trainer.recomputeActivations)
            return try TrainRewardStage(
                preferences: data.pairs, inputs: data.inputs, counts: data.counts, model: trained,
                backboneID: trained.startID, configuration: configuration, output: stage.output,
                facts: trainer.facts(precision)
            ).run(progress: progress)
        }
    }
}
