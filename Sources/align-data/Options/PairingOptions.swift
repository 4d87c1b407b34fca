import AlignData
import ArgumentParser

/// Which completions of a prompt make pairs.
struct PairingOptions: ParsableArguments {
    private static let defaults = PairingRule()

    @Option(help: "Which completions of a prompt make pairs.")
    var strategy: PairingStrategy = defaults.strategy

    @Option(help: ArgumentHelp("Pairs a prompt, for the strategy random.", valueName: "n"))
    var pairsPerPrompt: Int = defaults.randomPairs

    @Option(
        help: ArgumentHelp(
            "The smallest difference of rewards in a pair, for the strategy margin.", valueName: "m"))
    var minimumMargin: Double = defaults.minimumMargin

    @Flag(help: "Leave out pairs of equal rewards.")
    var dropTies = false

    func validate() throws {
        try OptionRange.check("--pairs-per-prompt", pairsPerPrompt)
        guard minimumMargin >= 0, minimumMargin.isFinite else {
            throw ValidationError("--minimum-margin must not be negative.")
        }
        guard minimumMargin == 0 || strategy == .margin else {
            throw ValidationError("--minimum-margin goes with --strategy margin.")
        }
    }

    var rule: PairingRule {
        var rule = Self.defaults
        rule.strategy = strategy
        rule.randomPairs = pairsPerPrompt
        rule.minimumMargin = minimumMargin
        rule.keepsTies = !dropTies
        return rule
    }
}

/// A folder and what its rewards count: `FOLDER` or `FOLDER=WEIGHT`.
struct WeightedFolder: ExpressibleByArgument {
    var path: String
    var weight: Double

    init?(argument: String) {
        (path, weight) = (argument, 1)
        guard let equals = argument.lastIndex(of: "="),
            let number = Double(argument[argument.index(after: equals)...])
        else { return }
        guard number.isFinite, number != 0 else { return nil }
        (path, weight) = (String(argument[..<equals]), number)
    }
}
