import AlignData
import ArgumentParser

/// What every command that works for a while understands.
struct RunOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON on standard output.")
    var json = false

    @Flag(
        help:
            "Do nothing but print the resolved configuration as JSON; `ingest` and `train-reward` show records as they would take them."
    )
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Show no progress and no final report on standard error.")
    var quiet = false

    /// Runs `body` with a progress bar, so that Ctrl-C asks it to stop. With `--dry-run` prints `configuration`
    /// instead and returns nil.
    func perform<Result>(
        _ name: String, _ configuration: some Encodable, _ body: (@escaping ProgressHandler) throws -> Result
    ) throws -> (result: Result, elapsed: Duration)? {
        if dryRun {
            try Output.print(json: configuration)
            return nil
        }
        Interruption.install()
        let bar = ProgressBar(stage: name, isQuiet: quiet)
        defer { bar.clear() }
        return (try body(bar.show), bar.elapsed)
    }
}
