public import AlignData

/// The corpus has no prompts that could be evaluated.
public struct NothingToEvaluate: DescribedError {
    let split: Split
    /// Of the split.
    let prompts: Int
    let path: String

    public var category: FailureCategory { .badData }
    public var summary: String {
        prompts == 0
            ? "the corpus has no \(split.rawValue) prompts"
            : "none of the \(prompts) \(split.rawValue) prompts fits the model's context beside a completion"
    }
    public var location: String? { path }
    public var hint: String? {
        prompts == 0
            ? "choose another split; `align-data inspect` shows how many prompts each has"
            : "allow fewer tokens a completion, or take a model with a longer context"
    }
}
