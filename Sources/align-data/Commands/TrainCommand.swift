import AlignData
import ArgumentParser
import CoPGTrain
import TorchLM

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train the policy on pair shards and save it as a Hugging Face folder.",
        discussion: """
            Needs libtorch. The policy must be the model whose reference log-probabilities the pairs carry. With \
            --corpus and --reward, validation draws completions for held-out prompts and measures their reward. \
            Metrics go to training/metrics.jsonl, checkpoints beside it; an interrupted run goes on to the bit.
            """)

    enum Defaults: TrainerDefaults {
        static var configuration: TrainerConfiguration { TrainerConfiguration() }
    }

    private static let defaults = Defaults.configuration

    @Argument(
        help: ArgumentHelp(
            "The folder that `pairs` wrote; for sft the one that `ingest` wrote.", valueName: "pairs"))
    var data: String

    @Option(help: ModelOptions.help("The model to train"))
    var policy: String

    @OptionGroup var objective: ObjectiveOptions

    @OptionGroup(title: "Optimization") var trainer: TrainerOptions<Defaults>

    @OptionGroup(title: "Adapters") var lora: LoRAOptions

    @Option(
        help: ArgumentHelp(
            "Stop when a validation finds a larger KL, in nats a completion.", valueName: "nats"))
    var klLimit: Double?

    @Option(
        help: ArgumentHelp(
            "How far, in nats a token, the policy may be from the stored reference before training; 0 for no check.",
            valueName: "nats"))
    var referenceTolerance: Double = defaults.referenceTolerance ?? 0

    @OptionGroup(title: "Validation") var validation: ValidationOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var stage: StageOptions

    func validate() throws {
        try OptionRange.check(positive: "--kl-limit", klLimit)
        try OptionRange.check(notNegative: "--reference-tolerance", referenceTolerance)
        guard lora.loraRank == nil || trainer.trainedLayers == nil else {
            throw ValidationError("--lora-rank trains adapters and no layers: leave out --trained-layers.")
        }
    }

    func run() throws {
        var configuration = trainer.configuration
        configuration.klLimit = klLimit
        configuration.referenceTolerance = referenceTolerance == 0 ? nil : referenceTolerance
        var optimizer = trainer.optimizer
        optimizer.adapters = lora.configuration(seed: configuration.seed)
        let objective = self.objective.make()
        let isSupervised = self.objective.objective == .sft
        let plan = TrainingPlan(
            trainer: TrainingConfiguration(objective.base, configuration), optimizer: optimizer)
        try stage.run("train", plan) { progress in
            let tokenizer = try Tokenizer.load(from: policy)
            let precision = try model.resolved()
            let trained = try TrainablePolicy(
                path: policy, precision: precision, optimizer: optimizer,
                hasValueHead: objective.hasTokens, recomputesLayers: trainer.recomputeActivations,
                mergesAdapters: lora.merge, tokenizer: tokenizer)
            var facts = try trainer.facts(precision)
            facts["adapters"] = optimizer.adapters.map {
                "rank \($0.rank), alpha \($0.alpha), \($0.targets.map(\.rawValue).joined(separator: " "))"
                    + (lora.merge ? ", merged" : "")
            }
            return try TrainStage(
                data: isSupervised ? .summaries(data) : .pairs(data), policy: trained,
                policyID: trained.startID, objective: objective, tokenizer: tokenizer,
                configuration: configuration, output: stage.output,
                probe: try validation.probe(
                    reference: policy, tokenizer: tokenizer,
                    contextLength: trained.contextLength, precision: precision),
                facts: facts
            ).run(progress: progress)
        }
    }
}
