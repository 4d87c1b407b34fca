/// What `generate` draws. The defaults live here and nowhere else.
public struct GenerateConfiguration: Hashable, Sendable, Codable {
    public var sampling = SamplingConfiguration()
    /// The splits whose prompts get completions.
    public var splits: [Split] = [.train]
    /// At most so many prompts of each split, selected by seed and prompt id; all when nil. A larger number
    /// selects the same prompts and more.
    public var maxPrompts: Int?
    /// Prompts a shard: the unit of work that an interruption can cost.
    public var promptsPerShard: Int = 64

    /// Whether the reference summaries of a prompt join its completions, to be scored and paired as those are.
    public var withReferences: Bool = false
    /// Whether the completions that came with the corpus join them, too.
    public var withCompletions: Bool = false

    /// Whether a prompt has completions that nobody draws.
    var hasGiven: Bool { withReferences || withCompletions }

    public init() {}

    /// - Throws: `StageError.configuration`.
    func check() throws {
        try StageError.require(promptsPerShard > 0, "a shard holds at least one prompt")
        try StageError.require(
            sampling.candidates > 0 || sampling.candidates == 0 && hasGiven,
            "a prompt gets at least one completion")
        try StageError.require(sampling.maxTokens > 0, "a completion has at least one token")
        try StageError.require(maxPrompts ?? 0 >= 0, "a split has no negative number of prompts")
    }
}
