/// The names of a Llama's tensors in GGUF and in Hugging Face files.
enum GGUFTensorNames {
    private static let whole = [
        ("token_embd.weight", "model.embed_tokens.weight"), ("output_norm.weight", "model.norm.weight"),
        ("output.weight", "lm_head.weight"),
    ]
    private static let layer = [
        ("attn_norm.weight", "input_layernorm.weight"), ("attn_q.weight", "self_attn.q_proj.weight"),
        ("attn_k.weight", "self_attn.k_proj.weight"), ("attn_v.weight", "self_attn.v_proj.weight"),
        ("attn_output.weight", "self_attn.o_proj.weight"),
        ("ffn_norm.weight", "post_attention_layernorm.weight"),
        ("ffn_gate.weight", "mlp.gate_proj.weight"), ("ffn_up.weight", "mlp.up_proj.weight"),
        ("ffn_down.weight", "mlp.down_proj.weight"),
    ]

    /// `blk.0.attn_q.weight` → `model.layers.0.self_attn.q_proj.weight`; nil for a name a Llama does not
    /// have.
    static func huggingFace(_ stored: String) -> String? {
        if let found = whole.first(where: { $0.0 == stored }) { return found.1 }
        return translate(stored, from: "blk.", to: "model.layers.") { rest in layer.first { $0.0 == rest }?.1
        }
    }

    /// The inverse of `huggingFace`.
    static func stored(_ name: String) -> String? {
        if let found = whole.first(where: { $0.1 == name }) { return found.0 }
        return translate(name, from: "model.layers.", to: "blk.") { rest in layer.first { $0.1 == rest }?.0 }
    }

    private static func translate(
        _ name: String, from: String, to: String, rest translate: (String) -> String?
    ) -> String? {
        guard name.hasPrefix(from) else { return nil }
        let parts = name.dropFirst(from.count).split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[0]), let rest = translate(String(parts[1])) else {
            return nil
        }
        return "\(to)\(number).\(rest)"
    }
}
