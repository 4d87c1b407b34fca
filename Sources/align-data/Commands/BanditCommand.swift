import ArgumentParser
import CoPGTrain

struct BanditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bandit",
        abstract:
            "Run the toy experiment of the CoPG paper (section 5) through the same trainer and objectives.",
        discussion: """
            Three arms, off-policy data, a softmax policy. The regret is J(π*) − J(π), J the expected reward less \
            β times the divergence from the reference. Beside it stands where each method goes with endless data.
            """)

    private static let defaults = BanditConfiguration()

    @Option(
        help: ArgumentHelp("Runs, each with data of its own seed; figures are their mean.", valueName: "n"))
    var runs: Int = defaults.runs

    @Option(help: ArgumentHelp("Passes over the pairs.", valueName: "n"))
    var epochs: Int = defaults.epochs

    @Option(help: ArgumentHelp("Adam's learning rate.", valueName: "rate"))
    var learningRate: Double = defaults.learningRate

    @Option(parsing: .upToNextOption, help: "The methods to compare.")
    var methods: [BanditMethod] = defaults.methods

    @Option(
        help: ArgumentHelp(
            "Also draw the regret against epochs into this SVG file.", valueName: "file"))
    var picture: String?

    @OptionGroup var options: RunOptions

    func validate() throws {
        try OptionRange.check("--runs", runs, atMost: 1_000_000)
        try OptionRange.check("--epochs", epochs, atLeast: 0, atMost: 1_000_000)
        try OptionRange.check(positive: "--learning-rate", learningRate)
    }

    func run() throws {
        var configuration = Self.defaults
        configuration.runs = runs
        configuration.epochs = epochs
        configuration.learningRate = learningRate
        configuration.methods = methods
        let done = try options.perform("bandit", configuration) { progress in
            try BanditExperiment(configuration).run(progress: progress)
        }
        guard let report = done?.result else { return }
        if let picture { try report.writePicture(to: picture) }
        if options.json {
            try Output.print(json: report)
        } else {
            Terminal.standardOutput.write(report.plainText)
        }
    }
}
