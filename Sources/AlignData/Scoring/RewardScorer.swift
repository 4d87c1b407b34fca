/// Anything that gives a completion of a prompt a number. Higher is better.
public protocol RewardScorer {
    /// The hash of the reward model's weights, or another name that changes when the scores would.
    var scorerID: String { get }

    /// A reward for each completion of each group; the prompt of a group is run once for all of them.
    func rewards(for groups: [TokenGroup]) throws -> [[Double]]
}
