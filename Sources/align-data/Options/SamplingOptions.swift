import AlignData
import ArgumentParser

/// How completions are drawn.
struct SamplingOptions: ParsableArguments {
    private static let defaults = SamplingConfiguration()

    @Option(help: ArgumentHelp("Completions a prompt.", valueName: "n"))
    var candidates: Int = defaults.candidates

    @Option(help: ArgumentHelp("Tokens a completion, at most, end-of-sequence included.", valueName: "n"))
    var maxTokens: Int = defaults.maxTokens

    @Option(help: ArgumentHelp("Logits are divided by it; 0 takes the most probable token.", valueName: "t"))
    var temperature: Double = defaults.temperature

    @Option(
        help: ArgumentHelp(
            "Keep the smallest set of tokens whose probability reaches this; 1 keeps all.", valueName: "p"))
    var topP: Double = defaults.topP

    @Option(help: ArgumentHelp("Keep this many most probable tokens; 0 keeps all.", valueName: "k"))
    var topK: Int = defaults.topK

    @Option(help: "Decides every random number that is drawn.")
    var seed: UInt64 = defaults.seed

    func validate() throws {
        try OptionRange.check("--candidates", candidates, atLeast: 0, atMost: 1 << 16)
        try OptionRange.check("--max-tokens", maxTokens)
        try OptionRange.check(notNegative: "--temperature", temperature)
        // Beyond that logits overflow.
        guard temperature == 0 || temperature >= 1e-6 else {
            throw ValidationError("--temperature must be 0, or at least 0.000001.")
        }
        guard topP > 0, topP <= 1 else { throw ValidationError("--top-p must be above 0 and at most 1.") }
        try OptionRange.check("--top-k", topK, atLeast: 0)
    }

    var configuration: SamplingConfiguration {
        var configuration = Self.defaults
        configuration.candidates = candidates
        configuration.maxTokens = maxTokens
        configuration.temperature = temperature
        configuration.topP = topP
        configuration.topK = topK
        configuration.seed = seed
        return configuration
    }
}
