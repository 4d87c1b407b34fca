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
        help: ArgumentHelp(
            "The file to write; of hf-dataset, the folder; - for standard output.", valueName: "path"))
    var output: String

    @OptionGroup var options: RunOptions

    private var isToStandardOutput: Bool { Terminal.outputNames.contains(output) }

    func validate() throws {
        guard !output.isEmpty else { throw ValidationError("--output is empty.") }
        guard !isToStandardOutput || format != .dataset else {
            throw ValidationError(
                "hf-dataset is a folder of files and does not go to standard output: give --output a folder.")
        }
        guard !isToStandardOutput || !options.json else {
            throw ValidationError(
                "--json prints on standard output, where the rows go: leave one of them out.")
        }
    }

    func run() throws {
        var configuration = Self.defaults
        configuration.format = format
        configuration.splits = splits
        try options.runStage(ExportStage.name, configuration) { progress in
            let stage =
                isToStandardOutput
                ? ExportStage(pairs: pairs, configuration: configuration, streamNamed: "standard output") {
                    Terminal.standardOutput.write($0)
                } : ExportStage(pairs: pairs, configuration: configuration, output: output)
            return try stage.run(progress: progress)
        }
    }
}
