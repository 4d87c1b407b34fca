import AlignData

/// How the numbers of a tensor are stored.
public enum TensorElement: String, Sendable {
    case float32, bfloat16

    var code: String { self == .float32 ? "F32" : "BF16" }
    var byteCount: Int { self == .float32 ? 4 : 2 }
}

/// Writes a safetensors file: header first, then each tensor as it is asked for, so that one tensor at a time
/// is in memory. The file is written aside, flushed to the disk and renamed.
enum SafetensorsWriter {
    /// - Parameters:
    ///   - shapes: the tensors in the order in which they are written.
    ///   - metadata: strings for the header.
    ///   - tensor: asked once for each of `shapes`, in order.
    /// - Throws: `ModelFileError`, `FileError`, and what `tensor` throws.
    static func write(
        to path: String, shapes: [(name: String, shape: [Int])], element: TensorElement,
        metadata: [(String, String)],
        tensor: (_ name: String) throws -> HostTensor
    ) throws {
        let file = try PartialFile(path: path)
        do {
            try file.write(header(shapes, element, metadata))
            for (name, shape) in shapes {
                let tensor = try tensor(name)
                guard tensor.shape == shape else {
                    throw ModelFileError.wrongShape(
                        path: path, name: name, found: tensor.shape, expected: shape)
                }
                switch element {
                case .float32: try tensor.floats.withUnsafeBytes { try file.write($0) }
                case .bfloat16:
                    try tensor.floats.map { $0.bfloatBits.littleEndian }.withUnsafeBytes {
                        try file.write($0)
                    }
                }
            }
            try file.commit()
        } catch {
            file.discard()
            throw error
        }
    }

    /// The header with its length, padded with blanks so that the data is aligned to 8 bytes.
    private static func header(
        _ shapes: [(name: String, shape: [Int])], _ element: TensorElement, _ metadata: [(String, String)]
    ) -> [UInt8] {
        var members: [(key: String, value: JSONValue)] = [
            ("__metadata__", .object(metadata.map { ($0.0, .string($0.1)) }))
        ]
        var offset = 0
        for (name, shape) in shapes {
            let end = offset + shape.reduce(element.byteCount, *)
            let entry = JSONValue.members([
                "dtype": .string(element.code), "shape": .array(shape.map { .integer($0) }),
                "data_offsets": .array([.integer(offset), .integer(end)]),
            ])
            members.append((name, entry))
            offset = end
        }
        var text = JSONValue.object(members).serialized()
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }
}
