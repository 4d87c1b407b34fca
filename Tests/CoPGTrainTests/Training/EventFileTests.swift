import AlignData
import CoPGTrain
import Foundation
import Testing

/// The events of a run, read back by another reader than the writer: TFRecords and protocol buffers as their
/// specifications say, checksums bit by bit.
struct EventFileTests {
    private struct Event: Equatable {
        var step = 0
        var version: String?
        var values: [String: Float] = [:]
    }

    private enum Malformed: Error { case checksum, length, wireType }

    /// CRC-32C a bit at a time.
    private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            for bit in 0..<8 {
                let low = (crc ^ UInt32(byte) >> UInt32(bit)) & 1
                crc = crc >> 1 ^ (low == 1 ? 0x82F6_3B78 : 0)
            }
        }
        return ~crc
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func records(_ bytes: [UInt8]) throws -> [ArraySlice<UInt8>] {
        var rest = bytes[...]
        func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard rest.count >= count else { throw Malformed.length }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func check(_ part: ArraySlice<UInt8>) throws {
            let crc = checksum(part)
            let masked = ((crc >> 15) | (crc << 17)) &+ 0xA282_EAD8
            guard UInt64(masked) == number(try take(4)) else { throw Malformed.checksum }
        }
        var records: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            let length = try take(8)
            try check(length)
            let data = try take(Int(number(length)))
            try check(data)
            records.append(data)
        }
        return records
    }

    /// (field, bytes or little-endian number) for each field of a message.
    private static func fields(_ message: ArraySlice<UInt8>) throws -> [(
        field: Int, bytes: ArraySlice<UInt8>
    )] {
        var rest = message
        func varint() throws -> UInt64 {
            var value: UInt64 = 0
            for shift in stride(from: 0, to: 64, by: 7) {
                guard let byte = rest.popFirst() else { throw Malformed.length }
                value |= UInt64(byte & 0x7F) << UInt64(shift)
                if byte < 0x80 { break }
            }
            return value
        }
        var fields: [(Int, ArraySlice<UInt8>)] = []
        while !rest.isEmpty {
            let key = try varint()
            let size: Int
            switch key & 7 {
            case 0:
                let value = try varint()
                fields.append((Int(key >> 3), withUnsafeBytes(of: value.littleEndian) { Array($0) }[...]))
                continue
            case 1: size = 8
            case 2: size = Int(try varint())
            case 5: size = 4
            default: throw Malformed.wireType
            }
            guard rest.count >= size else { throw Malformed.length }
            fields.append((Int(key >> 3), rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return fields
    }

    private static func event(_ record: ArraySlice<UInt8>) throws -> Event {
        var event = Event()
        for (field, bytes) in try fields(record) {
            switch field {
            case 2: event.step = Int(number(bytes))
            case 3: event.version = String(decoding: bytes, as: UTF8.self)
            case 5:
                for (_, value) in try fields(bytes) {
                    let parts = try fields(value)
                    let tag = parts.first { $0.field == 1 }.map { String(decoding: $0.bytes, as: UTF8.self) }
                    let scalar = parts.first { $0.field == 2 }.map {
                        Float(bitPattern: UInt32(number($0.bytes)))
                    }
                    event.values[tag ?? ""] = scalar
                }
            default: break
            }
        }
        return event
    }

    private static func events(in folder: String) throws -> [Event] {
        let file = try Data(contentsOf: URL(fileURLWithPath: folder + "/events.out.tfevents"))
        return try records(Array(file)).map(event)
    }

    @Test func checksumsAreThoseOfTheStandard() {
        #expect(Self.checksum(Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test func aRunsEventsAreItsMetrics() throws {
        try TrainingWorld.withFolder { folder in
            _ = try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in .more }
            let events = try Self.events(in: folder)
            #expect(events.first == Event(version: "brain.Event:2"))
            let metrics = try StepMetrics.read(from: folder + "/metrics.jsonl")
            #expect(events.dropFirst().map(\.step) == metrics.map(\.step))
            for (event, metrics) in zip(events.dropFirst(), metrics) {
                #expect(event.values == metrics.values.mapValues(Float.init))
            }
            let names = Set(events.flatMap(\.values.keys))
            #expect(
                names.isSuperset(of: [
                    "loss", "rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies",
                    "logps/chosen", "logps/rejected", "grad_norm", "lr", "num_tokens", "epoch",
                    "completions/mean_length", "validation/reward",
                ]))
        }
    }

    /// A kill may leave events beyond the checkpoint, and half of one.
    @Test func eventsAfterTheCheckpointAreWrittenAnew() throws {
        try TrainingWorld.withFolder { folder in
            _ = try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in .more }
            let path = folder + "/events.out.tfevents"
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try FileManager.default.removeItem(atPath: folder + "/checkpoint-000009")
            try whole.dropLast(5).write(to: URL(fileURLWithPath: path))
            _ = try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in .more }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
        }
    }
}
