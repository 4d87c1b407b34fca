import AlignData
import ArgumentParser

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write pairs as JSON lines, CSV or a Hugging Face dataset.",
        discussion: """
            trl-preference and csv have a row for each pair, trl-scored one for each prompt with all of its \
            completions and scores, hf-dataset is a folder of both with a dataset card. Pairs of equal rewards have \
            no chosen completion; where a row is a pair they are left out and counted.
            """)

    private static let defaults = ExportConfiguration()

    @Argument(help: "The folder that `pairs` or `import` wrote.")
    var pairs: String

    @Option(help: "The form of the output.")
    var format: ExportFormat = defaults.format

    @Option(parsing: .upToNextOption, help: "The splits that are exported.")
    var splits: [Split] = defaults.splits

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to write; of hf-dataset, the folder.", valueName: "path"))
    var output: String

    @OptionGroup var options: RunOptions

    func run() throws {
        var configuration = Self.defaults
        configuration.format = format
        configuration.splits = splits
        try options.runStage(ExportStage.name, configuration) { progress in
            try ExportStage(pairs: pairs, configuration: configuration, output: output)
                .run(progress: progress)
        }
    }
}
