/// What a program of the user's did wrong. Lines are counted from 1 in what the program has printed since it was started,
/// questions from 1 over all that were asked. What a line says is never shown.
public enum ProgramScorerError: DescribedError, Equatable {
    /// The shell could not be started.
    case notStarted(command: String, reason: String)
    /// It ended, or closed its output, before it had answered this question.
    case ended(command: String, status: ProgramStatus, question: Int)
    /// It answered everything, and then failed.
    case failedAtEnd(command: String, status: ProgramStatus)
    /// It closed its output and did not end.
    case doesNotEnd(command: String, seconds: Double)
    /// Its answer is no number; `kind` says what it is.
    case notANumber(command: String, line: Int, question: Int, kind: String, hint: String?)
    /// It printed this line although no question was open.
    case unasked(command: String, line: Int, kind: String)
    /// It did not answer in time.
    case late(command: String, question: Int, seconds: Double)

    public var category: FailureCategory { .badData }

    private static let name = "the program that scores"

    public var summary: String {
        switch self {
        case .notStarted(_, let reason): "\(Self.name) cannot be started: \(reason)"
        case .ended(_, let status, let question):
            "\(Self.name) ended with \(status) before it answered question \(question)"
        case .failedAtEnd(_, let status):
            "\(Self.name) answered every question and then ended with \(status)"
        case .doesNotEnd(_, let seconds):
            "\(Self.name) answered every question and did not end within \(Self.plain(seconds)) of its input's end"
        case .notANumber(_, let line, let question, let kind, _):
            "line \(line) of what \(Self.name) printed, its answer to question \(question), is \(kind) where a decimal number is expected"
        case .unasked(_, let line, let kind):
            "line \(line) of what \(Self.name) printed, \(kind), answers no question"
        case .late(_, let question, let seconds):
            "\(Self.name) did not answer question \(question) within \(Self.plain(seconds))"
        }
    }

    private static func plain(_ seconds: Double) -> String {
        let text = seconds == seconds.rounded() && seconds < 1e15 ? String(Int(seconds)) : "\(seconds)"
        return text + (seconds == 1 ? " second" : " seconds")
    }

    public var location: String? {
        switch self {
        case .notStarted(let command, _), .ended(let command, _, _), .failedAtEnd(let command, _),
            .doesNotEnd(let command, _), .notANumber(let command, _, _, _, _), .unasked(let command, _, _),
            .late(let command, _, _):
            command
        }
    }

    public var hint: String? {
        let protocolHint =
            "it gets a JSON object a line, and answers each with a line that is one number, flushed"
        let elsewhere = "; whatever else it has to say belongs on standard error"
        return switch self {
        case .notANumber(_, _, _, _, let hint): hint ?? protocolHint + elsewhere
        case .unasked: protocolHint + elsewhere
        case .late:
            "allow more time for a question, or look at what the program waits for: is its answer flushed?"
        case .failedAtEnd: "at the end of its input it is to end with status 0; what it says of it is above"
        case .doesNotEnd: "at the end of its input it is to end"
        case .notStarted, .ended: protocolHint
        }
    }
}

/// How a program ended.
public enum ProgramStatus: Equatable, Sendable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    public var description: String {
        switch self {
        case .code(let code): "status \(code)"
        case .signal(let number): "signal \(number)"
        }
    }
}
