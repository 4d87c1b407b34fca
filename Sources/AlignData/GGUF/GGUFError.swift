/// A GGUF file that cannot be read.
public enum GGUFError: DescribedError, Hashable {
    /// No such file, or the system said no.
    case unreadable(path: String, reason: String)
    /// The file does not begin with "GGUF".
    case notGGUF(path: String)
    /// A version this reader does not know (it knows 2 and 3).
    case unsupportedVersion(path: String, version: UInt32)
    /// The file ends before `what`, which was to be read at byte `offset`.
    case truncated(path: String, offset: Int, what: String)
    /// The data of a tensor reaches beyond the end of the file.
    case tensorBeyondEnd(path: String, tensor: String, end: Int, fileSize: Int)
    /// Something in the file that cannot be meant.
    case malformed(path: String, offset: Int, what: String)

    public var category: FailureCategory {
        if case .unreadable = self { return .inputOutput }
        return .badData
    }

    public var summary: String {
        switch self {
        case .unreadable(_, let reason): "cannot read the model file: \(reason)"
        case .notGGUF: "not a GGUF"
        case .unsupportedVersion(_, let version): "GGUF version \(version) is not supported (2 and 3 are)"
        case .truncated(_, let offset, let what): "the GGUF is truncated: it ends at \(what), byte \(offset)"
        case .tensorBeyondEnd(_, let tensor, let end, let fileSize):
            "the GGUF is truncated: tensor '\(tensor)' ends at byte \(end), the file at byte \(fileSize)"
        case .malformed(_, let offset, let what): "the GGUF is malformed at byte \(offset): \(what)"
        }
    }

    public var location: String? {
        switch self {
        case .unreadable(let path, _), .notGGUF(let path), .unsupportedVersion(let path, _),
            .truncated(let path, _, _), .tensorBeyondEnd(let path, _, _, _), .malformed(let path, _, _):
            path
        }
    }

    public var hint: String? {
        switch self {
        case .unreadable, .notGGUF: "give a model as a .gguf file or a Hugging Face folder"
        case .truncated, .tensorBeyondEnd: "download or copy the file again"
        case .unsupportedVersion: "convert the model again with a current converter"
        case .malformed: nil
        }
    }
}
