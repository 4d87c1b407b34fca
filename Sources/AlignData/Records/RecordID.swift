import Crypto

/// The identity of a record: the first 128 bits of the SHA-256 of its content, written as 32 lowercase hex digits.
///
/// The same content has the same id on every machine and in every run, so ids prove lineage and key the
/// random numbers. Parts are length-prefixed before hashing: `["ab", "c"]` and `["a", "bc"]` differ.
public struct RecordID: Hashable, Sendable, CustomStringConvertible {
    /// The first 64 bits, as a big-endian number: the order of ids is that of their digits.
    let high: UInt64
    /// The other 64.
    let low: UInt64

    /// An id as written; nil unless it is 32 lowercase hex digits.
    public init?(hex: String) {
        var hex = hex
        guard let id = hex.withUTF8({ RecordID(digits: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = id
    }

    /// An id as stored; nil unless `digits` are 32 lowercase hex digits.
    init?(digits: UnsafeRawBufferPointer) {
        guard digits.count == RecordID.digitCount,
            let high = RecordID.word(digits, from: 0), let low = RecordID.word(digits, from: 16)
        else { return nil }
        (self.high, self.low) = (high, low)
    }

    /// The id of a record of `kind` (for instance `"prompt"`) made of `parts`.
    public init(kind: String, _ parts: [String]) {
        var hash = SHA256()
        for var part in [kind] + parts {
            part.withUTF8 { bytes in
                withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update(bufferPointer: $0) }
                hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            }
        }
        (high, low) = hash.finalize().withUnsafeBytes { digest in
            (
                UInt64(bigEndian: digest.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// The 32 digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: RecordID.digitCount) { buffer in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            return RecordID.digitCount
        }
    }

    public var description: String { hex }

    static let digitCount = 32

    /// Writes the 32 digits to the beginning of `buffer`.
    func write(to buffer: UnsafeMutableRawBufferPointer) {
        for (start, word) in [(0, high), (16, low)] {
            for place in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * place)) & 15
                buffer[start + place] =
                    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
        }
    }

    private static func word(_ digits: UnsafeRawBufferPointer, from start: Int) -> UInt64? {
        var word: UInt64 = 0
        for byte in digits[start..<(start + 16)] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): word = word << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                word = word << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return word
    }
}

extension RecordID: Comparable {
    public static func < (a: RecordID, b: RecordID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

/// As the string of its digits.
extension RecordID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = RecordID(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "an id is 32 lowercase hexadecimal digits")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

extension Sequence where Element == UInt8 {
    /// Lowercase hexadecimal, two digits a byte.
    public var hexString: String {
        func digit(_ value: UInt8) -> UInt8 {
            value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
        }
        var text: [UInt8] = []
        text.reserveCapacity(underestimatedCount * 2)
        for byte in self {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
