import Crypto

/// The identity of a record: the first 128 bits of the SHA-256 of its content, as 32 lowercase hex digits.
///
/// The same content has the same id on every machine and in every run, so ids prove lineage and key the
/// random numbers. Parts are length-prefixed before hashing: `["ab", "c"]` and `["a", "bc"]` differ.
public struct RecordID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let hex: String

    /// An id as stored. Not validated: shards are verified as a whole.
    public init(hex: String) { self.hex = hex }

    /// The id of a record of `kind` (for instance `"prompt"`) made of `parts`.
    public init(kind: String, _ parts: [String]) {
        var hash = SHA256()
        for var part in [kind] + parts {
            part.withUTF8 { bytes in
                withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update(bufferPointer: $0) }
                hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            }
        }
        self.hex = hash.finalize().prefix(16).hexString
    }

    public var description: String { hex }

    public static func < (a: RecordID, b: RecordID) -> Bool { a.hex < b.hex }

    public init(from decoder: any Decoder) throws {
        hex = try decoder.singleValueContainer().decode(String.self)
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
