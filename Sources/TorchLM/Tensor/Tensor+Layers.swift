import CTorchAPI

/// One group of a shared-prefix pass, as lengths: the prompt's, and each completion's.
struct GroupLengths: Sendable {
    var prompt: Int
    var completions: [Int]

    var total: Int { completions.reduce(prompt, +) }
}

extension Tensor {
    private func make(
        _ operation: StaticString, _ call: (ctorch_api, UnsafeMutablePointer<ctorch_tensor?>) -> Int32
    ) throws -> Tensor {
        try Tensor.make(torch, operation, call)
    }

    /// x · weightᵀ: self [N, in], weight [out, in] → [N, out]. An fp32 weight under bf16 activations is a master
    /// weight: it computes in bf16 and receives its gradient in fp32.
    func linear(_ weight: Tensor) throws -> Tensor {
        try make("linear") { $0.linear(handle, weight.handle, $1) }
    }

    /// The product of each row of self [N, D] with weight [1, D] → [N] fp32. A row's result does not depend on the others.
    func rowProducts(_ weight: Tensor) throws -> Tensor {
        try make("row_products") { $0.row_products(handle, weight.handle, $1) }
    }

    /// A weight [out, in] in the layout that `linearPacked` wants, tuned for about `rows` rows.
    func packed(rows: Int) throws -> Tensor {
        try make("pack_linear") { $0.pack_linear(handle, Int64(rows), $1) }
    }

    func linearPacked(_ packed: Tensor) throws -> Tensor {
        try make("linear_packed") { $0.linear_packed(handle, packed.handle, $1) }
    }

    /// Rows of this table [V, D] at `ids` [N], as `type` → [N, D].
    func embedding(_ ids: Tensor, as type: TensorType) throws -> Tensor {
        try make("embedding") { $0.embedding(handle, ids.handle, type.raw, $1) }
    }

    /// RMSNorm (1910.07467) over rows [N, D] with gain [D], the mean in fp32.
    func rmsNorm(_ weight: Tensor, epsilon: Double) throws -> Tensor {
        try make("rms_norm") { $0.rms_norm(handle, weight.handle, epsilon, $1) }
    }

    /// silu(self) · up (2002.05202).
    func swiglu(_ up: Tensor) throws -> Tensor { try make("swiglu") { $0.swiglu(handle, up.handle, $1) } }

    /// (silu(self) · up) · weightᵀ, keeping less for the backward pass than `swiglu` and `linear`.
    func swiglu(_ up: Tensor, linear weight: Tensor) throws -> Tensor {
        try make("swiglu_linear") { $0.swiglu_linear(handle, up.handle, weight.handle, $1) }
    }

    /// Rotary position embedding (2104.09864) in the half layout: self [N, heads, d], cosine and sine [N, d/2].
    func rotary(_ cosine: Tensor, _ sine: Tensor) throws -> Tensor {
        try make("rotary") { $0.rotary(handle, cosine.handle, sine.handle, $1) }
    }

    /// Attention over packed groups: self is q [N, heads, d]; k, v [N, kv heads, d] → [N, heads, d].
    func sharedPrefixAttention(_ k: Tensor, _ v: Tensor, groups: [GroupLengths]) throws -> Tensor {
        let heads = groups.map {
            ctorch_group(prompt: Int64($0.prompt), completions: Int64($0.completions.count))
        }
        let lengths = groups.flatMap { $0.completions.map(Int64.init) }
        return try make("shared_prefix_attention") {
            $0.shared_prefix_attention(handle, k.handle, v.handle, heads, Int32(heads.count), lengths, $1)
        }
    }

    /// One decoding step; see CTorchAPI.h.
    func decodeAttention(
        promptKeys: Tensor, promptValues: Tensor, promptLengths: [Int64], rowsOfPrompt: [Int64],
        ownKeys: Tensor,
        ownValues: Tensor, filled: Int
    ) throws -> Tensor {
        try make("decode_attention") {
            $0.decode_attention(
                handle, promptKeys.handle, promptValues.handle, promptLengths, rowsOfPrompt,
                Int32(promptLengths.count), ownKeys.handle, ownValues.handle, Int64(filled), $1)
        }
    }

    /// Copies packed prompt keys or values into this cache [prompts, kv heads, longest, d].
    func fillPromptCache(_ packed: Tensor, lengths: [Int64]) throws {
        try torch.check(
            torch.api.fill_prompt_cache(handle, packed.handle, lengths, Int32(lengths.count)),
            "fill_prompt_cache")
    }

    /// Copies x [S, kv heads, d] to `position` of this cache [S, kv heads, room, d].
    func appendCache(_ x: Tensor, at position: Int) throws {
        try torch.check(torch.api.append_cache(handle, x.handle, Int64(position)), "append_cache")
    }

    /// ln softmax(self · weightᵀ) at `targets`: self [N, D], weight [V, D], targets [N] → [N] fp32. The logits exist
    /// for `chunk` rows at a time.
    func tokenLogProbabilities(_ weight: Tensor, targets: Tensor, chunk: Int) throws -> Tensor {
        try make("token_log_probabilities") {
            $0.token_log_probabilities(handle, weight.handle, targets.handle, Int64(chunk), $1)
        }
    }

    /// Draws one token from each row of logits [S, V].
    /// - Parameter drawable: the ids to draw from, ascending; nil for all.
    /// - Returns: `raw` is ln π among all ids at temperature 1, as training computes it; `sampled` the logarithm of the
    ///   probability that the token was drawn with.
    func sampleRows(
        uniforms: [Double], temperature: Double, topP: Double, topK: Int, drawable: [Int64]? = nil
    ) throws -> (ids: [Int64], raw: [Double], sampled: [Double]) {
        let count = uniforms.count
        precondition(count == shape[0], "one uniform number a row")
        var ids = [Int64](repeating: 0, count: count)
        var raw = [Double](repeating: 0, count: count)
        var sampled = raw
        let how = ctorch_sampling(temperature: temperature, top_p: topP, top_k: Int64(topK))
        func draw(_ from: UnsafePointer<Int64>?, _ number: Int) throws {
            let status = torch.api.sample(
                handle, uniforms, how, from, Int64(number), &ids, &raw, &sampled)
            try torch.check(status, "sample")
        }
        if let drawable {
            try drawable.withUnsafeBufferPointer { try draw($0.baseAddress, $0.count) }
        } else {
            try draw(nil, 0)
        }
        return (ids, raw, sampled)
    }
}
