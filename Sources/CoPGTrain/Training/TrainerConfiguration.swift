/// How a model is trained. The defaults live here and nowhere else; the optimization ones are those of the
/// paper's experiment (arXiv 2406.19185, section 6).
public struct TrainerConfiguration: Hashable, Sendable, Codable {
    /// Passes over the groups. Not read when `steps` is set.
    public var epochs: Int = 2
    /// Optimizer steps; nil for `epochs` whole passes.
    public var steps: Int?
    /// Groups a step: the batch. The last batch of an epoch holds what is left.
    public var groupsPerStep: Int = 128
    /// At most so many tokens a forward and backward pass (a larger group goes alone). Sets memory, not the
    /// result.
    public var microBatchTokens: Int = 4096
    /// The peak learning rate.
    public var learningRate: Double = 1e-6
    public var schedule: LearningRateSchedule = .constant
    /// The share of all steps over which the learning rate rises.
    public var warmupShare: Double = 0.1
    /// The gradient's global norm is clipped to this; nil for no clipping.
    public var maximumGradientNorm: Double? = 1
    /// Steps between checkpoints; the last step always has one. nil for the last alone.
    public var checkpointEvery: Int? = 50
    /// The newest so many checkpoints are kept, and the best by validation.
    public var keepCheckpoints: Int = 2
    /// Steps between validations; the first is before training and the last after it. nil for none.
    public var validateEvery: Int? = 50
    /// Training stops when a validation reports a `kl` above this (nats a completion); nil for no limit.
    public var klLimit: Double?
    /// Training stops when so many validations in a row have found a lower score than the best before them;
    /// nil never stops for it.
    public var patience: Int?
    /// Which weights are saved as the model once there are no more steps.
    public var saves: SavedWeights = .last
    /// Before the first step a policy's log-probabilities may differ from the stored reference ones by so
    /// much, in nats a token, averaged over the completions of a group; nil for no check. Arithmetic in bf16
    /// on another machine differs by a few thousandths, another model by tenths.
    public var referenceTolerance: Double? = 0.02
    /// Groups of which that is checked, spread evenly over the first epoch.
    public var referenceSample: Int = 16
    /// For the order of the groups.
    public var seed: UInt64 = 0

    public init() {}

    /// The last weights, or those that validation found best (the last, where there was no validation).
    public enum SavedWeights: String, Hashable, Sendable, Codable, CaseIterable { case last, best }
}
