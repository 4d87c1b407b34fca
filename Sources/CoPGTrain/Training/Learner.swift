/// A model, and an objective that it can be trained for.
public enum Learner {
    case completions(any TrainableModel, any CompletionObjective)
    /// Needs a model with a value head.
    case tokens(any TrainableActorCritic, any TokenObjective)

    public var model: any TrainableModel {
        switch self {
        case .completions(let model, _): model
        case .tokens(let model, _): model
        }
    }

    public var objective: any Objective {
        switch self {
        case .completions(_, let objective): objective
        case .tokens(_, let objective): objective
        }
    }
}
