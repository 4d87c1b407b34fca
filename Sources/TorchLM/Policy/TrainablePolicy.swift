public import AlignData
public import CoPGTrain
import Foundation

/// A language model under training.
///
/// Its outputs are ln π(completion | prompt) in nats, by the shared-prefix pass that `LanguageModel` uses: before the
/// first step they equal the log-probabilities that the same model gave when it was the reference.
public final class TrainablePolicy: TrainableTransformer, SavablePolicy {
    /// Adapters are saved by themselves, in PEFT's form, and not merged into the weights.
    public let isAdapter: Bool
    private let adapters: LoRAConfiguration?
    private let baseName: String
    private let tokenizer: Tokenizer?

    /// - Parameters:
    ///   - path: a Hugging Face folder or GGUF file of a language model.
    ///   - precision: of activations; weights and moments are fp32.
    ///   - hasValueHead: a linear head over the final states, zero at first, that predicts values. It is part of
    ///     checkpoints and not of the saved model.
    ///   - recomputesLayers: keep less in memory and compute a third more; the same bits.
    ///   - mergesAdapters: save the whole model with its adapters merged into the weights.
    ///   - tokenizer: decides how a snapshot draws completions, as in `LanguageModel.load`.
    public init(
        path: String, precision: Precision, optimizer: OptimizerConfiguration, hasValueHead: Bool = false,
        recomputesLayers: Bool = false, mergesAdapters: Bool = false, tokenizer: Tokenizer? = nil
    ) throws {
        let source = try ModelSource.open(path)
        guard source.configuration.architecture == .causalLM else {
            throw ModelRoleError(path: path, found: "reward model", wanted: "language model")
        }
        adapters = optimizer.adapters
        isAdapter = optimizer.adapters != nil && !mergesAdapters
        self.tokenizer = tokenizer
        baseName = URL(fileURLWithPath: path).lastPathComponent
        try super.init(path: path, source: source) {
            try OptimizedTransformer(
                source.configuration, output: .logProbability, precision: precision, optimizer: optimizer,
                hasValueHead: hasValueHead, recomputesLayers: recomputesLayers
            ) { try source.tensor(named: $0) }
        }
    }

    public func tokenOutputs(of groups: [TokenGroup]) throws -> [[TokenSeries]] {
        try loaded().tokenOutputs(of: groups)
    }

    public func accumulateGradient(
        of groups: [TokenGroup], tokenCoefficients: ([[TokenSeries]]) throws -> [[TokenSeries]]
    ) throws {
        try loaded().accumulateGradient(of: groups, tokenCoefficients: tokenCoefficients)
    }

    /// The master weights in fp32 as a Hugging Face folder; or the adapters alone, in PEFT's form.
    public override func saveModel(to folder: String) throws {
        guard isAdapter, let adapters else { return try super.saveModel(to: folder) }
        try loaded().saveAdapters(adapters, base: baseName, to: folder)
    }

    /// The policy as it is now: a copy in the precision of compute, so that it says what training computes.
    public func snapshot() throws -> any MeasurablePolicy {
        let trained = try loaded()
        return try LanguageModel(
            snapshotOf: trained.transformer, modelID: "\(startID)+\(trained.steps)",
            tokenizer: tokenizer)
    }
}
