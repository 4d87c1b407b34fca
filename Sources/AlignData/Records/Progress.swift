/// How far a stage is. The library reports; the caller shows it (or not) and answers whether to go on.
public struct Progress: Sendable {
    /// Units done and in total (`nil` while unknown), in `unit`s.
    public var done: Int
    public var total: Int?
    /// What is counted, plural: "prompts", "MB", "steps".
    public var unit: String
    /// Short figures to show beside the bar, in order: ("reward", "0.412").
    public var figures: [(name: String, value: String)]

    public init(done: Int, total: Int?, unit: String, figures: [(name: String, value: String)] = []) {
        self.done = done
        self.total = total
        self.unit = unit
        self.figures = figures
    }
}

/// The caller's answer to a report of progress.
public enum ProgressAnswer: Sendable {
    case more, stop
}

/// Called often; must be cheap. A stage that is told to stop throws `Interrupted` once its work is safe.
public typealias ProgressHandler = (Progress) -> ProgressAnswer
