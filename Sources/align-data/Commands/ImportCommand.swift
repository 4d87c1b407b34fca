import AlignData
import ArgumentParser
import TorchLM

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make pair shards of preferences or scored completions, or candidates of unscored ones.",
        discussion: """
            Needs libtorch: the reference log-probabilities that training needs come from the policy. A row that \
            cannot be trusted is kept aside with the reason; `align-data inspect --rejections` shows them. Nothing is \
            truncated but by a recipe's own rule.
            """)

    private static let defaults = ImportConfiguration()

    @Argument(help: ArgumentHelp("Files of JSON lines, also compressed.", valueName: "file"))
    var files: [String]

    @Option(help: "The form of the rows.")
    var format: ImportFormat = defaults.format

    @Option(help: ModelOptions.help("The policy that is to be trained on the pairs"))
    var policy: String

    @Option(
        help: ArgumentHelp(
            "Render prompts from the row's fields by this recipe's template, instead of taking `prompt` as it "
                + "stands: a built-in recipe's name, or the path of a .yml file.", valueName: "name|file"))
    var recipe: RecipeName?

    @Flag(
        help:
            "Names of control tokens in `prompt` are those tokens, as in prompts that a chat template rendered."
    )
    var controlTokens = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What chosen and rejected count where the rows have no scores.", valueName: "chosen,rejected"))
    var preferenceRewards: PreferenceRewards?

    @OptionGroup var day: DateOption

    @Option(help: "The split of every row, whatever it says itself.")
    var split: Split?

    @OptionGroup(title: "Pairing of scored completions") var pairing: PairingOptions

    @Option(help: ArgumentHelp("The share of the records that may be rejected.", valueName: "share"))
    var allowedRejections: Double = defaults.allowedRejections

    @Flag(help: ArgumentHelp(IncompleteSources.help))
    var allowIncompleteSources = false

    @Option(help: ArgumentHelp("Prompts a shard, the unit that an interruption can cost.", valueName: "n"))
    var promptsPerShard: Int = defaults.promptsPerShard

    @Option(help: "Decides the split of rows that have none, and which pairs the strategy random draws.")
    var seed: UInt64 = defaults.seed

    @OptionGroup var model: ModelOptions
    @OptionGroup var stage: StageOptions

    struct Plan: Encodable {
        var `import`: ImportConfiguration
        var recipe: Recipe?
    }

    func validate() throws {
        try OptionRange.check("--prompts-per-shard", promptsPerShard)
        guard (0...1).contains(allowedRejections) else {
            throw ValidationError("--allowed-rejections must be between 0 and 1.")
        }
        guard format == .trlPreference || preferenceRewards == nil else {
            throw ValidationError("--preference-rewards goes with --format trl-preference.")
        }
        guard recipe == nil || !controlTokens else {
            throw ValidationError("--control-tokens is for prompts that need no --recipe.")
        }
    }

    func run() throws {
        let recipe = try recipe.map { try day.applied(to: $0.load()) }
        var configuration = Self.defaults
        configuration.format = format
        configuration.controlTokens = controlTokens
        configuration.preferenceRewards = preferenceRewards
        configuration.split = split
        configuration.splits = recipe?.splits ?? configuration.splits
        configuration.date = recipe == nil ? day.date?.text : nil
        configuration.pairing = pairing.rule
        configuration.seed = seed
        configuration.promptsPerShard = promptsPerShard
        configuration.allowedRejections = allowedRejections
        configuration.allowsIncompleteSources = allowIncompleteSources
        try stage.run(ImportStage.name, Plan(import: configuration, recipe: recipe)) { progress in
            let tokenizer = try Tokenizer.load(from: policy)
            let precision = try model.resolved()
            return try ImportStage(
                files: files, recipe: recipe,
                policy: try LanguageModel.load(path: policy, precision: precision), tokenizer: tokenizer,
                configuration: configuration, output: stage.output, precision: precision.rawValue,
                computed: try TorchBackend.facts()
            ).run(progress: progress)
        }
    }
}
