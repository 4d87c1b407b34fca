import ArgumentParser
import CoPGTrain
import Foundation

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

    @OptionGroup var options: RunOptions

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs must be at least 1.") }
        guard epochs >= 0 else { throw ValidationError("--epochs must not be negative.") }
        guard learningRate > 0 else { throw ValidationError("--learning-rate must be positive.") }
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
        if options.json {
            try Output.print(json: report)
        } else {
            Terminal.standardOutput.write(Self.table(report))
        }
    }

    private static func table(_ report: BanditReport) -> String {
        var rows = [["method", "regret", "±", "policy", "endless data", "its regret"]]
        for method in report.methods {
            rows.append([
                method.method.rawValue, number(method.regret.last), number(method.regretSpread.last),
                policy(method.finalPolicy), policy(method.fixedPoint), number(method.fixedPointRegret),
            ])
        }
        return """
            optimal policy \(policy(report.optimalPolicy)), J* \(number(report.optimalValue)); \
            before training J \(number(report.referenceValue)), \
            regret \(number(report.optimalValue - report.referenceValue))

            \(Table.aligned(rows))
            """
    }

    private static func number(_ value: Double?) -> String { value.map { String(format: "%.5f", $0) } ?? "" }

    private static func policy(_ probabilities: [Double]) -> String {
        probabilities.map { String(format: "%.4f", $0) }.joined(separator: " ")
    }
}
