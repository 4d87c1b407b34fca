public import AlignData

/// A model of one role was given where another is needed.
public struct ModelRoleError: DescribedError {
    let path: String?
    let found: String
    let wanted: String

    /// A transformer without a vocabulary projection was asked for log-probabilities.
    static var noHead: ModelRoleError {
        ModelRoleError(path: nil, found: "reward model", wanted: "language model")
    }

    /// A transformer without a reward head was asked for rewards.
    static var noScore: ModelRoleError {
        ModelRoleError(path: nil, found: "language model", wanted: "reward model")
    }

    public var category: FailureCategory { .badData }
    public var summary: String { "this is a \(found), not a \(wanted)" }
    public var location: String? { path }
    public var hint: String? {
        found == "reward model"
            ? "a reward model scores completions: give it to `align-data score`"
            : "train a reward model with `align-data train-reward`"
    }
}
