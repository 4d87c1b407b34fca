@testable import AlignData

/// Hands out `bytes` in chunks of `size`.
func source(_ bytes: [UInt8], chunk size: Int = 1 << 18) -> ByteSource {
    var offset = 0
    return {
        let chunk = Array(bytes[offset..<min(offset + size, bytes.count)])
        offset += chunk.count
        return chunk
    }
}

extension RecordOutcome {
    var record: SourceRecord? { if case .record(let record) = self { record } else { nil } }
    var rejection: Rejection? { if case .rejection(let rejection) = self { rejection } else { nil } }
}

/// With a byte order mark.
func littleEndianUTF16(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = [0xFF, 0xFE]
    for unit in text.utf16 { bytes += [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)] }
    return bytes
}
