public import AlignData
public import CoPGTrain

/// A transformer under training, as the trainer knows it: fp32 master weights, compute in the given precision. Its
/// weights are read when they are first needed, so a run that is already complete reads none.
///
/// `TrainablePolicy` and `TrainableRewardModel` say what its outputs are.
public class TrainableTransformer: TrainableModel {
    /// The hash of the model that training starts from.
    public let startID: String
    /// In tokens.
    public let contextLength: Int
    let tokenizerPath: String
    private let make: () throws -> OptimizedTransformer
    private var transformer: OptimizedTransformer?

    /// - Parameters:
    ///   - path: of `source`, for its hash.
    ///   - make: reads the weights; called once, on first use.
    init(path: String, source: ModelSource, make: @escaping () throws -> OptimizedTransformer) throws {
        startID = try modelHash(path)
        contextLength = source.configuration.maxPositions
        tokenizerPath = source.tokenizerPath
        self.make = make
    }

    /// - Throws: `ModelFileError`; `TorchError` when the engine is missing.
    func loaded() throws -> OptimizedTransformer {
        if let transformer { return transformer }
        let made = try make()
        transformer = made
        return made
    }

    public func outputs(of groups: [TokenGroup]) throws -> [[Double]] { try loaded().outputs(of: groups) }

    public func accumulateGradient(
        of groups: [TokenGroup], coefficients: ([[Double]]) throws -> [[Double]]
    ) throws {
        try loaded().accumulateGradient(of: groups, coefficients: coefficients)
    }

    public func step(learningRate: Double, maximumGradientNorm: Double?) throws -> Double {
        try loaded().step(learningRate: learningRate, maximumGradientNorm: maximumGradientNorm)
    }

    public func saveState(to folder: String) throws { try loaded().saveState(to: folder) }

    public func restoreState(from folder: String) throws { try loaded().restoreState(from: folder) }

    /// Writes the master weights, in fp32, as a Hugging Face folder with the tokenizer of the model that training
    /// started from.
    public func saveModel(to folder: String) throws {
        try loaded().saveModel(to: folder, tokenizerFrom: tokenizerPath)
    }
}
