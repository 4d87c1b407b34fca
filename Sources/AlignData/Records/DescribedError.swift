/// What a person needs to know of a failed operation. Each area has one error type that conforms; the command
/// phrases it as `align-data: error: what (where)` and `hint: …`.
///
/// `summary` never contains a user's text (a document, a completion): only names, numbers and positions.
public protocol DescribedError: Error, Sendable {
    /// Decides the exit code.
    var category: FailureCategory { get }
    /// One sentence, lower case, without a full stop.
    var summary: String { get }
    /// A path, archive member, line or shard.
    var location: String? { get }
    /// What to do about it, where known.
    var hint: String? { get }
}

/// The kinds of failure that callers tell apart. Raw values are the command's exit codes (sysexits.h where one fits).
public enum FailureCategory: Int32, Sendable {
    /// Something went wrong that is nobody's input.
    case failed = 1
    /// The work is done, but more records were rejected than allowed, or a source was not read to its end.
    case tooManyRejections = 2
    /// Options that cannot be meant.
    case usage = 64
    /// Data or model files that cannot be trusted or understood.
    case badData = 65
    /// The file system said no.
    case inputOutput = 74
    /// Stopped by the user; the work so far is kept.
    case interrupted = 130
}

extension DescribedError {
    public var location: String? { nil }
    public var hint: String? { nil }
}

/// The user asked to stop. Thrown by stages at a point where all finished work is safe.
public struct Interrupted: DescribedError {
    public var category: FailureCategory { .interrupted }
    public var summary: String { "interrupted; the work so far is kept" }
    public var hint: String? { "run the same command again to go on" }

    public init() {}
}
