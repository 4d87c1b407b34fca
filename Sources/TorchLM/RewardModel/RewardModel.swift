public import AlignData

/// A language model's backbone with one linear output, read at a completion's last token
/// (`LlamaForSequenceClassification` with one label). Its weights are read when it is first asked.
public final class RewardModel: RewardScorer {
    public let scorerID: String
    public let vocabulary: ScorerVocabulary
    /// The tokens that the model knows.
    public let vocabularySize: Int
    public let contextLength: Int?
    /// At most so many tokens go through one pass.
    public var passTokens = 2048

    private let weights: DeferredTransformer

    /// Loads a reward model from a Hugging Face folder. Where the folder has a tokenizer, the model reads its ids alone.
    public static func load(path: String, precision: Precision) throws -> RewardModel {
        let source = try ModelSource.open(path)
        guard source.configuration.architecture == .sequenceClassification else {
            throw ModelRoleError(path: path, found: "language model", wanted: "reward model")
        }
        try source.requireOneLabel()
        return try RewardModel(
            source: source, precision: precision, scorerID: modelHash(path),
            tokenizerHash: Tokenizer.hash(ofModel: path))
    }

    init(source: ModelSource, precision: Precision, scorerID: String, tokenizerHash: String? = nil) {
        weights = DeferredTransformer(source, compute: precision.tensorType)
        vocabularySize = source.configuration.vocabularySize
        vocabulary = tokenizerHash.map { .tokenizer(hash: $0) } ?? .size(vocabularySize)
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

extension ModelSource {
    /// - Throws: `ModelFileError.severalLabels`: of a classifier's numbers none is the reward.
    func requireOneLabel() throws {
        guard configuration.architecture == .sequenceClassification, configuration.labelCount != 1 else {
            return
        }
        throw ModelFileError.severalLabels(path: path, count: configuration.labelCount)
    }
}
