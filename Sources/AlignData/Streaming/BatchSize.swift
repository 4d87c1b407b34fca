/// How much a batch of a stream holds. A batch ends with its epoch, so the last of an epoch may hold less.
public enum BatchSize: Hashable, Sendable {
    /// So many groups.
    case groups(Int)
    /// Groups whose prompts and completions have at most so many tokens together, and at least one group.
    case tokens(Int)
}
