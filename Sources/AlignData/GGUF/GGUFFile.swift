/// A tensor of a GGUF: its name, shape and where its data lies.
public struct GGUFTensor: Hashable, Sendable {
    public var name: String
    /// As the file has it: the fastest-varying dimension first (a matrix of 192 rows of 576 is `[576, 192]`).
    public var dimensions: [Int]
    public var type: GGUFTensorType
    /// From the start of the file.
    public var offset: Int
    public var byteCount: Int

    public var elementCount: Int { dimensions.reduce(1, *) }
}

/// A GGUF model file (versions 2 and 3, little-endian), mapped into memory. Everything the file says is
/// checked against its size when it is opened, so reading tensor data needs no further checks.
///
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
public final class GGUFFile: Sendable {
    public let path: String
    public let version: UInt32
    public let metadata: [String: GGUFValue]
    /// In the file's order.
    public let tensors: [GGUFTensor]
    private let file: MappedBytes
    private let indices: [String: Int]

    /// Opens and checks a file.
    /// - Throws: `GGUFError`.
    public init(path: String) throws {
        let file: MappedBytes
        do { file = try MappedBytes(path: path) } catch {
            throw GGUFError.unreadable(path: path, reason: error.reason)
        }
        var reader = GGUFReader(bytes: file.bytes, path: path)
        let contents = try reader.read()
        self.path = path
        self.file = file
        version = contents.version
        metadata = contents.metadata
        tensors = contents.tensors
        indices = Dictionary(
            contents.tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public func tensor(named name: String) -> GGUFTensor? { indices[name].map { tensors[$0] } }

    /// Calls `body` with the stored bytes of a tensor of this file; they live no longer than the call.
    public func withBytes<Result>(
        of tensor: GGUFTensor, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        precondition(tensor.offset >= 0 && tensor.byteCount >= 0, "not a tensor of this file")
        precondition(tensor.offset <= file.bytes.count - tensor.byteCount, "not a tensor of this file")
        return try withExtendedLifetime(file) {
            try body(
                UnsafeRawBufferPointer(rebasing: file.bytes[tensor.offset..<tensor.offset + tensor.byteCount])
            )
        }
    }
}
