/// What a scorer takes from a question, and so what must be checked before it is asked.
public enum ScorerVocabulary: Hashable, Sendable {
    /// It reads text.
    case text
    /// It reads the ids of the tokenizer with this hash.
    case tokenizer(hash: String)
    /// It reads ids below this number; that they mean the same words cannot be checked.
    case size(Int)
}

/// Anything that gives a completion of a prompt a number. Higher is better. A question holds text and tokens; the
/// scorer reads what it needs.
public protocol RewardScorer {
    /// The hash of the reward model's weights, or another name that changes when the scores would.
    var scorerID: String { get }
    /// What it reads.
    var vocabulary: ScorerVocabulary { get }
    /// Prompt and completion together may have so many tokens; nil where there is no limit.
    var contextLength: Int? { get }

    /// How many prompts it is best asked about at once.
    var promptsPerCall: Int { get }

    /// A reward for each completion of each group; the prompt of a group is run once for all of them.
    func rewards(for groups: [RewardQuestions]) throws -> [[Double]]

    /// Called before rewards are kept.
    /// - Throws: when it shows that those given since the last call cannot be trusted.
    func settle() throws
}

extension RewardScorer {
    public var promptsPerCall: Int { 8 }
    public var contextLength: Int? { nil }
    public func settle() throws {}
}
