/// How `pairs` contrasts completions. The defaults live here and nowhere else.
public struct PairsConfiguration: Hashable, Sendable, Codable {
    public var pairing = PairingRule()
    /// What each reward set counts, in their order: the raw reward is Σ weight·reward.
    public var weights: [Double] = [1]
    /// Applied to the raw reward, before shaping.
    public var unfinished = UnfinishedRule.keep
    public var shaping = RewardShaping.none
    public var seed: UInt64 = 0
    /// A shard is full when it has so many prompts,
    public var promptsPerShard: Int = 65536
    /// or when one more would bring it over about so many bytes. A prompt is never split.
    public var bytesPerShard: Int = 256 << 20

    public init() {}

    /// - Throws: `StageError.configuration`.
    func check() throws {
        try StageError.require(pairing.randomPairs > 0, "a prompt gets at least one pair")
        try StageError.require(promptsPerShard > 0, "a shard holds at least one prompt")
    }
}
