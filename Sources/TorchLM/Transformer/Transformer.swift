public import AlignData
import Foundation

/// The Llama family of decoder-only transformers: pre-norm, rotary positions, grouped key/value heads, SwiGLU.
///
/// Written once: training, scoring and sampling differ only in what `attention` does with q, k and v and in how the
/// weights are held (fp32 master, bf16, or packed).
struct Transformer {
    let configuration: ModelConfiguration
    /// Activations are of this type.
    let compute: TensorType
    let weights: TransformerWeights
    let torch: TorchBackend

    /// What a layer does between its projections: (layer, q [N, heads, d], k, v [N, kv heads, d]) → [N, heads, d].
    typealias Attention = (_ layer: Int, _ q: Tensor, _ k: Tensor, _ v: Tensor) throws -> Tensor

    init(
        configuration: ModelConfiguration, compute: TensorType, weights: TransformerWeights,
        torch: TorchBackend
    ) {
        self.configuration = configuration
        self.compute = compute
        self.weights = weights
        self.torch = torch
    }

    /// A transformer for inference: matrices in `compute`, norms and reward head in fp32.
    init(loading source: ModelSource, compute: TensorType) throws {
        let torch = try TorchBackend.shared()
        let weights = try torch.recordingGradients(false) {
            try TransformerWeights(source.configuration) { name in
                let host = try source.tensor(named: name)
                let type = TransformerWeights.staysWide(name, shape: host.shape) ? .float32 : compute
                return try Tensor.floats(host.floats, host.shape, as: type, on: torch)
            }
        }
        self.init(configuration: source.configuration, compute: compute, weights: weights, torch: torch)
    }

    /// A copy of a transformer under training that computes what training computes.
    func inference() throws -> Transformer {
        let copy = try torch.recordingGradients(false) { try weights.copied(as: compute) }
        return Transformer(configuration: configuration, compute: compute, weights: copy, torch: torch)
    }

    /// The final, normalized hidden states.
    /// - Parameters:
    ///   - tokens: ids [N].
    ///   - positions: of each token in its own sequence [N].
    /// - Returns: [N, hidden size].
    /// - Throws: `ForeignToken`; `TorchError`.
    func hiddenStates(tokens: [Int64], positions: [Int64], attention: Attention) throws -> Tensor {
        try lastStates(tokens: tokens, positions: positions, attention: attention)
            .rmsNorm(weights.norm, epsilon: configuration.rmsNormEpsilon)
    }

    /// The shared-prefix pass: the final, normalized hidden states of every token of `groups`.
    func hiddenStates(of groups: PackedGroups) throws -> Tensor {
        try hiddenStates(
            tokens: groups.tokens, positions: groups.positions, attention: Transformer.attention(over: groups)
        )
    }

    /// The same, not yet normalized: what `finalStates` takes rows of.
    func lastStates(of groups: PackedGroups) throws -> Tensor {
        try lastStates(
            tokens: groups.tokens, positions: groups.positions, attention: Transformer.attention(over: groups)
        )
    }

    private func lastStates(tokens: [Int64], positions: [Int64], attention: Attention) throws -> Tensor {
        let angles = try rotaryAngles(positions)
        var x = try embedded(tokens)
        for index in weights.layers.indices { x = try layer(index, x, angles, attention) }
        return x
    }

    /// Every token sees its own prompt and its own completion, up to itself.
    static func attention(over groups: PackedGroups) -> Attention {
        { _, q, k, v in try q.sharedPrefixAttention(k, v, groups: groups.lengths) }
    }

    /// What enters the first layer: [N, hidden size].
    /// - Throws: `ForeignToken`; `TorchError`.
    func embedded(_ tokens: [Int64]) throws -> Tensor {
        try requireOwn(tokens)
        return try weights.embedding.embedding(Tensor.integers(tokens, on: torch), as: compute)
    }

    /// - Throws: `ForeignToken` for a token that is none of this model.
    func requireOwn(_ tokens: [Int64]) throws {
        let size = configuration.vocabularySize
        if let foreign = tokens.first(where: { !(0..<Int64(size)).contains($0) }) {
            throw ForeignToken(token: foreign, vocabularySize: size)
        }
    }

    /// One layer: x [N, hidden size] → the same shape.
    func layer(_ index: Int, _ x: Tensor, _ angles: RotaryAngles, _ attention: Attention) throws -> Tensor {
        let c = configuration
        let layer = weights.layers[index]
        let rows = x.shape[0]
        let normed = try x.rmsNorm(layer.attentionNorm, epsilon: c.rmsNormEpsilon)
        let q = try layer.query(normed).reshaped([rows, c.headCount, c.headDimension])
            .rotary(angles.cosine, angles.sine)
        let k = try layer.key(normed).reshaped([rows, c.keyValueHeadCount, c.headDimension])
            .rotary(angles.cosine, angles.sine)
        let v = try layer.value(normed).reshaped([rows, c.keyValueHeadCount, c.headDimension])
        let mixed = try attention(index, q, k, v).reshaped([rows, c.headCount * c.headDimension])
        let between = try x.adding(layer.output(mixed))
        let fed = try between.rmsNorm(layer.feedForwardNorm, epsilon: c.rmsNormEpsilon)
        let (gate, up) = (try layer.gate(fed), try layer.up(fed))
        guard case .plain(let down) = layer.down else {
            return try between.adding(layer.down(gate.swiglu(up)))
        }
        return try between.adding(gate.swiglu(up, linear: down))
    }

    /// The final, normalized states of some rows of what left the last layer.
    func finalStates(_ x: Tensor, rows: [Int64]) throws -> Tensor {
        try x.selecting(Tensor.integers(rows, on: torch))
            .rmsNorm(weights.norm, epsilon: configuration.rmsNormEpsilon)
    }

    /// cos and sin of the rotary embedding, a row a token: [N, d/2] each, fp32.
    struct RotaryAngles {
        var cosine: Tensor
        var sine: Tensor
    }

    /// cos and sin of position·θ^(−2i/d) for i in 0 ..< d/2, in fp32 as the reference computes them: [N, d/2] each.
    func rotaryAngles(_ positions: [Int64]) throws -> RotaryAngles {
        let half = configuration.headDimension / 2
        let frequencies = (0..<half).map {
            1 / Float(pow(configuration.ropeTheta, Double(2 * $0) / Double(2 * half)))
        }
        var rowOfPosition: [Int64: Int64] = [:]
        var cosines: [Float] = []
        var sines: [Float] = []
        let rows = positions.map { position in
            if let row = rowOfPosition[position] { return row }
            let row = Int64(rowOfPosition.count)
            rowOfPosition[position] = row
            for frequency in frequencies {
                let angle = Float(position) * frequency
                cosines.append(cos(angle))
                sines.append(sin(angle))
            }
            return row
        }
        let index = try Tensor.integers(rows, on: torch)
        let shape = [rowOfPosition.count, half]
        return RotaryAngles(
            cosine: try Tensor.floats(cosines, shape, on: torch).selecting(index),
            sine: try Tensor.floats(sines, shape, on: torch).selecting(index))
    }
}

/// A token that the model does not know: the data were made with another tokenizer than the model's.
public struct ForeignToken: DescribedError {
    let token: Int64
    let vocabularySize: Int

    public var category: FailureCategory { .badData }
    public var summary: String {
        "the data hold token \(token), but the model has a vocabulary of \(vocabularySize) tokens"
    }
    public var hint: String? { "give a model with the tokenizer that the corpus was ingested with" }
}
