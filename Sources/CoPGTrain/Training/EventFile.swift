import AlignData
import Foundation

/// A run's metrics as TensorBoard reads them: a file of TFRecords, each a serialized `Event`
/// (tensorflow/core/util/event.proto), one for each line of `metrics.jsonl`.
///
/// The wall time of an event is its step in seconds, so that the same run gives the same bytes.
struct EventFile {
    /// TensorBoard looks for `tfevents` in a file's name.
    static let name = "events.out.tfevents"

    let path: String

    /// Makes the file anew from these metrics.
    func write(_ metrics: [StepMetrics]) throws {
        let version = EventFile.event(step: 0) { $0.bytes(3, Array("brain.Event:2".utf8)) }
        let events = [version] + metrics.map(EventFile.event)
        try Files.replace(path, with: Data(events.flatMap(EventFile.record)))
    }

    func append(_ metrics: StepMetrics) throws {
        try Files.append(Data(EventFile.record(EventFile.event(of: metrics))), to: path)
    }

    /// `Event { summary { value { tag, simple_value } … } }`, tags in byte order.
    private static func event(of metrics: StepMetrics) -> [UInt8] {
        var summary = ProtocolBuffer()
        for (name, value) in metrics.values.sorted(by: { $0.key < $1.key }) {
            var scalar = ProtocolBuffer()
            scalar.bytes(1, Array(name.utf8))
            scalar.float(2, Float(value))
            summary.bytes(1, scalar.encoded)
        }
        return event(step: metrics.step) { $0.bytes(5, summary.encoded) }
    }

    private static func event(step: Int, _ what: (inout ProtocolBuffer) -> Void) -> [UInt8] {
        var event = ProtocolBuffer()
        event.double(1, Double(step))
        event.integer(2, UInt64(step))
        what(&event)
        return event.encoded
    }

    /// A TFRecord: length, its checksum, the data, their checksum; little-endian.
    private static func record(_ data: [UInt8]) -> [UInt8] {
        let length = withUnsafeBytes(of: UInt64(data.count).littleEndian) { Array($0) }
        func checksum(_ bytes: [UInt8]) -> [UInt8] {
            let crc = CRC32C.checksum(bytes)
            // TensorFlow masks checksums that lie among the data they are of.
            let masked = (crc >> 15 | crc << 17) &+ 0xA282_EAD8
            return withUnsafeBytes(of: masked.littleEndian) { Array($0) }
        }
        return length + checksum(length) + data + checksum(data)
    }
}

/// The four kinds of fields of a protocol buffer that events are made of.
private struct ProtocolBuffer {
    private(set) var encoded: [UInt8] = []

    mutating func integer(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        varint(field << 3 | 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { encoded += $0 }
    }

    /// Also strings and messages.
    mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        encoded += value
    }

    mutating func float(_ field: UInt64, _ value: Float) {
        varint(field << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { encoded += $0 }
    }

    private mutating func varint(_ value: UInt64) {
        var left = value
        while left >= 0x80 {
            encoded.append(UInt8(truncatingIfNeeded: left) | 0x80)
            left >>= 7
        }
        encoded.append(UInt8(left))
    }
}

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
private enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { crc, byte in crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
        }
    }
}
