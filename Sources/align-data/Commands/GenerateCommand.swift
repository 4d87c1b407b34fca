import AlignData
import ArgumentParser
import TorchLM

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Draw completions for the prompts of a corpus, with their log-probabilities.",
        discussion: """
            Needs libtorch. The random numbers of a completion depend on the seed, its prompt and its place alone, \
            so any number of prompts at once gives the same ones.
            """)

    private static let defaults = GenerateConfiguration()

    @Argument(help: "The folder that `ingest` wrote.")
    var corpus: String

    @Option(help: ModelOptions.help("The policy that writes the completions"))
    var policy: String

    @Option(
        help: ModelOptions.help("The model that gives the reference log-probabilities, if not the policy"))
    var reference: String?

    @OptionGroup(title: "Sampling") var sampling: SamplingOptions

    @Option(parsing: .upToNextOption, help: "The splits whose prompts get completions.")
    var splits: [Split] = defaults.splits

    @Option(help: ArgumentHelp("Prompts of each split, at most, selected by the seed.", valueName: "n"))
    var maxPrompts: Int?

    @Flag(
        help:
            "Let the reference summaries of each prompt join its completions, to be scored and paired as those are."
    )
    var withReferences = false

    @Flag(
        help:
            "Let the completions that came with the corpus join, too; with --candidates 0 nothing else is drawn."
    )
    var withCompletions = false

    @Option(help: ArgumentHelp("Prompts a shard, the unit that an interruption can cost.", valueName: "n"))
    var promptsPerShard: Int = defaults.promptsPerShard

    @OptionGroup var model: ModelOptions
    @OptionGroup var stage: StageOptions

    func validate() throws {
        guard sampling.candidates > 0 || withReferences || withCompletions else {
            throw ValidationError(
                "--candidates must be at least 1, but for --with-references or --with-completions.")
        }
        try OptionRange.check("--max-prompts", maxPrompts, atLeast: 0)
        try OptionRange.check("--prompts-per-shard", promptsPerShard)
    }

    func run() throws {
        var configuration = Self.defaults
        configuration.sampling = sampling.configuration
        configuration.splits = splits
        configuration.maxPrompts = maxPrompts
        configuration.promptsPerShard = promptsPerShard
        configuration.withReferences = withReferences
        configuration.withCompletions = withCompletions
        try stage.run(GenerateStage.name, configuration) { progress in
            let tokenizer = try Tokenizer.load(from: policy)
            let precision = try model.resolved()
            let policy = try LanguageModel.load(path: policy, precision: precision, tokenizer: tokenizer)
            return try GenerateStage(
                corpus: corpus, sampler: policy, policy: policy,
                reference: try reference.map { try LanguageModel.load(path: $0, precision: precision) },
                tokenizer: tokenizer, configuration: configuration, output: stage.output,
                precision: precision.rawValue, computed: try TorchBackend.facts()
            ).run(progress: progress)
        }
    }
}
