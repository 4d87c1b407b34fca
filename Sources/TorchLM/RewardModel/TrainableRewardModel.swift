public import CoPGTrain

/// A reward model under training: a language model's backbone and a new linear head that starts at zero, so that
/// all rewards are equal before the first step.
public final class TrainableRewardModel: TrainableTransformer, SavableRewardModel {
    /// - Parameters:
    ///   - backbone: a language model (its vocabulary projection is dropped), or a reward model to go on from.
    ///   - recomputesLayers: keep less in memory and compute a third more; the same bits.
    public init(
        backbone path: String, precision: Precision, optimizer: OptimizerConfiguration,
        recomputesLayers: Bool = false
    ) throws {
        let source = try ModelSource.open(path)
        try source.requireOneLabel()
        var adapted = source.configuration
        let isNew = adapted.architecture == .causalLM
        adapted.architecture = .sequenceClassification
        adapted.labelCount = 1
        // Other readers find a sequence's last token by looking for padding: it must not be the end-of-sequence.
        let ends = adapted.endsOfSequence
        if let padding = adapted.padding, ends.contains(padding) {
            adapted.padding = adapted.beginningOfSequence.flatMap { ends.contains($0) ? nil : $0 }
        }
        let configuration = adapted
        let width = configuration.hiddenSize
        try super.init(path: path, source: source) {
            try OptimizedTransformer(
                configuration, output: .reward, precision: precision, optimizer: optimizer,
                recomputesLayers: recomputesLayers
            ) { name in
                guard isNew, name == "score.weight" else { return try source.tensor(named: name) }
                return HostTensor(shape: [1, width], floats: Array(repeating: 0, count: width))
            }
        }
    }
}
