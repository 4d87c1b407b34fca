import AlignData

/// A safetensors file, mapped into memory: an 8-byte length, a JSON header, then the data. Everything the
/// header says is checked against the file when it is opened.
///
/// Format: https://github.com/huggingface/safetensors
final class SafetensorsFile: Sendable {
    enum Element: String, Sendable {
        case f32 = "F32"
        case f16 = "F16"
        case bf16 = "BF16"

        var byteCount: Int { self == .f32 ? 4 : 2 }

        var ggufType: GGUFTensorType {
            switch self {
            case .f32: .f32
            case .f16: .f16
            case .bf16: .bf16
            }
        }
    }

    struct Entry: Sendable {
        var element: Element
        var shape: [Int]
        /// Within the file.
        var bytes: Range<Int>
    }

    let path: String
    let entries: [String: Entry]
    private let file: MappedBytes

    init(path: String) throws(ModelFileError) {
        let file: MappedBytes
        do { file = try MappedBytes(path: path) } catch {
            throw .unreadable(path: path, reason: error.reason)
        }
        let bytes = file.bytes
        guard bytes.count >= 8 else { throw .malformed(path: path, what: "it ends before its header") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(bytes.count - 8), length <= 100_000_000 else {
            throw .malformed(path: path, what: "its header of \(length) bytes reaches beyond the end")
        }
        let start = 8 + Int(length)
        let header: JSONValue
        do { header = try JSONValue(bytes[8..<start]) } catch {
            throw .malformed(path: path, what: "its header is not JSON: \(error.what)")
        }
        guard let members = header.members else {
            throw .malformed(path: path, what: "its header is no object")
        }
        var entries: [String: Entry] = [:]
        for (name, value) in members where name != "__metadata__" {
            entries[name] = try Self.entry(name, value, start: start, size: bytes.count, path: path)
        }
        self.path = path
        self.entries = entries
        self.file = file
    }

    private static func entry(
        _ name: String, _ value: JSONValue, start: Int, size: Int, path: String
    ) throws(ModelFileError) -> Entry {
        let code = value["dtype"]?.string ?? "none"
        guard let element = Element(rawValue: code) else {
            throw .unsupported(path: path, feature: "tensor '\(name)' of type \(code)")
        }
        guard let shape = value["shape"]?.array?.map({ $0.int ?? -1 }), shape.count <= 8,
            let offsets = value["data_offsets"]?.array?.map({ $0.int ?? -1 }), offsets.count == 2
        else { throw .malformed(path: path, what: "tensor '\(name)' has no shape or offsets") }
        var count = element.byteCount
        for dimension in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else {
                throw .malformed(path: path, what: "tensor '\(name)' has an impossible shape")
            }
            count = product
        }
        guard offsets[0] >= 0, offsets[1] >= offsets[0], offsets[1] <= size - start else {
            throw .malformed(path: path, what: "tensor '\(name)' reaches beyond the end of the file")
        }
        guard offsets[1] - offsets[0] == count else {
            throw .malformed(path: path, what: "the bytes of tensor '\(name)' do not fill its shape")
        }
        return Entry(element: element, shape: shape, bytes: (start + offsets[0])..<(start + offsets[1]))
    }

    /// Whether two tensors are stored as the same bytes; nil where they are of different types, or one is missing.
    func holdsSameBytes(_ name: String, as otherName: String, in other: SafetensorsFile) -> Bool? {
        guard let entry = entries[name], let otherEntry = other.entries[otherName],
            entry.element == otherEntry.element
        else { return nil }
        return withExtendedLifetime((file, other.file)) {
            file.bytes[entry.bytes].elementsEqual(other.file.bytes[otherEntry.bytes])
        }
    }

    func tensor(_ entry: Entry) -> HostTensor {
        let count = entry.bytes.count / entry.element.byteCount
        let floats = withExtendedLifetime(file) {
            Dequantization.floats(
                UnsafeRawBufferPointer(rebasing: file.bytes[entry.bytes]), type: entry.element.ggufType,
                count: count)
        }
        return HostTensor(shape: entry.shape, floats: floats)
    }
}
