/// The product of two square matrices in a precision: what the engine can do at best on the machine at hand.
public struct SquareProduct {
    private let left, right: Tensor
    /// Floating-point operations of one product.
    public let operations: Double

    /// - Parameter size: rows and columns.
    public init(size: Int = 4096, precision: Precision) throws {
        let torch = try TorchBackend.shared()
        func matrix() throws -> Tensor {
            let values = (0..<size * size).map { Float($0 % 251) / 251 - 0.5 }
            return try Tensor.floats(values, [size, size], as: precision.tensorType, on: torch)
        }
        left = try matrix()
        right = try matrix()
        operations = 2 * Double(size) * Double(size) * Double(size)
    }

    public func compute() throws { _ = try left.linear(right) }
}
