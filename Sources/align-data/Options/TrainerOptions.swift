import ArgumentParser
import CoPGTrain
import TorchLM

/// Where the defaults of a kind of training come from.
protocol TrainerDefaults {
    static var configuration: TrainerConfiguration { get }
}

/// How a model is optimized, whatever it is.
struct TrainerOptions<Defaults: TrainerDefaults>: ParsableArguments {
    @Option(help: ArgumentHelp("Passes over the data.", valueName: "n"))
    var epochs: Int = Defaults.configuration.epochs

    @Option(help: ArgumentHelp("Optimizer steps, instead of whole passes.", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("Groups (prompts, or preferences) a step.", valueName: "n"))
    var batch: Int = Defaults.configuration.groupsPerStep

    @Option(
        help: ArgumentHelp(
            "Tokens a forward and backward pass, at most; sets memory, not the result.", valueName: "n"))
    var microBatchTokens: Int = Defaults.configuration.microBatchTokens

    @Option(help: ArgumentHelp("The peak learning rate of AdamW.", valueName: "rate"))
    var learningRate: Double = Defaults.configuration.learningRate

    @Option(help: "How the learning rate changes after the warm-up.")
    var schedule: LearningRateSchedule = Defaults.configuration.schedule

    @Option(
        help: ArgumentHelp("The share of all steps over which the learning rate rises.", valueName: "share"))
    var warmup: Double = Defaults.configuration.warmupShare

    @Option(help: ArgumentHelp("The gradient's norm is clipped to this; 0 clips nothing.", valueName: "norm"))
    var clip: Double = Defaults.configuration.maximumGradientNorm ?? 0

    @Option(help: ArgumentHelp("AdamW's decoupled weight decay.", valueName: "rate"))
    var weightDecay: Double = OptimizerConfiguration().weightDecay

    @Option(
        help: ArgumentHelp(
            "Train only the last so many layers, and the head; all if not given.", valueName: "n"))
    var trainedLayers: Int?

    @Option(help: ArgumentHelp("Steps between checkpoints; 0 keeps the last alone.", valueName: "n"))
    var checkpointEvery: Int = Defaults.configuration.checkpointEvery ?? 0

    @Option(help: ArgumentHelp("Newest checkpoints that are kept, beside the best.", valueName: "n"))
    var keepCheckpoints: Int = Defaults.configuration.keepCheckpoints

    @Option(help: ArgumentHelp("Steps between validations; 0 validates nothing.", valueName: "n"))
    var validateEvery: Int = Defaults.configuration.validateEvery ?? 0

    @Option(
        help: ArgumentHelp(
            "Stop after so many validations in a row below the best.", valueName: "n"))
    var patience: Int?

    @Option(help: "Which weights become the saved model: the last, or those that validation found best.")
    var save: TrainerConfiguration.SavedWeights = Defaults.configuration.saves

    @Flag(help: "Keep less in memory and compute a third more; the result is the same.")
    var recomputeActivations = false

    @Option(help: "Decides the order of the data.")
    var seed: UInt64 = Defaults.configuration.seed

    func validate() throws {
        for (option, value) in [
            ("--epochs", epochs), ("--steps", steps), ("--checkpoint-every", checkpointEvery),
            ("--validate-every", validateEvery), ("--trained-layers", trainedLayers),
        ] as [(String, Int?)] {
            try OptionRange.check(option, value, atLeast: 0)
        }
        for (option, value) in [
            ("--batch", batch), ("--micro-batch-tokens", microBatchTokens),
            ("--keep-checkpoints", keepCheckpoints), ("--patience", patience),
        ] as [(String, Int?)] {
            try OptionRange.check(option, value)
        }
        for (option, value) in [
            ("--learning-rate", learningRate), ("--clip", clip), ("--weight-decay", weightDecay),
        ] {
            try OptionRange.check(notNegative: option, value)
        }
        guard (0...1).contains(warmup) else { throw ValidationError("--warmup must be between 0 and 1.") }
    }

    var configuration: TrainerConfiguration {
        var configuration = Defaults.configuration
        configuration.epochs = epochs
        configuration.steps = steps
        configuration.groupsPerStep = batch
        configuration.microBatchTokens = microBatchTokens
        configuration.learningRate = learningRate
        configuration.schedule = schedule
        configuration.warmupShare = warmup
        configuration.maximumGradientNorm = clip == 0 ? nil : clip
        configuration.checkpointEvery = checkpointEvery == 0 ? nil : checkpointEvery
        configuration.keepCheckpoints = keepCheckpoints
        configuration.validateEvery = validateEvery == 0 ? nil : validateEvery
        configuration.patience = patience
        configuration.saves = save
        configuration.seed = seed
        return configuration
    }

    /// What decides the numbers beyond `configuration`.
    func facts(_ precision: Precision) throws -> [String: String] {
        let own = [
            "precision": precision.rawValue, "weight-decay": "\(weightDecay)",
            "trained-layers": trainedLayers.map { "\($0)" } ?? "all",
        ]
        return own.merging(try TorchBackend.facts()) { $1 }
    }

    var optimizer: OptimizerConfiguration {
        var optimizer = OptimizerConfiguration()
        optimizer.weightDecay = weightDecay
        optimizer.trainedLayers = trainedLayers
        return optimizer
    }
}

/// What `--dry-run` shows of a training.
struct TrainingPlan: Encodable {
    var trainer: TrainingConfiguration
    var optimizer: OptimizerConfiguration
}
