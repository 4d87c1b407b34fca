public import AlignData

/// Results that cannot be compared.
public enum EvaluationError: DescribedError, Equatable {
    case noPrompts
    /// The two policies were not given the same prompts in the same order.
    case differentPrompts(index: Int)
    case noCompletions(index: Int)

    public var category: FailureCategory { .badData }

    public var summary: String {
        switch self {
        case .noPrompts: "there are no prompts to evaluate on"
        case .differentPrompts(let index):
            "the two policies were given different prompts: they part at number \(index + 1)"
        case .noCompletions(let index): "prompt number \(index + 1) has no completion"
        }
    }
}
