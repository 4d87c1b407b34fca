import AlignData
import ArgumentParser
import TorchLM

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove the hashes, counts, conservation and lineage of shard sets.",
        discussion: """
            Exits with 65 when anything is wrong. The sets that a set was made from are looked for in the folders \
            beside it, among the sets given, and where --lineage says. With --deep, the log-probabilities of a sample \
            are computed again by the model that they come from; only that needs libtorch.
            """)

    @Argument(help: ArgumentHelp("The shard sets.", valueName: "folder"))
    var folders: [String]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Further folders of the sets that these were made from.", valueName: "folder"))
    var lineage: [String] = []

    @Option(
        help: ModelOptions.help("Recompute a sample with this model, the reference or the policy of the sets")
    )
    var deep: String?

    @Option(help: ArgumentHelp("Prompts that --deep recomputes, drawn at random.", valueName: "n"))
    var deepPrompts = DeepVerification.defaultPrompts

    @OptionGroup var model: ModelOptions

    @Flag(help: "Print the findings as JSON on standard output.")
    var json = false

    @Flag(name: .shortAndLong, help: "Show no progress and no findings.")
    var quiet = false

    func validate() throws {
        try OptionRange.check("--deep-prompts", deepPrompts)
    }

    func run() throws {
        Interruption.install()
        let deep = try deep.map { path in
            DeepVerification(
                model: try LanguageModel.load(path: path, precision: try model.resolved()),
                prompts: deepPrompts, computed: try TorchBackend.facts())
        }
        var reports: [VerificationReport] = []
        for folder in folders {
            let bar = ProgressBar(stage: VerifyStage.name, isQuiet: quiet)
            defer { bar.clear() }
            reports.append(
                try VerifyStage(folder, lineage: lineage + folders, deep: deep).run(progress: bar.show))
        }
        if !quiet { for report in reports { Terminal.note(report.notes, at: report.path) } }
        if json {
            try Output.print(json: reports)
        } else if !quiet {
            Terminal.standardOutput.write(reports.map(Self.text).joined())
        }
        let unsound = reports.filter { !$0.isSound }.map(\.path)
        if !unsound.isEmpty { throw UnsoundShardSets(folders: unsound) }
    }

    private static func text(_ report: VerificationReport) -> String {
        var lines = [
            "\(report.path): \(report.kind?.rawValue ?? "shard set"), \(report.isSound ? "sound" : "NOT SOUND")"
        ]
        for check in report.checks {
            lines.append("  \(check.outcome.rawValue)  \(check.name)")
            lines += check.problems.map { "      \($0)" }
            if check.more > 0 { lines.append("      and \(check.more) more") }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// What `verify` found wrong, after it has said where.
struct UnsoundShardSets: DescribedError {
    var folders: [String]

    var category: FailureCategory { .badData }
    var summary: String {
        folders.count == 1 ? "the shard set is not sound" : "\(folders.count) shard sets are not sound"
    }
    var location: String? { folders.joined(separator: ", ") }
    var hint: String? { "copy it again from where it is whole, or delete the folder and run the stage again" }
}
