import AlignData
import ArgumentParser

struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Read archives, folders and files by a recipe into a corpus of tokenized prompts.",
        discussion: """
            Records that cannot be taken are kept aside with the reason; `align-data inspect FOLDER --rejections` \
            shows them. With --dry-run, the first records are shown as they would be taken, and why others would \
            not.
            """)

    private static let defaults = IngestConfiguration()

    @Argument(help: ArgumentHelp("Folders, files or archives.", valueName: "source"))
    var sources: [String]

    @Option(help: RecipeName.help)
    var recipe: RecipeName

    @Option(
        help: ArgumentHelp(
            "The policy's tokenizer: a GGUF file, a Hugging Face folder, or a tokenizer.json.",
            valueName: "model"))
    var tokenizer: String

    @OptionGroup var day: DateOption

    @Option(help: ArgumentHelp("The share of the records that may be rejected.", valueName: "share"))
    var allowedRejections: Double = defaults.allowedRejections

    @Flag(help: ArgumentHelp(IncompleteSources.help))
    var allowIncompleteSources = false

    @Option(help: ArgumentHelp("Prompts a shard, the unit that an interruption can cost.", valueName: "n"))
    var promptsPerShard: Int = defaults.promptsPerShard

    @Option(help: "Decides the split of records that have none.")
    var seed: UInt64 = defaults.seed

    @Option(help: "Threads that tokenize. The shards are the same for any number.")
    var workers: Int = defaults.workers

    @Option(help: ArgumentHelp("Records that --dry-run shows.", valueName: "n"))
    var show: Int = 3

    @OptionGroup(title: "What an archive may unfold into") var archives: ArchiveOptions

    @OptionGroup var stage: StageOptions

    private struct Preview: Encodable {
        var plan: Plan
        var records: IngestPreview.Result
    }

    struct Plan: Encodable {
        var ingest: IngestConfiguration
        var recipe: Recipe
    }

    func validate() throws {
        try OptionRange.check("--prompts-per-shard", promptsPerShard)
        try OptionRange.check("--workers", workers, atMost: 1024)
        try OptionRange.check("--show", show)
        guard (0...1).contains(allowedRejections) else {
            throw ValidationError("--allowed-rejections must be between 0 and 1.")
        }
    }

    func run() throws {
        let recipe = try day.applied(to: recipe.load())
        var configuration = Self.defaults
        configuration.allowedRejections = allowedRejections
        configuration.allowsIncompleteSources = allowIncompleteSources
        configuration.promptsPerShard = promptsPerShard
        configuration.seed = seed
        configuration.workers = workers
        configuration.archiveLimits = archives.limits
        let plan = Plan(ingest: configuration, recipe: recipe)
        if stage.run.dryRun { return try preview(plan) }
        try stage.run(IngestStage.name, plan) { progress in
            try UnlikeRecipe.suggestingDryRun {
                try IngestStage(
                    sources: sources, recipe: recipe, tokenizer: try Tokenizer.load(from: tokenizer),
                    configuration: configuration, output: stage.output
                ).run(progress: progress)
            }
        }
    }

    private func preview(_ plan: Plan) throws {
        let result = try IngestPreview(
            sources: sources, recipe: plan.recipe, tokenizer: try Tokenizer.load(from: tokenizer),
            configuration: plan.ingest, records: show
        ).run()
        if stage.run.json {
            try Output.print(json: Preview(plan: plan, records: result))
        } else {
            Terminal.standardOutput.write(result.text() + "\n")
        }
        if let end = result.end { throw end }
    }
}
