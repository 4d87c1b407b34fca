public import AlignData

/// What the trainer trains: a model that gives every completion of a prompt one differentiable number.
///
/// For a policy the number is ln π(completion | prompt); for a reward model it is the reward. Every objective
/// depends on the model through these numbers alone, so its gradient is Σₖ (∂loss/∂outputₖ)·∇outputₖ and the
/// objective needs no tensor library.
public protocol TrainableModel: AnyObject {
    /// The outputs for each completion of each group, without keeping anything for a gradient.
    func outputs(of groups: [TokenGroup]) throws -> [[Double]]

    /// One forward and one backward pass over `groups`: adds Σₖ cₖ·∇outputₖ to the accumulated gradient, where
    /// `coefficients` maps the outputs to c (same shape). A group whose coefficients are all zero costs no backward.
    func accumulateGradient(of groups: [TokenGroup], coefficients: ([[Double]]) throws -> [[Double]]) throws

    /// Clips the accumulated gradient to `maximumGradientNorm` (none when nil), takes one optimizer step, clears the gradient.
    /// - Returns: the global norm of the gradient before clipping. When it is not finite, no step is taken and the
    ///   gradient is cleared.
    func step(learningRate: Double, maximumGradientNorm: Double?) throws -> Double

    /// Writes everything that exact continuation needs (weights at full precision, optimizer moments, step count)
    /// into an existing folder.
    func saveState(to folder: String) throws
    /// The inverse of `saveState`; bit-exact.
    func restoreState(from folder: String) throws
}

/// A policy with a value head: besides ln π of every token it predicts the value of the state before it.
///
/// The value head reads the policy's states but does not move them: its gradient ends at the head, so that the
/// policy's gradient is the policy loss's alone.
public protocol TrainableActorCritic: TrainableModel {
    /// The outputs for each completion of each group, without keeping anything for a gradient.
    func tokenOutputs(of groups: [TokenGroup]) throws -> [[TokenSeries]]

    /// As `accumulateGradient(of:coefficients:)`, with two outputs and two coefficients a token.
    func accumulateGradient(
        of groups: [TokenGroup], tokenCoefficients: ([[TokenSeries]]) throws -> [[TokenSeries]]
    ) throws
}
