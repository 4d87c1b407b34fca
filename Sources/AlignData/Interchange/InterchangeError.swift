/// What keeps pairs from leaving.
public enum InterchangeError: DescribedError, Equatable {
    /// Something else than this export lies at the output.
    case otherOutput(path: String)
    /// A folder of files was to be written where only a stream of bytes can be.
    case noFolder(path: String)

    public var category: FailureCategory {
        .usage
    }

    public var summary: String {
        switch self {
        case .otherOutput: "the output exists and is not this export"
        case .noFolder: "a dataset is a folder of files, and the output takes a single stream"
        }
    }

    public var hint: String? {
        switch self {
        case .otherOutput: "choose another --output; what is there is left alone"
        case .noFolder: "give a folder, or choose a format that is one file"
        }
    }

    public var location: String? {
        switch self {
        case .otherOutput(let path), .noFolder(let path): path
        }
    }
}
