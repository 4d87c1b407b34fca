/// What keeps a stream from starting.
public enum StreamError: DescribedError, Equatable {
    /// The set has no groups of the split.
    case empty(path: String, split: Split)

    public var category: FailureCategory { .badData }
    public var summary: String {
        switch self {
        case .empty(_, let split): "the pair set has no groups of the \(split.rawValue) split"
        }
    }
    public var location: String? {
        switch self {
        case .empty(let path, _): path
        }
    }
    public var hint: String? { "look at the counts with `align-data inspect`" }
}
