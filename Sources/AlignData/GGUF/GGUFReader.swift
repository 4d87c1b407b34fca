/// Reads the header of a GGUF. Every length is checked against the end of the file before anything is
/// allocated for it.
struct GGUFReader {
    let bytes: UnsafeRawBufferPointer
    let path: String
    var position = 0

    init(bytes: UnsafeRawBufferPointer, path: String) {
        self.bytes = bytes
        self.path = path
    }

    struct Contents {
        var version: UInt32
        var metadata: [String: GGUFValue]
        var tensors: [GGUFTensor]
    }

    mutating func read() throws(GGUFError) -> Contents {
        guard bytes.count >= 4, bytes.prefix(4).elementsEqual("GGUF".utf8) else {
            throw GGUFError.notGGUF(path: path)
        }
        position = 4
        let version: UInt32 = try number("the version")
        guard version == 2 || version == 3 else { throw .unsupportedVersion(path: path, version: version) }
        let tensorCount = try count("the number of tensors", itemSize: 24)
        let valueCount = try count("the number of metadata values", itemSize: 13)
        var metadata: [String: GGUFValue] = [:]
        for _ in 0..<valueCount {
            let start = position
            let key = try string("a metadata key")
            let type: UInt32 = try number("the type of '\(key)'")
            let value = try value(type: type, key: key, depth: 0)
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw .malformed(path: path, offset: start, what: "the key '\(key)' stands twice")
            }
        }
        var tensors: [GGUFTensor] = []
        tensors.reserveCapacity(tensorCount)
        for _ in 0..<tensorCount { tensors.append(try tensor()) }
        try place(&tensors, alignment: try alignment(metadata))
        return Contents(version: version, metadata: metadata, tensors: tensors)
    }

    private func alignment(_ metadata: [String: GGUFValue]) throws(GGUFError) -> Int {
        guard let value = metadata["general.alignment"] else { return 32 }
        guard let alignment = value.integer, (1...1 << 20).contains(alignment),
            alignment & (alignment - 1) == 0
        else { throw .malformed(path: path, offset: 0, what: "general.alignment is not a power of two") }
        return alignment
    }

    /// Turns offsets within the data section into offsets within the file, and checks them.
    private func place(_ tensors: inout [GGUFTensor], alignment: Int) throws(GGUFError) {
        let data = (position + alignment - 1) / alignment * alignment
        var names: Set<String> = []
        for i in tensors.indices {
            let tensor = tensors[i]
            guard names.insert(tensor.name).inserted else {
                throw .malformed(path: path, offset: position, what: "tensor '\(tensor.name)' stands twice")
            }
            guard tensor.offset % alignment == 0 else {
                throw .malformed(path: path, offset: position, what: "tensor '\(tensor.name)' is not aligned")
            }
            let (start, tooLate) = tensor.offset.addingReportingOverflow(data)
            let (end, tooLong) = start.addingReportingOverflow(tensor.byteCount)
            guard !tooLate, !tooLong, end <= bytes.count else {
                throw .tensorBeyondEnd(
                    path: path, tensor: tensor.name, end: tooLate || tooLong ? Int.max : end,
                    fileSize: bytes.count)
            }
            tensors[i].offset = start
        }
    }

    private mutating func tensor() throws(GGUFError) -> GGUFTensor {
        let start = position
        let name = try string("a tensor's name")
        let rank: UInt32 = try number("the rank of tensor '\(name)'")
        guard (1...4).contains(rank) else {
            throw .malformed(path: path, offset: start, what: "tensor '\(name)' has \(rank) dimensions")
        }
        var dimensions: [Int] = []
        var elements = 1
        for _ in 0..<rank {
            let dimension: UInt64 = try number("the shape of tensor '\(name)'")
            guard dimension <= UInt64(Int32.max) else {
                throw .malformed(path: path, offset: start, what: "tensor '\(name)' has an impossible shape")
            }
            let (product, overflow) = elements.multipliedReportingOverflow(by: Int(dimension))
            guard !overflow, product <= 1 << 48 else {
                throw .malformed(path: path, offset: start, what: "tensor '\(name)' has an impossible shape")
            }
            elements = product
            dimensions.append(Int(dimension))
        }
        let code: UInt32 = try number("the type of tensor '\(name)'")
        guard let type = GGUFTensorType(rawValue: code) else {
            throw .malformed(
                path: path, offset: start,
                what: "tensor '\(name)' has the type \(code), which is not supported")
        }
        guard dimensions[0] % type.blockSize == 0 else {
            throw .malformed(
                path: path, offset: start,
                what: "the rows of tensor '\(name)' are not whole blocks of \(type.blockSize)")
        }
        let offset: UInt64 = try number("the offset of tensor '\(name)'")
        guard offset <= UInt64(Int.max) else {
            throw .tensorBeyondEnd(path: path, tensor: name, end: Int.max, fileSize: bytes.count)
        }
        return GGUFTensor(
            name: name, dimensions: dimensions, type: type, offset: Int(offset),
            byteCount: elements / type.blockSize * type.bytesPerBlock)
    }

    /// An element count: at least `itemSize` bytes of the file must be left for each.
    private mutating func count(_ what: String, itemSize: Int) throws(GGUFError) -> Int {
        let start = position
        let value: UInt64 = try number(what)
        guard value <= UInt64((bytes.count - position) / itemSize) else {
            throw .truncated(path: path, offset: start, what: "\(what) (\(value))")
        }
        return Int(value)
    }

    private mutating func number<Number: FixedWidthInteger>(_ what: String) throws(GGUFError) -> Number {
        let size = MemoryLayout<Number>.size
        guard size <= bytes.count - position else {
            throw .truncated(path: path, offset: position, what: what)
        }
        let value = Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
        position += size
        return value
    }

    private mutating func string(_ what: String) throws(GGUFError) -> String {
        let start = position
        let count = try count("the length of \(what)", itemSize: 1)
        let text = UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
        guard let string = String(validating: text, as: UTF8.self) else {
            throw .malformed(path: path, offset: start, what: "\(what) is not UTF-8")
        }
        position += count
        return string
    }
}

extension GGUFReader {
    /// Bytes of each fixed-size value type; nil for string (8), array (9) and unknown types.
    private static func size(of type: UInt32) -> Int? {
        switch type {
        case 0, 1, 7: 1
        case 2, 3: 2
        case 4, 5, 6: 4
        case 10, 11, 12: 8
        default: nil
        }
    }

    fileprivate mutating func value(type: UInt32, key: String, depth: Int) throws(GGUFError) -> GGUFValue {
        let what = "the value of '\(key)'"
        switch type {
        case 6, 12: return .number(try float(type, what))
        case 7: return .bool(try bool(what))
        case 8: return .string(try string(what))
        case 9: return try array(key: key, depth: depth)
        case 0, 1, 2, 3, 4, 5, 10, 11: return .integer(try integer(type, what))
        default:
            throw .malformed(
                path: path, offset: position, what: "'\(key)' has the unknown value type \(type)")
        }
    }

    private mutating func array(key: String, depth: Int) throws(GGUFError) -> GGUFValue {
        let start = position
        let type: UInt32 = try number("the element type of '\(key)'")
        guard type <= 12 else {
            throw .malformed(path: path, offset: start, what: "'\(key)' has the unknown value type \(type)")
        }
        guard depth < 8 else {
            throw .malformed(path: path, offset: start, what: "'\(key)' is nested too deeply")
        }
        let what = "the value of '\(key)'"
        let count = try count("the length of '\(key)'", itemSize: Self.size(of: type) ?? (type == 8 ? 8 : 12))
        switch type {
        case 6, 12:
            var values: [Double] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try float(type, what)) }
            return .numbers(values)
        case 7:
            var values: [Bool] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try bool(what)) }
            return .bools(values)
        case 8:
            var values: [String] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try string(what)) }
            return .strings(values)
        case 9:
            var values: [GGUFValue] = []
            for _ in 0..<count { values.append(try array(key: key, depth: depth + 1)) }
            return .array(values)
        default:
            var values: [Int] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try integer(type, what)) }
            return .integers(values)
        }
    }

    private mutating func float(_ type: UInt32, _ what: String) throws(GGUFError) -> Double {
        if type == 6 { return Double(Float(bitPattern: try number(what))) }
        return Double(bitPattern: try number(what))
    }

    private mutating func bool(_ what: String) throws(GGUFError) -> Bool {
        let byte: UInt8 = try number(what)
        guard byte <= 1 else {
            throw .malformed(path: path, offset: position - 1, what: "\(what) is not a boolean")
        }
        return byte == 1
    }

    private mutating func integer(_ type: UInt32, _ what: String) throws(GGUFError) -> Int {
        switch type {
        case 0: return Int(try number(what) as UInt8)
        case 1: return Int(try number(what) as Int8)
        case 2: return Int(try number(what) as UInt16)
        case 3: return Int(try number(what) as Int16)
        case 4: return Int(try number(what) as UInt32)
        case 5: return Int(try number(what) as Int32)
        case 11: return Int(try number(what) as Int64)
        default:
            let value: UInt64 = try number(what)
            guard value <= UInt64(Int.max) else {
                throw .malformed(path: path, offset: position - 8, what: "\(what) is too large")
            }
            return Int(value)
        }
    }
}
