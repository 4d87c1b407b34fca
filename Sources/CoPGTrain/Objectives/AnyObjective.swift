/// An objective of either kind.
public enum AnyObjective: Sendable {
    case completions(any CompletionObjective)
    case tokens(any TokenObjective)

    /// It sees tokens, so it needs a policy with a value head.
    public var hasTokens: Bool {
        switch self {
        case .completions: false
        case .tokens: true
        }
    }

    /// What both kinds have.
    public var base: any Objective {
        switch self {
        case .completions(let objective): objective
        case .tokens(let objective): objective
        }
    }
}
