/// How `score` treats completions. The defaults live here and nowhere else.
public struct ScoreConfiguration: Hashable, Sendable, Codable {
    /// Given, instead of the model's score, to completions that did not end by themselves; nil scores them too.
    public var unfinishedReward: Double?

    public init() {}
}
