import AlignData

/// Low-rank adapters (LoRA, arXiv 2106.09685): a projection W gets (alpha/rank)·B·A added, and A [rank, in] and
/// B [out, rank] are all that is trained. The defaults live here and nowhere else.
public struct LoRAConfiguration: Codable, Hashable, Sendable {
    /// A projection of a layer, by the name that Hugging Face gives its module.
    public enum Target: String, Codable, Hashable, Sendable, CaseIterable {
        case query = "q_proj"
        case key = "k_proj"
        case value = "v_proj"
        case output = "o_proj"
        case gate = "gate_proj"
        case up = "up_proj"
        case down = "down_proj"

        /// Within a layer.
        var module: String {
            switch self {
            case .query, .key, .value, .output: "self_attn." + rawValue
            case .gate, .up, .down: "mlp." + rawValue
            }
        }
    }

    public var rank = 8
    public var alpha = 16.0
    public var targets: [Target] = [.query, .value]
    /// For A; B starts at zero, so that the policy starts as the reference.
    public var seed: UInt64 = 0

    public init() {}

    public var scale: Double { alpha / Double(rank) }

    /// The module names of what is adapted, "model.layers.0.self_attn.q_proj", in a fixed order.
    func modules(layerCount: Int) -> [String] {
        (0..<layerCount).flatMap { layer in
            Target.allCases.filter(targets.contains).map { "model.layers.\(layer).\($0.module)" }
        }
    }

    /// In a saved adapter, as PEFT names them.
    static func names(of module: String) -> (down: String, up: String) {
        ("base_model.model.\(module).lora_A.weight", "base_model.model.\(module).lora_B.weight")
    }

    /// A as PEFT draws it (Kaiming's uniform with a = √5): U(−1/√in, 1/√in), each number by its own index.
    func initialDown(of module: String, columns: Int) -> HostTensor {
        let random = CounterRandom(
            seed: seed, purpose: .initialization, record: RecordID(kind: "tensor", [module]))
        let bound = 1 / Double(columns).squareRoot()
        return HostTensor(
            shape: [rank, columns],
            floats: (0..<rank * columns).map { Float((2 * random.uniform(UInt64($0)) - 1) * bound) })
    }
}
