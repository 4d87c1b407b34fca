/// Makes UTF-8 of the bytes of text files, and texts of these.
struct TextDecoder {
    let encoding: TextEncoding
    let repair: RecipeSource.Repair?
    /// Of XML and HTML, whatever the files declare.
    let markupEncoding: TextEncoding?

    init(_ source: RecipeSource) {
        encoding = source.encoding
        markupEncoding = source.markupEncoding
        repair = source.repair
    }

    init() {
        encoding = .utf8
        markupEncoding = nil
        repair = nil
    }

    // MARK: - Streams

    /// The same characters in UTF-8. What cannot be decoded comes out as bytes that are not UTF-8, so that the
    /// record that holds them is rejected. A byte order mark of UTF-16 counts whatever the encoding.
    func source(_ bytes: @escaping ByteSource) -> ByteSource { source(bytes, encoding) }

    func source(_ bytes: @escaping ByteSource, _ encoding: TextEncoding) -> ByteSource {
        var transcoder: Transcoder?
        return {
            if transcoder == nil {
                var start = try bytes()
                while start.count == 1, case let more = try bytes(), !more.isEmpty { start += more }
                let first = Transcoder(encoding, start: start)
                transcoder = first
                if start.isEmpty || first.isPlain { return start }
                transcoder?.skipMark(of: start)
                if let output = transcoder?.convert(start), !output.isEmpty { return output }
            }
            guard transcoder?.isPlain == false else { return try bytes() }
            while true {
                let chunk = try bytes()
                guard !chunk.isEmpty else { return transcoder?.finish() ?? [] }
                if let output = transcoder?.convert(chunk), !output.isEmpty { return output }
            }
        }
    }

    private struct Transcoder {
        private enum Kind {
            case plain, utf16(isBigEndian: Bool), latin1, windows1252
        }

        private var kind: Kind
        private var skipped = 0
        private var half: UInt8?
        private var highSurrogate: UInt32?

        init(_ encoding: TextEncoding, start: [UInt8]) {
            switch encoding {
            case _ where start.starts(with: [0xFE, 0xFF]): kind = .utf16(isBigEndian: true)
            case _ where start.starts(with: [0xFF, 0xFE]), .utf16: kind = .utf16(isBigEndian: false)
            case .utf8: kind = .plain
            case .latin1: kind = .latin1
            case .windows1252: kind = .windows1252
            }
        }

        var isPlain: Bool { if case .plain = kind { true } else { false } }

        mutating func skipMark(of start: [UInt8]) {
            if start.starts(with: [0xFE, 0xFF]) || start.starts(with: [0xFF, 0xFE]) { skipped = 2 }
        }

        mutating func convert(_ chunk: [UInt8]) -> [UInt8] {
            let chunk = chunk.dropFirst(skipped)
            skipped = 0
            var output: [UInt8] = []
            output.reserveCapacity(chunk.count * 3 / 2)
            switch kind {
            case .plain: output += chunk
            case .latin1:
                for byte in chunk { TextDecoder.append(UInt32(byte), to: &output) }
            case .windows1252:
                for byte in chunk { TextDecoder.append(Windows1252.scalar(byte), to: &output) }
            case .utf16(let isBigEndian):
                for byte in chunk {
                    guard let first = half else {
                        half = byte
                        continue
                    }
                    half = nil
                    append(
                        isBigEndian
                            ? UInt32(first) << 8 | UInt32(byte) : UInt32(byte) << 8 | UInt32(first), &output)
                }
            }
            return output
        }

        /// What is left at the end: half a character, if anything.
        mutating func finish() -> [UInt8] {
            defer {
                half = nil
                highSurrogate = nil
            }
            return half == nil && highSurrogate == nil ? [] : [0xFF]
        }

        private mutating func append(_ unit: UInt32, _ output: inout [UInt8]) {
            if let high = highSurrogate {
                highSurrogate = nil
                if (0xDC00..<0xE000).contains(unit) {
                    return TextDecoder.append(
                        0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00), to: &output)
                }
                output.append(0xFF)
            }
            if (0xD800..<0xDC00).contains(unit) {
                highSurrogate = unit
            } else {
                TextDecoder.append(unit, to: &output)
            }
        }
    }

    /// A scalar as UTF-8; of what is none, a byte that is not UTF-8.
    private static func append(_ value: UInt32, to output: inout [UInt8]) {
        guard let scalar = Unicode.Scalar(value) else { return output.append(0xFF) }
        if value < 0x80 { return output.append(UInt8(value)) }
        output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    // MARK: - Texts

    struct Decoded {
        var bytes: [UInt8]
        var isRepaired = false

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Bytes that are UTF-8 or can be repaired; `nil` where neither is so.
    func repaired(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        switch repair {
        case nil: return nil
        case .replace: return Array(String(decoding: bytes, as: UTF8.self).utf8)
        case .windows1252: return Windows1252.utf8(bytes)
        }
    }

    /// A whole file as text; `nil` when it is not UTF-8 and no repair is asked for.
    func text(_ bytes: [UInt8]) -> Decoded? {
        var bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if bytes.withUnsafeBufferPointer(UTF8Validation.isValid) { return Decoded(bytes: bytes) }
        return bytes.withUnsafeBufferPointer(repaired).map { Decoded(bytes: $0, isRepaired: true) }
    }

    /// The name under which the manifest counts repaired texts.
    static let repairNote = "invalid-utf8-repaired"
}
