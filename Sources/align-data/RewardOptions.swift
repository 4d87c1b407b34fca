import AlignData
import ArgumentParser
import TorchLM

/// Where rewards come from: a reward model, or a program of the user's.
struct RewardOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The reward model: the folder that `train-reward` wrote.", valueName: "model"))
    var reward: String?

    @Option(
        help: ArgumentHelp(
            "Instead of a model: a program that reads a JSON object a line, with prompt and completion, and answers each with a number on a line.",
            valueName: "command"))
    var rewardProgram: String?

    @Option(
        help: ArgumentHelp(
            "What the program's rewards are known by, instead of a hash of its command; give another name when its answers change.",
            valueName: "name"))
    var rewardName: String?

    func validate() throws {
        guard reward == nil || rewardProgram == nil else {
            throw ValidationError("give either --reward or --reward-program.")
        }
        guard rewardName == nil || rewardProgram != nil else {
            throw ValidationError("--reward-name names the rewards of a --reward-program.")
        }
    }

    var isGiven: Bool { reward != nil || rewardProgram != nil }

    /// - Parameter tokenizer: the one that cut the completions.
    /// - Throws: `ValidationError` when neither was given; `OtherTokenizer` or `StageError.scorerVocabulary` when a
    ///   reward model cuts text differently.
    func scorer(tokenizer: Tokenizer, precision: Precision) throws -> any RewardScorer {
        guard let reward else { return try program(tokenizer: tokenizer) }
        let model = try RewardModel.load(path: reward, precision: precision)
        try ModelOptions.requireTokenizer(tokenizer, of: reward)
        guard model.vocabularySize >= tokenizer.vocabularySize else {
            throw StageError.scorerVocabulary(
                path: reward, candidates: tokenizer.vocabularySize, scorer: model.vocabularySize)
        }
        return model
    }

    func program(tokenizer: Tokenizer) throws -> ProgramScorer {
        guard let rewardProgram else { throw RewardOptions.missing }
        return ProgramScorer(
            command: rewardProgram, name: rewardName,
            promptText: { tokenizer.decode($0, skippingSpecialTokens: false) },
            completionText: { tokenizer.decode($0) })
    }

    static let missing = ValidationError("give --reward or --reward-program.")
}
