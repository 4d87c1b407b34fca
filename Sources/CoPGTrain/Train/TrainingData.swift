/// What a policy is trained on.
public enum TrainingData: Hashable, Sendable {
    /// The folder of a pair set.
    case pairs(String)
    /// The folder of a corpus, whose reference summaries are the completions: without rewards and pairs.
    case summaries(String)

    var path: String {
        switch self {
        case .pairs(let path), .summaries(let path): path
        }
    }
}
