public import AlignData

/// A causal language model for writing completions and saying how probable they are. Not for training.
///
/// Its files are opened, checked and hashed at once; its weights are read when it is first asked for something.
public final class LanguageModel: Sampler, LogProbabilityModel {
    public let modelID: String
    public let contextLength: Int
    public let precision: Precision

    /// At most so many tokens go through one shared-prefix pass, and so many sequences through one decoding step.
    public var passTokens = 2048
    public var decodingSequences = 128

    private let weights: DeferredTransformer
    private var decodingWeights: TransformerWeights?
    /// Ids that end a completion.
    let endsOfSequence: Set<Int64>
    /// The ids that completions are drawn from, ascending; nil for all.
    private let drawable: [Int64]?

    /// Loads a Hugging Face folder or a GGUF file.
    /// - Parameter tokenizer: what decides how completions are drawn: its ends of sequence end a completion as those of
    ///   the model's files do, and an id that it lacks is never drawn. Many a model's embedding has more rows than its
    ///   tokenizer has tokens.
    /// - Throws: `ModelFileError` for files that cannot be understood, `TorchError` when the engine is missing.
    public static func load(
        path: String, precision: Precision, tokenizer: Tokenizer? = nil
    ) throws -> LanguageModel {
        try load(
            path: path, precision: precision, endsOfSequence: tokenizer?.endsOfSequence ?? [],
            hasToken: tokenizer.map { tokenizer in { !tokenizer.token($0).isEmpty } })
    }

    static func load(
        path: String, precision: Precision, endsOfSequence: [TokenID], hasToken: ((TokenID) -> Bool)? = nil
    ) throws -> LanguageModel {
        let source = try ModelSource.open(path)
        guard source.configuration.architecture == .causalLM else {
            throw ModelRoleError(path: path, found: "reward model", wanted: "language model")
        }
        return try LanguageModel(
            source: source, precision: precision, modelID: modelHash(path), endsOfSequence: endsOfSequence,
            hasToken: hasToken)
    }

    init(
        source: ModelSource, precision: Precision, modelID: String, endsOfSequence: [TokenID],
        hasToken: ((TokenID) -> Bool)?
    ) throws {
        weights = DeferredTransformer(source, compute: precision.tensorType)
        contextLength = source.configuration.maxPositions
        self.precision = precision
        self.modelID = modelID
        self.endsOfSequence = Set((source.configuration.endsOfSequence + endsOfSequence).map { Int64($0) })
        drawable = Self.drawable(of: source.configuration.vocabularySize, hasToken)
    }

    /// A copy of `transformer`'s weights in its compute type.
    init(snapshotOf transformer: Transformer, modelID: String, tokenizer: Tokenizer?) throws {
        weights = DeferredTransformer(try transformer.inference())
        contextLength = transformer.configuration.maxPositions
        precision = transformer.compute == .bfloat16 ? .bfloat16 : .float32
        self.modelID = modelID
        self.endsOfSequence = Set(
            (transformer.configuration.endsOfSequence + (tokenizer?.endsOfSequence ?? [])).map { Int64($0) })
        drawable = Self.drawable(
            of: transformer.configuration.vocabularySize,
            tokenizer.map { tokenizer in { !tokenizer.token($0).isEmpty } })
    }

    /// The ids below `count` that are tokens; nil where all are, or nobody says.
    private static func drawable(of count: Int, _ hasToken: ((TokenID) -> Bool)?) -> [Int64]? {
        guard let hasToken else { return nil }
        let ids = (0..<count).filter { hasToken(TokenID($0)) }
        return ids.count == count ? nil : ids.map(Int64.init)
    }

    func transformer() throws -> Transformer { try weights.transformer() }

    public func logProbabilities(of groups: [TokenGroup]) throws -> [[Double]] {
        try transformer().logProbabilities(of: groups, passTokens: passTokens)
    }

    public func sample(
        _ prompts: [(id: RecordID, tokens: [TokenID])], configuration: SamplingConfiguration,
        progress: (Int) throws -> Void
    ) throws -> [[SampledCompletion]] {
        precondition(configuration.candidates > 0 && configuration.maxTokens > 0, "something is to be drawn")
        let transformer = try transformer()
        let weights: TransformerWeights
        if let decodingWeights {
            weights = decodingWeights
        } else {
            weights = try transformer.torch.recordingGradients(false) {
                try transformer.weights.packed(rows: decodingSequences)
            }
            decodingWeights = weights
        }
        let atOnce = max(1, decodingSequences / configuration.candidates)
        var completions: [[SampledCompletion]] = []
        for start in stride(from: 0, to: prompts.count, by: atOnce) {
            let batch = Array(prompts[start..<min(prompts.count, start + atOnce)])
            let base = completions.count * configuration.candidates
            let sampler = try BatchSampler(
                transformer: transformer, decodingWeights: weights, endsOfSequence: endsOfSequence,
                drawable: drawable, prompts: batch, configuration: configuration)
            completions += try transformer.torch.recordingGradients(false) {
                try sampler.run { try progress(base + $0) }
            }
        }
        return completions
    }
}
