import AlignData

/// A policy that can be trained, looked at on the way, and saved: what the training stage needs of a language model.
public protocol SavablePolicy: TrainableActorCritic {
    /// In tokens.
    var contextLength: Int { get }
    /// What `saveModel` writes is an adapter of the model that training started from, not a model of its own.
    var isAdapter: Bool { get }
    /// The policy as it is now, for drawing completions.
    func snapshot() throws -> any MeasurablePolicy
    /// Writes the model into `folder` in the form that it is loaded from.
    func saveModel(to folder: String) throws
}
