import AlignData
import ArgumentParser

struct PairsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pairs",
        abstract: "Join candidates and rewards into the self-contained pair shards that training reads.",
        discussion: "Completions of a prompt whose tokens are identical are dropped and counted.")

    private static let defaults = PairsConfiguration()

    @Argument(help: "The folder that `generate` wrote.")
    var candidates: String

    @Option(
        help: ArgumentHelp(
            "A folder that `score` wrote for these candidates. Given several times, the reward is the sum, each "
                + "weighted by its number.", valueName: "folder[=weight]"))
    var rewards: [WeightedFolder]

    @OptionGroup(title: "Pairing") var pairing: PairingOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What becomes of completions that did not end by themselves: keep, drop, penalty=X (their reward is "
                + "lowered by X) or reward=X (they get X).", valueName: "rule"))
    var unfinished: UnfinishedRule = defaults.unfinished

    @Option(
        help: ArgumentHelp(
            "What is done to the rewards: none, scale=X, clip=LOW,HIGH, whiten (over the train split) or center "
                + "(each prompt's mean becomes 0).", valueName: "rule"))
    var shaping: RewardShaping = defaults.shaping

    @Option(help: "Decides which pairs the strategy random draws.")
    var seed: UInt64 = defaults.seed

    @Option(help: ArgumentHelp("Prompts a shard, at most.", valueName: "n"))
    var promptsPerShard: Int = defaults.promptsPerShard

    @Option(help: ArgumentHelp("Bytes a shard, about, at most; a prompt is never split.", valueName: "n"))
    var bytesPerShard: Int = defaults.bytesPerShard

    @OptionGroup var stage: StageOptions

    func validate() throws {
        guard !rewards.isEmpty else { throw ValidationError("--rewards must be given.") }
        try OptionRange.check("--prompts-per-shard", promptsPerShard)
        try OptionRange.check("--bytes-per-shard", bytesPerShard, atMost: 1 << 40)
    }

    func run() throws {
        var configuration = Self.defaults
        configuration.pairing = pairing.rule
        configuration.weights = rewards.map(\.weight)
        configuration.unfinished = unfinished
        configuration.shaping = shaping
        configuration.seed = seed
        configuration.promptsPerShard = promptsPerShard
        configuration.bytesPerShard = bytesPerShard
        try stage.run(PairsStage.name, configuration) { progress in
            try PairsStage(
                candidates: candidates, rewards: rewards.map(\.path), configuration: configuration,
                output: stage.output
            ).run(progress: progress)
        }
    }
}
