import AlignData
import ArgumentParser

/// What every stage's command understands.
struct StageOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write.", valueName: "folder"))
    var output: String

    @OptionGroup var run: RunOptions

    func validate() throws { try FolderName.check(output, "--output") }

    /// Runs a stage and reports what it did; with `--dry-run` prints `configuration` instead.
    func run(
        _ stage: String, _ configuration: some Encodable,
        _ body: (@escaping ProgressHandler) throws -> StageReport
    ) throws {
        try run.runStage(stage, configuration, body)
    }

    /// The same, but leaves standard output to the caller. Returns nil after `--dry-run`.
    func report(
        _ stage: String, _ configuration: some Encodable,
        _ body: (@escaping ProgressHandler) throws -> StageReport
    ) throws -> StageReport? {
        try run.report(stage, configuration, body)
    }
}
