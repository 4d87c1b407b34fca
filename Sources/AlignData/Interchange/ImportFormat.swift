/// The forms that scored completions come in: JSON lines, an object a line.
public enum ImportFormat: String, Hashable, Sendable, Codable, CaseIterable {
    /// A pair a line: `prompt`, `chosen`, `rejected` and, where the data have them, `score_chosen`,
    /// `score_rejected`.
    case trlPreference = "trl-preference"
    /// A prompt a line: `prompt`, `completions`, `scores`.
    case trlScored = "trl-scored"
    /// Completions that nobody has scored yet: `prompt` and `completion`, or `completions`.
    case trlCompletion = "trl-completion"

    /// What the rows become: what has scores is paired, what has none can be scored.
    public var output: ShardKind { self == .trlCompletion ? .candidates : .pairs }
}

/// How rows become pairs. The defaults live here and nowhere else.
public struct ImportConfiguration: Hashable, Sendable, Codable {
    public var format: ImportFormat = .trlPreference
    /// Whether the names of control tokens in prompts are those tokens, as in prompts that a chat template
    /// rendered. Otherwise a prompt is plain text throughout. Completions always are.
    public var controlTokens: Bool = false
    /// What a chosen and a rejected completion count in rows without scores; such rows are rejected when nil.
    public var preferenceRewards: PreferenceRewards?
    /// The split of every row, whatever it says itself.
    public var split: Split?
    /// Where rows go that do not say it themselves, decided by their prompt.
    public var splits = SplitFractions()
    /// The day that the model's chat template is told (`2026-07-31`); without one it knows none.
    public var date: String?
    /// Which completions of a prompt make pairs. Preferences are the pairs they list.
    public var pairing = PairingRule()
    public var seed: UInt64 = 0
    /// Prompts a shard: the unit of work that an interruption can cost.
    public var promptsPerShard: Int = 256
    /// The share of all records that may be rejected before the report says that there were too many.
    public var allowedRejections: Double = 0.05
    /// Whether a file that cannot be read to its end is good enough, so that the report says nothing against it.
    public var allowsIncompleteSources: Bool = false

    public init() {}
}

/// Rewards for a preference that came without scores. CoPG sees their difference: ½ makes its gradient that
/// of IPO with the same β (arXiv 2406.19185, section 4), up to a factor.
public struct PreferenceRewards: Hashable, Sendable, Codable {
    public var chosen: Double
    public var rejected: Double

    /// Nil unless both are finite and chosen is above rejected.
    public init?(chosen: Double, rejected: Double) {
        guard chosen.isFinite, rejected.isFinite, chosen > rejected else { return nil }
        self.chosen = chosen
        self.rejected = rejected
    }
}
