/// A model of token sequences, seen from the data half.
public protocol SequenceModel {
    /// The hash of the model's weights and configuration, or another name that changes when its answers would.
    var modelID: String { get }
    /// Prompt and completion together may have so many tokens.
    var contextLength: Int { get }
}
