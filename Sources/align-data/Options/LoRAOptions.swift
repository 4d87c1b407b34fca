import ArgumentParser
import TorchLM

/// Adapters in the place of whole weights.
struct LoRAOptions: ParsableArguments {
    private static let defaults = LoRAConfiguration()

    @Option(
        help: ArgumentHelp("Train LoRA adapters of this rank, and no weights.", valueName: "n"))
    var loraRank: Int?

    @Option(help: ArgumentHelp("What adapters add is scaled by this over the rank.", valueName: "n"))
    var loraAlpha: Double = defaults.alpha

    @Option(parsing: .upToNextOption, help: "The projections of a layer that get an adapter.")
    var loraTargets: [LoRAConfiguration.Target] = defaults.targets

    @Flag(
        help: "Save the whole model with its adapters merged into the weights, instead of the adapters alone."
    )
    var merge = false

    func validate() throws {
        try OptionRange.check("--lora-rank", loraRank, atMost: 1 << 16)
        try OptionRange.check(positive: "--lora-alpha", loraAlpha)
        guard !loraTargets.isEmpty else { throw ValidationError("--lora-targets names no projection.") }
        guard !merge || loraRank != nil else {
            throw ValidationError("--merge needs adapters: give --lora-rank.")
        }
    }

    /// nil where the weights themselves are trained.
    func configuration(seed: UInt64) -> LoRAConfiguration? {
        guard let loraRank else { return nil }
        var configuration = LoRAConfiguration()
        configuration.rank = loraRank
        configuration.alpha = loraAlpha
        configuration.targets = LoRAConfiguration.Target.allCases.filter(loraTargets.contains)
        configuration.seed = seed
        return configuration
    }
}
