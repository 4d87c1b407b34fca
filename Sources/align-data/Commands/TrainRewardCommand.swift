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
            their document; validation measures the accuracy on them. Records that make no pair are kept aside with \
            the reason; `align-data inspect FOLDER --rejections` shows them. With --dry-run, which needs no libtorch, \
            the data are read and the first pairs shown, and why others would not be taken.
            """)

    enum Defaults: TrainerDefaults {
        static var configuration: TrainerConfiguration { TrainRewardStage.defaultConfiguration }
    }

    @Argument(
        help:
            "Labelled preferences: a file, a folder or an archive, which the recipe's preferences block reads."
    )
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

    @Option(help: ArgumentHelp("The share of the preferences that may be rejected.", valueName: "share"))
    var allowedRejections: Double = TrainRewardStage.defaultAllowedRejections

    @Option(help: ArgumentHelp("Preferences that --dry-run shows.", valueName: "n"))
    var show: Int = 3

    @Flag(help: ArgumentHelp(IncompleteSources.help))
    var allowIncompleteSources = false

    @OptionGroup var day: DateOption
    @OptionGroup(title: "Optimization") var trainer: TrainerOptions<Defaults>
    @OptionGroup var model: ModelOptions
    @OptionGroup var stage: StageOptions

    private struct Preview: Encodable {
        var plan: TrainingPlan
        var preferences: PreferencePreview
    }

    func validate() throws {
        guard show > 0 else { throw ValidationError("--show must be at least 1.") }
        guard (0...1).contains(allowedRejections) else {
            throw ValidationError("--allowed-rejections must be between 0 and 1.")
        }
    }

    func run() throws {
        let plan = TrainingPlan(
            trainer: TrainingConfiguration(TrainRewardStage.objective, trainer.configuration),
            optimizer: trainer.optimizer)
        if stage.run.dryRun { return try preview(plan) }
        let recipe = try day.applied(to: recipe.load())
        try stage.run(TrainRewardStage.name, plan) { progress in
            let precision = try model.resolved()
            let trained = try TrainableRewardModel(
                backbone: backbone, precision: precision, optimizer: trainer.optimizer,
                recomputesLayers: trainer.recomputeActivations)
            let data = try UnlikeRecipe.suggestingDryRun {
                try read(recipe, contextLength: trained.contextLength, progress)
            }
            if let count = data.counts.noted[SourceNote.notReadToEnd], !allowIncompleteSources {
                throw IncompleteSources(count: count, location: preferences)
            }
            return try TrainRewardStage(
                data: data, model: trained, backboneID: trained.startID, configuration: trainer.configuration,
                output: stage.output, facts: try trainer.facts(precision),
                allowedRejections: allowedRejections
            ).run(progress: progress)
        }
    }

    private func read(
        _ recipe: Recipe, contextLength: Int, examples: Int = 0, _ progress: @escaping ProgressHandler
    ) throws -> RewardData {
        let tokenizer = try Tokenizer.load(from: backbone)
        var data = try RewardData(
            preferences: preferences, recipe: recipe, tokenizer: tokenizer, seed: trainer.seed,
            contextLength: contextLength, examples: examples, progress: progress)
        if let candidates { try data.addReferencesAgainstSamples(of: candidates, tokenizer: tokenizer) }
        return data
    }

    private func preview(_ plan: TrainingPlan) throws {
        // Reading needs the tokenizer alone; without a whole model nothing is too long for it.
        let contextLength = (try? ModelSource.open(backbone))?.configuration.maxPositions ?? .max
        let data = try read(try day.applied(to: recipe.load()), contextLength: contextLength, examples: show)
        { _ in .more }
        let preferences = PreferencePreview(data)
        if stage.run.json {
            try Output.print(json: Preview(plan: plan, preferences: preferences))
        } else {
            Terminal.standardOutput.write(preferences.text() + "\n")
        }
        if let end = data.end { throw end }
    }
}
