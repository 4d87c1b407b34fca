public import AlignData
public import CoPGTrain

/// A transformer under training, as the trainer knows it: fp32 master weights, compute in the given precision.
///
/// `PolicyTrainer` and `RewardModelTrainer` say what its outputs are.
public class TrainableTransformer: TrainableModel {
    /// The hash of the model that training starts from.
    public let startID: String
    let trainer: TransformerTrainer
    private let tokenizerPath: String

    init(startID: String, trainer: TransformerTrainer, tokenizerPath: String) {
        self.startID = startID
        self.trainer = trainer
        self.tokenizerPath = tokenizerPath
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

    /// Writes the master weights, in fp32, as a Hugging Face folder with the tokenizer of the model that training
    /// started from.
    public func saveModel(to folder: String) throws {
        try trainer.saveModel(to: folder, tokenizerFrom: tokenizerPath)
    }
}
