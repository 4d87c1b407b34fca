public import AlignData
public import CoPGTrain

/// A language model under training: fp32 master weights, compute in the given precision.
///
/// Its outputs are ln π(completion | prompt) in nats, by the shared-prefix pass that `LanguageModel` uses: before the
/// first step they equal the log-probabilities that the same model gave when it was the reference.
public final class PolicyTrainer: SavablePolicy {
    /// The hash of the model that training starts from.
    public let startID: String
    /// In tokens.
    public let contextLength: Int
    private let trainer: DeferredTrainer
    private let tokenizerPath: String

    /// - Parameters:
    ///   - path: a Hugging Face folder or GGUF file of a language model.
    ///   - precision: of activations; weights and moments are fp32.
    public init(path: String, precision: Precision, optimizer: OptimizerConfiguration) throws {
        let source = try ModelSource.open(path)
        guard source.configuration.architecture == .causalLM else {
            throw ModelRoleError(path: path, found: "reward model", wanted: "language model")
        }
        startID = try modelHash(path)
        contextLength = source.configuration.maxPositions
        tokenizerPath = source.tokenizerPath
        trainer = DeferredTrainer {
            try TransformerTrainer(
                source.configuration, output: .logProbability, precision: precision, optimizer: optimizer
            ) { try source.tensor(named: $0) }
        }
    }

    public func outputs(of groups: [TokenGroup]) throws -> [[Double]] {
        try trainer.loaded().outputs(of: groups)
    }

    public func accumulateGradient(
        of groups: [TokenGroup], coefficients: ([[Double]]) throws -> [[Double]]
    ) throws {
        try trainer.loaded().accumulateGradient(of: groups, coefficients: coefficients)
    }

    public func step(learningRate: Double, maximumGradientNorm: Double?) throws -> Double {
        try trainer.loaded().step(learningRate: learningRate, maximumGradientNorm: maximumGradientNorm)
    }

    public func saveState(to folder: String) throws { try trainer.loaded().saveState(to: folder) }

    public func restoreState(from folder: String) throws { try trainer.loaded().restoreState(from: folder) }

    public func saveModel(to folder: String) throws {
        try trainer.loaded().saveModel(to: folder, tokenizerFrom: tokenizerPath)
    }

    /// The policy as it is now: a copy in the precision of compute, so that it says what training computes.
    public func snapshot() throws -> any CompletionSampler {
        let trainer = try trainer.loaded()
        return try LanguageModel(
            snapshotOf: trainer.transformer, policyID: "\(startID)+\(trainer.steps)")
    }
}
