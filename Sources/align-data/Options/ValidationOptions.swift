import AlignData
import ArgumentParser
import CoPGTrain
import TorchLM

/// What validation by generation draws while a policy is trained.
struct ValidationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The corpus whose held-out prompts validation draws for.", valueName: "folder"))
    var corpus: String?

    @OptionGroup var reward: RewardOptions

    @Option(help: "The split of the validation prompts.")
    var validationSplit: Split = .validation

    @Option(help: ArgumentHelp("Validation prompts, the first by id.", valueName: "n"))
    var validationPrompts: Int = 16

    @Option(help: ArgumentHelp("Completions a validation prompt.", valueName: "n"))
    var validationCandidates: Int = 1

    @Option(help: ArgumentHelp("Tokens a validation completion, at most.", valueName: "n"))
    var validationMaxTokens: Int = SamplingConfiguration().maxTokens

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The reward of validation completions that did not end by themselves.", valueName: "reward"))
    var unfinishedReward: Double?

    func validate() throws {
        guard (corpus != nil) == reward.isGiven else {
            throw ValidationError(
                "--corpus and --reward, or --reward-program, are given together: validation needs both.")
        }
        try OptionRange.check("--validation-prompts", validationPrompts)
        try OptionRange.check("--validation-candidates", validationCandidates, atMost: 1 << 16)
        try OptionRange.check("--validation-max-tokens", validationMaxTokens)
        try OptionRange.check(finite: "--unfinished-reward", unfinishedReward)
    }

    /// nil where no corpus was given. The reference is loaded anew for every measurement, so that none stays in memory.
    func probe(
        reference: String, tokenizer: Tokenizer, contextLength: Int, precision: Precision
    ) throws -> PolicyProbe? {
        guard let corpus else { return nil }
        var sampling = SamplingConfiguration()
        sampling.candidates = validationCandidates
        sampling.maxTokens = validationMaxTokens
        return try PolicyProbe(
            corpus: ShardSet(opening: corpus, kind: .corpus), split: validationSplit,
            count: validationPrompts,
            contextLength: contextLength, sampling: sampling,
            scorer: reward.scorer(tokenizer: tokenizer, precision: precision), tokenizer: tokenizer,
            unfinishedReward: unfinishedReward,
            reference: {
                try LanguageModel.load(
                    path: reference, precision: precision, tokenizer: tokenizer)
            })
    }
}
