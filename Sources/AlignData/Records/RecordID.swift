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
        for quarter in 0..<4 {
            let word = quarter < 2 ? high : low
            let part = UInt32(truncatingIfNeeded: quarter % 2 == 0 ? word >> 32 : word)
            buffer.storeBytes(
                of: RecordID.digits(of: part).littleEndian, toByteOffset: 8 * quarter, as: UInt64.self)
        }
    }

    private static func word(_ digits: UnsafeRawBufferPointer, from start: Int) -> UInt64? {
        guard let upper = part(digits, from: start), let lower = part(digits, from: start + 8) else {
            return nil
        }
        return UInt64(upper) << 32 | UInt64(lower)
    }

    /// A byte of each of eight, all at once: rows are full of ids.
    private static let everyByte: UInt64 = 0x0101_0101_0101_0101
    private static let lowHalves: UInt64 = 0x0F0F_0F0F_0F0F_0F0F

    /// The 8 digits of a number, the first in the lowest byte.
    private static func digits(of part: UInt32) -> UInt64 {
        var x = UInt64(part.byteSwapped)
        x = (x | x << 16) & 0x0000_FFFF_0000_FFFF
        x = (x | x << 8) & 0x00FF_00FF_00FF_00FF
        x = (x >> 4 | x << 8) & lowHalves
        let letters = (x &+ 6 * everyByte) >> 4 & everyByte
        return x &+ UInt64(UInt8(ascii: "0")) * everyByte &+ letters &* 39
    }

    /// The number that 8 digits make; nil unless they are lowercase hex digits.
    private static func part(_ digits: UnsafeRawBufferPointer, from start: Int) -> UInt32? {
        let text = UInt64(littleEndian: digits.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        var x = (text & lowHalves) &+ (text >> 6 & everyByte) &* 9
        x = (x << 4 | x >> 8) & 0x00FF_00FF_00FF_00FF
        x = (x | x >> 8) & 0x0000_FFFF_0000_FFFF
        let part = UInt32(truncatingIfNeeded: x | x >> 16).byteSwapped
        return RecordID.digits(of: part) == text ? part : nil
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
