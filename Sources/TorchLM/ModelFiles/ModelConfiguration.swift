public import AlignData

/// The architecture of a Llama-family transformer.
public struct ModelConfiguration: Hashable, Sendable {
    /// As Hugging Face names the class.
    public enum Architecture: String, Hashable, Sendable {
        case causalLM = "LlamaForCausalLM"
        /// One number or more a sequence, read at its last token: a reward model.
        case sequenceClassification = "LlamaForSequenceClassification"
    }

    public var architecture: Architecture
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layerCount: Int
    public var headCount: Int
    public var keyValueHeadCount: Int
    public var headDimension: Int
    public var vocabularySize: Int
    /// The context length, in tokens.
    public var maxPositions: Int
    public var rmsNormEpsilon: Double
    public var ropeTheta: Double
    /// Whether the output projection is the token embedding.
    public var tiesEmbeddings: Bool
    public var beginningOfSequence: TokenID?
    /// The tokens that end a sequence: a model may have one for a text and others for a turn.
    public var endsOfSequence: [TokenID]
    public var padding: TokenID?
    /// Outputs of a sequence classifier; 1 for a reward model. Meaningless for a causal model.
    public var labelCount: Int

    public init(
        architecture: Architecture = .causalLM, hiddenSize: Int, intermediateSize: Int, layerCount: Int,
        headCount: Int, keyValueHeadCount: Int, headDimension: Int, vocabularySize: Int, maxPositions: Int,
        rmsNormEpsilon: Double = 1e-5, ropeTheta: Double = 10_000, tiesEmbeddings: Bool = true,
        beginningOfSequence: TokenID? = nil, endsOfSequence: [TokenID] = [], padding: TokenID? = nil,
        labelCount: Int = 1
    ) {
        self.architecture = architecture
        self.hiddenSize = hiddenSize
        self.intermediateSize = intermediateSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headDimension = headDimension
        self.vocabularySize = vocabularySize
        self.maxPositions = maxPositions
        self.rmsNormEpsilon = rmsNormEpsilon
        self.ropeTheta = ropeTheta
        self.tiesEmbeddings = tiesEmbeddings
        self.beginningOfSequence = beginningOfSequence
        self.endsOfSequence = endsOfSequence
        self.padding = padding
        self.labelCount = labelCount
    }

    /// The one that is named end-of-sequence.
    public var endOfSequence: TokenID? { endsOfSequence.first }

    /// Every tensor of the model under its Hugging Face name, with its shape `[rows (out), columns (in)]`,
    /// in the order a model is written.
    public var tensorShapes: [(name: String, shape: [Int])] {
        var shapes: [(name: String, shape: [Int])] = [
            ("model.embed_tokens.weight", [vocabularySize, hiddenSize])
        ]
        let queries = headCount * headDimension
        let keys = keyValueHeadCount * headDimension
        for layer in 0..<layerCount {
            let prefix = "model.layers.\(layer)."
            shapes += [
                (prefix + "input_layernorm.weight", [hiddenSize]),
                (prefix + "self_attn.q_proj.weight", [queries, hiddenSize]),
                (prefix + "self_attn.k_proj.weight", [keys, hiddenSize]),
                (prefix + "self_attn.v_proj.weight", [keys, hiddenSize]),
                (prefix + "self_attn.o_proj.weight", [hiddenSize, queries]),
                (prefix + "post_attention_layernorm.weight", [hiddenSize]),
                (prefix + "mlp.gate_proj.weight", [intermediateSize, hiddenSize]),
                (prefix + "mlp.up_proj.weight", [intermediateSize, hiddenSize]),
                (prefix + "mlp.down_proj.weight", [hiddenSize, intermediateSize]),
            ]
        }
        shapes.append(("model.norm.weight", [hiddenSize]))
        switch architecture {
        case .causalLM:
            if !tiesEmbeddings { shapes.append(("lm_head.weight", [vocabularySize, hiddenSize])) }
        case .sequenceClassification: shapes.append(("score.weight", [labelCount, hiddenSize]))
        }
        return shapes
    }

    /// Whether the numbers can be those of a model.
    func check(path: String) throws(ModelFileError) {
        let sizes = [
            ("hidden size", hiddenSize), ("intermediate size", intermediateSize), ("layer count", layerCount),
            ("head count", headCount), ("key/value head count", keyValueHeadCount),
            ("head dimension", headDimension), ("vocabulary size", vocabularySize),
            ("context length", maxPositions), ("label count", labelCount),
        ]
        for (name, size) in sizes where !(1...1 << 28).contains(size) {
            throw .malformed(path: path, what: "the \(name) \(size) cannot be meant")
        }
        guard layerCount <= 1 << 12 else {
            throw .malformed(path: path, what: "\(layerCount) layers cannot be meant")
        }
        guard headCount % keyValueHeadCount == 0 else {
            throw .malformed(
                path: path, what: "\(headCount) heads cannot share \(keyValueHeadCount) key/value heads")
        }
        guard headDimension % 2 == 0 else {
            throw .malformed(path: path, what: "the head dimension \(headDimension) is odd")
        }
        guard rmsNormEpsilon >= 0, rmsNormEpsilon.isFinite, ropeTheta > 0, ropeTheta.isFinite else {
            throw .malformed(path: path, what: "the norm's epsilon or the rotary base cannot be meant")
        }
    }
}
