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

    /// Whether no number is NaN or an infinity. Looks at the bits, so that the loop is vectorized.
    var isFinite: Bool {
        floats.withUnsafeBytes { bytes in
            var found: UInt32 = 0
            for bits in bytes.bindMemory(to: UInt32.self) {
                found |= (bits & 0x7F80_0000) == 0x7F80_0000 ? 1 : 0
            }
            return found == 0
        }
    }
}
