/// What keeps pairs from leaving.
public enum InterchangeError: DescribedError, Equatable {
    /// Something else than this export lies at the output.
    case otherOutput(path: String)

    public var category: FailureCategory { .usage }
    public var summary: String { "the output exists and is not this export" }
    public var hint: String? { "choose another --output; what is there is left alone" }

    public var location: String? {
        switch self {
        case .otherOutput(let path): path
        }
    }
}
