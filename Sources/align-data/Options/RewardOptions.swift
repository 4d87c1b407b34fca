import AlignData
import ArgumentParser
import TorchLM

/// Where rewards come from: a reward model, or a program of the user's.
struct RewardOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The reward model: the folder that `train-reward` wrote.", valueName: "model"))
    var reward: String?

    @Option(
        help: ArgumentHelp(
            "Instead of a model: a program that reads a JSON object a line, with prompt, completion and what is known of them, and answers each with a number on a line.",
            valueName: "command"))
    var rewardProgram: String?

    @Option(
        help: ArgumentHelp(
            "What the program's rewards are known by, instead of a hash of its command; give another name when its answers change.",
            valueName: "name"))
    var rewardName: String?

    @Option(
        help: ArgumentHelp(
            "So many of the program run side by side; the rewards do not depend on it.", valueName: "n"))
    var rewardWorkers: Int?

    @Option(
        help: ArgumentHelp(
            "An answer of the program may take so long, its start included; any time if not given.",
            valueName: "seconds"))
    var rewardTimeout: Double?

    func validate() throws {
        guard reward == nil || rewardProgram == nil else {
            throw ValidationError("give either --reward or --reward-program.")
        }
        guard rewardName == nil || rewardProgram != nil else {
            throw ValidationError("--reward-name names the rewards of a --reward-program.")
        }
        guard rewardProgram != nil || rewardWorkers == nil && rewardTimeout == nil else {
            throw ValidationError("--reward-workers and --reward-timeout are for a --reward-program.")
        }
        try OptionRange.check("--reward-workers", rewardWorkers, atMost: 256)
        guard rewardTimeout.map({ $0 > 0 && $0 < 1e9 }) ?? true else {
            throw ValidationError("--reward-timeout must be a positive number of seconds.")
        }
        guard rewardProgram?.allSatisfy(\.isWhitespace) != true else {
            throw ValidationError("--reward-program is empty.")
        }
    }

    var isGiven: Bool { reward != nil || rewardProgram != nil }

    /// - Parameter tokenizer: the one that cut the completions.
    /// - Throws: `ValidationError` when neither was given; `OtherTokenizer` or `StageError.scorerVocabulary` when a
    ///   reward model cuts text differently.
    func scorer(tokenizer: Tokenizer, precision: Precision) throws -> any RewardScorer {
        guard let reward else { return try program() }
        let model = try RewardModel.load(path: reward, precision: precision)
        if case .tokenizer(let hash) = model.vocabulary, hash != tokenizer.hash {
            throw OtherTokenizer(path: reward, own: hash, reference: tokenizer.hash)
        }
        guard model.vocabularySize >= tokenizer.vocabularySize else {
            throw StageError.scorerVocabulary(
                path: reward, candidates: tokenizer.vocabularySize, scorer: model.vocabularySize)
        }
        return model
    }

    func program() throws -> ProgramScorer {
        guard let rewardProgram else { throw RewardOptions.missing }
        return ProgramScorer(
            command: rewardProgram, name: rewardName, workers: rewardWorkers ?? 1, timeout: rewardTimeout,
            isCancelled: { Interruption.isRequested })
    }

    static let missing = ValidationError("give --reward or --reward-program.")
}
