import AlignData
import ArgumentParser

/// `align-data`: options → configuration → stage → report.
@main
struct AlignDataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "align-data",
        abstract:
            "Prepare reward-scored completion pairs and train a policy on them with Contrastive Policy Gradient.",
        discussion: """
            Data goes to standard output, everything else to standard error. Every stage reads and writes shard \
            sets: folders with a manifest.json and SQLite shards. A stage that was interrupted goes on when the \
            same command is run again.

            Exit codes: 0 done, 1 failed, 2 done but more records rejected than allowed, 64 wrong usage, \
            65 bad data, 74 input or output failed, 130 interrupted.
            """,
        version: alignDataVersion,
        subcommands: [
            IngestCommand.self, GenerateCommand.self, TrainRewardCommand.self, ScoreCommand.self,
            PairsCommand.self, TrainCommand.self, EvaluateCommand.self, CompareCommand.self,
            ExportCommand.self, ImportCommand.self, VerifyCommand.self, InspectCommand.self,
            RecipesCommand.self, TokenizeCommand.self, BanditCommand.self,
        ])

    static func main() {
        Interruption.reportCrashes()
        Terminal.ignoreBrokenPipes()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            Failure.exit(with: error, of: AlignDataCommand.self)
        }
    }
}
