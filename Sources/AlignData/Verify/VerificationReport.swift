/// What `verify` looked at and what it found.
public struct VerificationReport: Hashable, Sendable, Codable {
    public enum Outcome: String, Hashable, Sendable, Codable {
        case passed, failed
        /// Could not be looked at; `problems` says why.
        case skipped
    }

    public struct Check: Hashable, Sendable, Codable {
        /// What was checked: "hashes", "row counts".
        public var name: String
        public var outcome: Outcome
        /// One sentence each: what is wrong and where, or why it was skipped. Never a user's text.
        public var problems: [String]
        /// Problems beyond those listed.
        public var more: Int

        init(name: String, outcome: Outcome, problems: [String] = [], more: Int = 0) {
            self.name = name
            self.outcome = outcome
            self.problems = problems
            self.more = more
        }
    }

    public var path: String
    /// Nil when the manifest cannot be trusted.
    public var kind: ShardKind?
    public var checks: [Check]
    /// What a person should know beside the checks. One sentence each.
    public var notes: [String] = []

    /// No check failed.
    public var isSound: Bool { !checks.contains { $0.outcome == .failed } }
}

/// Collects what one check finds, and keeps the first of it.
struct ProblemList {
    private(set) var problems: [String] = []
    private(set) var more = 0
    private static let kept = 10

    mutating func add(_ problem: @autoclosure () -> String) {
        if problems.count < ProblemList.kept { problems.append(problem()) } else { more += 1 }
    }
}
