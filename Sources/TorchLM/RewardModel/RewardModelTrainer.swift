public import AlignData
public import CoPGTrain

/// A reward model under training: a language model's backbone and a new linear head that starts at zero, so that
/// all rewards are equal before the first step.
public final class RewardModelTrainer: SavableRewardModel {
    /// The hash of the model that training starts from.
    public let startID: String
    private let trainer: TransformerTrainer
    private let tokenizerPath: String

    /// - Parameters:
    ///   - backbone: a language model (its vocabulary projection is dropped), or a reward model to go on from.
    public init(backbone path: String, precision: Precision, optimizer: OptimizerConfiguration) throws {
        let source = try ModelSource.open(path)
        startID = try modelHash(path)
        tokenizerPath = source.tokenizerPath
        var configuration = source.configuration
        let isNew = configuration.architecture == .causalLM
        configuration.architecture = .sequenceClassification
        configuration.labelCount = 1
        // Other readers find a sequence's last token by looking for padding: it must not be the end-of-sequence.
        if configuration.padding == configuration.endOfSequence {
            let start = configuration.beginningOfSequence
            configuration.padding = start == configuration.endOfSequence ? nil : start
        }
        let width = configuration.hiddenSize
        trainer = try TransformerTrainer(
            configuration, output: .reward, precision: precision, optimizer: optimizer
        ) { name in
            guard isNew, name == "score.weight" else { return try source.tensor(named: name) }
            return HostTensor(shape: [1, width], floats: Array(repeating: 0, count: width))
        }
    }

    public func outputs(of groups: [TokenGroup]) throws -> [[Double]] { try trainer.outputs(of: groups) }

    public func accumulateGradient(
        of groups: [TokenGroup], coefficients: ([[Double]]) throws -> [[Double]]
    ) throws {
        try trainer.accumulateGradient(of: groups, coefficients: coefficients)
    }

    public func step(learningRate: Double, maximumGradientNorm: Double?) throws -> Double {
        try trainer.step(learningRate: learningRate, maximumGradientNorm: maximumGradientNorm)
    }

    public func saveState(to folder: String) throws { try trainer.saveState(to: folder) }

    public func restoreState(from folder: String) throws { try trainer.restoreState(from: folder) }

    public func saveModel(to folder: String) throws {
        try trainer.saveModel(to: folder, tokenizerFrom: tokenizerPath)
    }
}
