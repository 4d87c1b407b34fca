/// In which type a model computes.
public enum Precision: String, Sendable, Codable, CaseIterable {
    case float32, bfloat16

    var tensorType: TensorType { self == .bfloat16 ? .bfloat16 : .float32 }

    /// bf16 where the processor has matrix instructions for it, else fp32.
    public static func best() throws -> Precision {
        try TorchBackend.shared().hasFastBFloat16 ? .bfloat16 : .float32
    }
}
