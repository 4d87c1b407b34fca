/// The figures of one step, by the names that TRL gives them.
public struct StepMetrics: Hashable, Sendable {
    public enum Name {
        /// Mean over the batch, as the objective weighs it.
        public static let loss = "loss"
        /// Mean over the batch's ordered pairs, of the implied rewards: β·L for a policy, the output of a
        /// reward model.
        public static let chosenReward = "rewards/chosen"
        public static let rejectedReward = "rewards/rejected"
        public static let margin = "rewards/margins"
        /// The share of the ordered pairs whose better completion has the higher implied reward.
        public static let accuracy = "rewards/accuracies"
        /// Means over the ordered pairs of ln π of the better and the worse completion, nats.
        public static let chosenLogProbability = "logps/chosen"
        public static let rejectedLogProbability = "logps/rejected"
        /// The mean of the batch's completions, tokens.
        public static let meanLength = "completions/mean_length"
        /// The values' part of the loss, where the model has a value head.
        public static let valueLoss = "loss/value_avg"
        /// KL(π‖π_ref) of the completions that the policy itself wrote for a validation, nats a completion.
        public static let kl = "kl"
        /// The mean of ln π − ln π_ref over the batch's completions, nats. Only where the policy itself had
        /// written them would this estimate KL(π‖π_ref), hence not `kl`, which validation by generation
        /// reports.
        public static let dataLogRatio = "logratios/mean"
        /// The global norm before clipping.
        public static let gradientNorm = "grad_norm"
        public static let learningRate = "lr"
        /// Tokens computed since the run began.
        public static let tokenCount = "num_tokens"
        /// Passes made, with the share of the one under way.
        public static let epoch = "epoch"
        public static let step = "step"
        /// Before the names of what a validation reports: `validation/reward`.
        public static let validationPrefix = "validation/"
    }

    /// Steps done. 0 is a validation before the first.
    public var step: Int
    public var values: [String: Double]

    public init(step: Int, values: [String: Double] = [:]) {
        self.step = step
        self.values = values
    }

    public subscript(name: String) -> Double? {
        get { values[name] }
        set { values[name] = newValue }
    }
}

/// One flat JSON object.
extension StepMetrics: Codable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        step = try container.decode(Int.self, forKey: Key(Name.step))
        values = [:]
        for key in container.allKeys where key.stringValue != Name.step {
            values[key.stringValue] = try container.decode(Double.self, forKey: key)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(step, forKey: Key(Name.step))
        for (name, value) in values { try container.encode(value, forKey: Key(name)) }
    }
}
