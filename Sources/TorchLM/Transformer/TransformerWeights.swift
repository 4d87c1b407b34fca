import AlignData

/// A projection's weight [out, in], plain or packed for decoding.
enum Projection {
    case plain(Tensor)
    case packed(Tensor)

    func callAsFunction(_ x: Tensor) throws -> Tensor {
        switch self {
        case .plain(let weight): try x.linear(weight)
        case .packed(let weight): try x.linearPacked(weight)
        }
    }
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
    init(_ configuration: ModelConfiguration, tensor: (String) throws -> Tensor) throws {
        embedding = try tensor("model.embed_tokens.weight")
        layers = try (0..<configuration.layerCount).map { index in
            func at(_ name: String) throws -> Tensor { try tensor("model.layers.\(index).\(name).weight") }
            return Layer(
                attentionNorm: try at("input_layernorm"), feedForwardNorm: try at("post_attention_layernorm"),
                query: .plain(try at("self_attn.q_proj")), key: .plain(try at("self_attn.k_proj")),
                value: .plain(try at("self_attn.v_proj")), output: .plain(try at("self_attn.o_proj")),
                gate: .plain(try at("mlp.gate_proj")), up: .plain(try at("mlp.up_proj")),
                down: .plain(try at("mlp.down_proj")))
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
        try mappedProjections { projection in
            guard case .plain(let weight) = projection else { return projection }
            return .packed(try weight.packed(rows: rows))
        }
    }

    /// A copy for inference: matrices in `type`, norms and reward head in fp32 as the trainer has them.
    func copied(as type: TensorType) throws -> TransformerWeights {
        let embedding = try self.embedding.copied(as: type)
        var copy = try mappedProjections { projection in
            guard case .plain(let weight) = projection else { return projection }
            return .plain(weight === self.embedding ? embedding : try weight.copied(as: type))
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
