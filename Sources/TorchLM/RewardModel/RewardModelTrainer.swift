public import AlignData
public import CoPGTrain

/// A reward model under training: a language model's backbone and a new linear head that starts at zero, so that
/// all rewards are equal before the first step.
public final class RewardModelTrainer: SavableRewardModel {
    /// The hash of the model that training starts from.
    public let startID: String
    private let trainer: DeferredTrainer
    private let tokenizerPath: String

    /// - Parameters:
    ///   - backbone: a language model (its vocabulary projection is dropped), or a reward model to go on from.
    public init(backbone path: String, precision: Precision, optimizer: OptimizerConfiguration) throws {
        let source = try ModelSource.open(path)
        startID = try modelHash(path)
        tokenizerPath = source.tokenizerPath
        var adapted = source.configuration
        let isNew = adapted.architecture == .causalLM
        adapted.architecture = .sequenceClassification
        adapted.labelCount = 1
        // Other readers find a sequence's last token by looking for padding: it must not be the end-of-sequence.
        if adapted.padding == adapted.endOfSequence {
            let start = adapted.beginningOfSequence
            adapted.padding = start == adapted.endOfSequence ? nil : start
        }
        let configuration = adapted
        let width = configuration.hiddenSize
        trainer = DeferredTrainer {
            try TransformerTrainer(
                configuration, output: .reward, precision: precision, optimizer: optimizer
            ) { name in
                guard isNew, name == "score.weight" else { return try source.tensor(named: name) }
                return HostTensor(shape: [1, width], floats: Array(repeating: 0, count: width))
            }
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
}
