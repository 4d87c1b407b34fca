public import AlignData

/// A language model's backbone with one linear output, read at a completion's last token
/// (`LlamaForSequenceClassification` with one label). Its weights are read when it is first asked.
public final class RewardModel: RewardScorer {
    public let scorerID: String
    /// The tokens that the model knows.
    public let vocabularySize: Int
    public let contextLength: Int?
    /// At most so many tokens go through one pass.
    public var passTokens = 2048

    private let weights: DeferredTransformer

    /// Loads a reward model from a Hugging Face folder.
    public static func load(path: String, precision: Precision) throws -> RewardModel {
        let source = try ModelSource.open(path)
        guard source.configuration.architecture == .sequenceClassification else {
            throw ModelRoleError(path: path, found: "language model", wanted: "reward model")
        }
        try source.requireOneLabel()
        return try RewardModel(source: source, precision: precision, scorerID: modelHash(path))
    }

    init(source: ModelSource, precision: Precision, scorerID: String) throws {
        weights = DeferredTransformer(source, compute: precision.tensorType)
        vocabularySize = source.configuration.vocabularySize
        contextLength = source.configuration.maxPositions
        self.scorerID = scorerID
    }

    public func rewards(for groups: [RewardQuestions]) throws -> [[Double]] {
        try rewards(for: groups.map(\.tokens))
    }

    public func rewards(for groups: [TokenGroup]) throws -> [[Double]] {
        try weights.transformer().rewards(of: groups, passTokens: passTokens)
    }
}

extension Transformer {
    /// The reward of each completion of each group. Records no gradient.
    func rewards(of groups: [TokenGroup], passTokens: Int) throws -> [[Double]] {
        try torch.recordingGradients(false) {
            try PackedGroups.runs(groups, budget: passTokens).flatMap { run in
                let packed = try PackedGroups(Array(groups[run]), keepsLastToken: true)
                return packed.byCompletion(try rewards(of: packed).floats())
            }
        }
    }

    /// score · hidden at each completion's last token, [completions] fp32.
    func rewards(of packed: PackedGroups) throws -> Tensor {
        try rewards(ofLast: finalStates(lastStates(of: packed), rows: packed.lastRows))
    }

    /// The same from the final states of the completions' last tokens, [completions, hidden size].
    func rewards(ofLast states: Tensor) throws -> Tensor {
        guard let score = weights.score else { throw ModelRoleError.noScore }
        return try states.rowProducts(score)
    }
}

extension ModelSource {
    /// - Throws: `ModelFileError.severalLabels`: of a classifier's numbers none is the reward.
    func requireOneLabel() throws {
        guard configuration.architecture == .sequenceClassification, configuration.labelCount != 1 else {
            return
        }
        throw ModelFileError.severalLabels(path: path, count: configuration.labelCount)
    }
}

extension PackedGroups {
    /// Cuts one number a completion by group.
    func byCompletion(_ values: [Float]) -> [[Double]] {
        var next = 0
        return completionLengths.map { group in
            defer { next += group.count }
            return values[next..<next + group.count].map(Double.init)
        }
    }
}
