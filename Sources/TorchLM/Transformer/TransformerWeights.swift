import AlignData

/// A projection's weight [out, in], plain or packed for decoding, and what an adapter adds to its result.
enum Projection {
    case plain(Tensor)
    case packed(Tensor)
    indirect case adapted(Projection, LowRankAdapter)

    func callAsFunction(_ x: Tensor) throws -> Tensor {
        switch self {
        case .plain(let weight): try x.linear(weight)
        case .packed(let weight): try x.linearPacked(weight)
        case .adapted(let base, let adapter):
            try base(x).adding(x.linear(adapter.down).linear(adapter.up), times: adapter.scale)
        }
    }

    /// The same with another base and another adapter.
    func mapped(
        _ weight: (Tensor) throws -> Projection, _ adapter: (LowRankAdapter) throws -> LowRankAdapter
    ) rethrows -> Projection {
        switch self {
        case .plain(let tensor): try weight(tensor)
        case .packed: self
        case .adapted(let base, let own): .adapted(try base.mapped(weight, adapter), try adapter(own))
        }
    }
}

/// What LoRA (arXiv 2106.09685) adds to a projection: scale · up · down · x, with down [rank, in] and up [out, rank].
struct LowRankAdapter {
    var down: Tensor
    var up: Tensor
    var scale: Double
}

/// The weights of one transformer, by their place in it.
struct TransformerWeights {
    struct Layer {
        var attentionNorm, feedForwardNorm: Tensor
        var query, key, value, output: Projection
        var gate, up, down: Projection
    }

    var embedding: Tensor
    var layers: [Layer]
    var norm: Tensor
    /// The vocabulary projection [V, D]; the embedding itself when tied. nil for a reward model's backbone.
    var head: Projection?
    /// The reward head [1, D].
    var score: Tensor?

    /// Places named tensors (Hugging Face names) into a transformer.
    /// - Parameter adapter: of the projection of this module name, "model.layers.0.self_attn.q_proj".
    init(
        _ configuration: ModelConfiguration, adapter: (String) -> LowRankAdapter? = { _ in nil },
        tensor: (String) throws -> Tensor
    ) throws {
        embedding = try tensor("model.embed_tokens.weight")
        layers = try (0..<configuration.layerCount).map { index in
            func at(_ name: String) throws -> Tensor { try tensor("model.layers.\(index).\(name).weight") }
            func projection(_ name: String) throws -> Projection {
                let plain = Projection.plain(try at(name))
                return adapter("model.layers.\(index).\(name)").map { .adapted(plain, $0) } ?? plain
            }
            return Layer(
                attentionNorm: try at("input_layernorm"), feedForwardNorm: try at("post_attention_layernorm"),
                query: try projection("self_attn.q_proj"), key: try projection("self_attn.k_proj"),
                value: try projection("self_attn.v_proj"), output: try projection("self_attn.o_proj"),
                gate: try projection("mlp.gate_proj"), up: try projection("mlp.up_proj"),
                down: try projection("mlp.down_proj"))
        }
        norm = try tensor("model.norm.weight")
        if configuration.architecture == .sequenceClassification {
            score = try tensor("score.weight")
        } else {
            head = .plain(configuration.tiesEmbeddings ? embedding : try tensor("lm_head.weight"))
        }
    }

    /// The same weights with every projection packed for products of about `rows` rows.
    func packed(rows: Int) throws -> TransformerWeights {
        try mappedProjections { try $0.mapped({ .packed(try $0.packed(rows: rows)) }, { $0 }) }
    }

    /// A copy for inference: matrices in `type`, norms and reward head in fp32 as the trainer has them.
    func copied(as type: TensorType) throws -> TransformerWeights {
        let embedding = try self.embedding.copied(as: type)
        var copy = try mappedProjections { projection in
            try projection.mapped(
                { .plain($0 === self.embedding ? embedding : try $0.copied(as: type)) },
                {
                    LowRankAdapter(
                        down: try $0.down.copied(as: type), up: try $0.up.copied(as: type), scale: $0.scale)
                })
        }
        copy.embedding = embedding
        copy.norm = try norm.copied(as: .float32)
        copy.score = try score?.copied(as: .float32)
        copy.layers = try copy.layers.map { layer in
            var layer = layer
            layer.attentionNorm = try layer.attentionNorm.copied(as: .float32)
            layer.feedForwardNorm = try layer.feedForwardNorm.copied(as: .float32)
            return layer
        }
        return copy
    }

    /// Whether the tensor of this name is kept in fp32 also where matrices are bf16: vectors, and the reward head.
    static func staysWide(_ name: String, shape: [Int]) -> Bool { shape.count == 1 || name == "score.weight" }

    private func mappedProjections(_ transform: (Projection) throws -> Projection) throws
        -> TransformerWeights
    {
        var copy = self
        copy.head = try head.map(transform)
        copy.layers = try layers.map { layer in
            var layer = layer
            layer.query = try transform(layer.query)
            layer.key = try transform(layer.key)
            layer.value = try transform(layer.value)
            layer.output = try transform(layer.output)
            layer.gate = try transform(layer.gate)
            layer.up = try transform(layer.up)
            layer.down = try transform(layer.down)
            return layer
        }
        return copy
    }
}
