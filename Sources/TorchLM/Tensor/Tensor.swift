import CTorchAPI

/// The element type of a tensor.
public enum TensorType: Sendable {
    case float32, bfloat16, int64

    var raw: ctorch_dtype {
        switch self {
        case .float32: CTORCH_FLOAT32
        case .bfloat16: CTORCH_BFLOAT16
        case .int64: CTORCH_INT64
        }
    }
}

/// A libtorch tensor behind an owned handle; released with the last reference.
///
/// Every operation is a method that throws `TorchError`. Shapes are row-major and written `[N, D]` in comments.
/// Gradients are recorded where `TorchBackend.recordingGradients` says so.
final class Tensor {
    let handle: ctorch_tensor
    let torch: TorchBackend

    /// Takes ownership of `handle`.
    init(owning handle: ctorch_tensor, _ torch: TorchBackend) {
        self.handle = handle
        self.torch = torch
    }

    deinit { torch.api.release(handle) }

    /// Calls an entry that gives out one tensor.
    static func make(
        _ torch: TorchBackend, _ operation: StaticString,
        _ call: (ctorch_api, UnsafeMutablePointer<ctorch_tensor?>) -> Int32
    ) throws -> Tensor {
        var out: ctorch_tensor?
        try torch.check(call(torch.api, &out), operation)
        guard let out else {
            throw TorchError.operation(String(describing: operation), reason: "it gave no tensor")
        }
        return Tensor(owning: out, torch)
    }

    private func make(
        _ operation: StaticString, _ call: (ctorch_api, UnsafeMutablePointer<ctorch_tensor?>) -> Int32
    ) throws -> Tensor {
        try Tensor.make(torch, operation, call)
    }

    // MARK: Making and reading

    static func floats(
        _ values: [Float], _ shape: [Int], as type: TensorType = .float32, on torch: TorchBackend
    ) throws -> Tensor {
        precondition(values.count == shape.reduce(1, *), "a shape holds as many values as it is given")
        return try make(torch, "from_floats") {
            $0.from_floats(values, shape.map(Int64.init), Int32(shape.count), type.raw, $1)
        }
    }

    static func integers(_ values: [Int64], on torch: TorchBackend) throws -> Tensor {
        try make(torch, "from_int64") { $0.from_int64(values, [Int64(values.count)], 1, $1) }
    }

    static func zeros(_ shape: [Int], as type: TensorType = .float32, on torch: TorchBackend) throws -> Tensor
    {
        try make(torch, "zeros") { $0.zeros(shape.map(Int64.init), Int32(shape.count), type.raw, $1) }
    }

    var shape: [Int] { (0..<torch.api.rank(handle)).map { Int(torch.api.size(handle, $0)) } }
    var count: Int { shape.reduce(1, *) }

    /// The values in row-major order, widened to fp32.
    func floats() throws -> [Float] {
        let count = self.count
        var status: Int32 = 0
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            if let start = buffer.baseAddress { status = torch.api.copy_floats(handle, start, Int64(count)) }
            filled = status == 0 ? count : 0
        }
        try torch.check(status, "copy_floats")
        return values
    }

    /// Overwrites the values.
    func assign(_ values: [Float]) throws {
        try torch.check(torch.api.assign_floats(handle, values, Int64(values.count)), "assign_floats")
    }

    // MARK: Shape and elementwise

    /// A copy of the values that shares nothing with this tensor, not even where the type is the same.
    func copied(as type: TensorType) throws -> Tensor { try make("copy") { $0.copy(handle, type.raw, $1) } }

    /// self + factor · other
    func adding(_ other: Tensor, times factor: Double = 1) throws -> Tensor {
        try make("add") { $0.add(handle, other.handle, factor, $1) }
    }

    func reshaped(_ shape: [Int]) throws -> Tensor {
        try make("reshape") { $0.reshape(handle, shape.map(Int64.init), Int32(shape.count), $1) }
    }

    /// The rows at `indices` (int64) of the first dimension.
    func selecting(_ indices: Tensor) throws -> Tensor {
        try make("index_select") { $0.index_select(handle, indices.handle, $1) }
    }

    // MARK: Gradients

    func requireGradient(_ on: Bool = true) throws {
        try torch.check(torch.api.set_requires_gradient(handle, on ? 1 : 0), "requires_grad")
    }

    /// Propagates from Σ self·gradient.
    func backward(_ gradient: Tensor) throws {
        try torch.check(torch.api.backward(handle, gradient.handle), "backward")
    }

    /// The accumulated gradient of a leaf, or nil.
    func gradient() throws -> Tensor? {
        var out: ctorch_tensor?
        try torch.check(torch.api.gradient(handle, &out), "gradient")
        return out.map { Tensor(owning: $0, torch) }
    }

    func clearGradient() throws { try torch.check(torch.api.clear_gradient(handle), "clear_gradient") }
}
