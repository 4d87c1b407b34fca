/// Numbers in memory: row-major, the last dimension fastest.
public struct HostTensor: Hashable, Sendable {
    public var shape: [Int]
    public var floats: [Float]

    /// - Precondition: `floats` fill `shape`.
    public init(shape: [Int], floats: [Float]) {
        precondition(shape.reduce(1, *) == floats.count, "the numbers do not fill the shape")
        self.shape = shape
        self.floats = floats
    }
}
