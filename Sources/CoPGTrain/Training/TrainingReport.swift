/// What a training run did.
public struct TrainingReport: Hashable, Sendable, Codable {
    /// Why there are no more steps.
    public enum End: String, Hashable, Sendable, Codable {
        case finished
        /// A validation found the policy too far from the reference.
        case klLimit = "kl-limit"
        /// The validations' score has stayed below its best.
        case scoreFell = "score-fell"
    }

    public struct Best: Hashable, Sendable, Codable {
        public var step: Int
        /// Higher is better.
        public var score: Double
    }

    public var end: End
    /// Steps done, those before a resume included.
    public var steps: Int
    /// Steps done by this call; 0 when the run was already complete.
    public var stepsNow: Int
    public var tokenCount: Int
    /// The last step's metrics and, where the run validates, the validation's.
    public var last: StepMetrics?
    public var best: Best?
    /// The best checkpoint's folder, by the validation's score.
    public var bestCheckpoint: String?
    public var alreadyComplete: Bool
    /// Steps of checkpoints that were found damaged; the run went on from an older one, to the same bits.
    public var damagedCheckpoints: [Int] = []
    /// Those of the run, with the `ComputeFacts` of the steps before a resume.
    public var facts: [String: String] = [:]
    /// What a person should know.
    public var notes: [String] = []
}

/// What a validation found.
public struct ValidationResult: Hashable, Sendable {
    /// What the best checkpoint is chosen by; higher is better. The mean reward of what the policy generates,
    /// for a policy; the held-out accuracy, for a reward model.
    public var score: Double
    /// Written to the metrics as `validation/NAME`. `kl`, where there, is held against the KL limit.
    public var metrics: [String: Double]

    public init(score: Double, metrics: [String: Double]) {
        self.score = score
        self.metrics = metrics
    }
}

/// Measures the model as it is after `step` steps. It must leave the model as it was and draw its random
/// numbers from the step or a fixed seed, so that a resumed run finds the same.
public typealias Validation = (_ step: Int) throws -> ValidationResult
