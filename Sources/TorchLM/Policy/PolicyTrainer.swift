public import AlignData
public import CoPGTrain

/// A language model under training.
///
/// Its outputs are ln π(completion | prompt) in nats, by the shared-prefix pass that `LanguageModel` uses: before the
/// first step they equal the log-probabilities that the same model gave when it was the reference.
public final class PolicyTrainer: TrainableTransformer, SavablePolicy {
    /// - Parameters:
    ///   - path: a Hugging Face folder or GGUF file of a language model.
    ///   - precision: of activations; weights and moments are fp32.
    public init(path: String, precision: Precision, optimizer: OptimizerConfiguration) throws {
        let source = try ModelSource.open(path)
        guard source.configuration.architecture == .causalLM else {
            throw ModelRoleError(path: path, found: "reward model", wanted: "language model")
        }
        try super.init(path: path, source: source) {
            try TransformerTrainer(
                source.configuration, output: .logProbability, precision: precision, optimizer: optimizer
            ) { try source.tensor(named: $0) }
        }
    }

    /// The policy as it is now: a copy in the precision of compute, so that it says what training computes.
    public func snapshot() throws -> any CompletionSampler {
        let trainer = try loaded()
        return try LanguageModel(snapshotOf: trainer.transformer, policyID: "\(startID)+\(trainer.steps)")
    }
}
