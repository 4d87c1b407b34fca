import Foundation

/// Cuts a stream of bytes into lines, whatever the chunks are. Lines end with LF; a CR before it belongs to
/// the end. A byte order mark at the start is no part of the first line.
struct LineReader {
    struct Position: Hashable {
        /// Of the line's first byte.
        var byteOffset: Int
        /// 1-based.
        var line: Int
    }

    enum Line {
        case whole(UnsafeBufferPointer<UInt8>)
        /// Longer than the limit; passed over in bounded memory.
        case tooLong
    }

    let maxLineBytes: Int
    private var pending: [UInt8] = []
    private var isSkipping = false
    private var next = Position(byteOffset: 0, line: 1)
    private var offset = 0

    init(maxLineBytes: Int) { self.maxLineBytes = maxLineBytes }

    /// Hands out the lines that end within `chunk`.
    mutating func feed(_ chunk: [UInt8], _ body: (Line, Position) throws -> Void) throws {
        try chunk.withUnsafeBufferPointer { buffer in
            var start = 0
            while start < buffer.count {
                let rest = UnsafeBufferPointer(rebasing: buffer[start...])
                guard let base = rest.baseAddress, let found = memchr(base, 0x0A, rest.count) else {
                    keep(rest)
                    return
                }
                let length = UnsafeRawPointer(base).distance(to: found)
                let end = UnsafeBufferPointer(rebasing: rest[..<length])
                try deliver(end, ended: 1, body)
                start += length + 1
            }
        }
    }

    /// Hands out the last line, when the input does not end with a line end.
    mutating func finish(_ body: (Line, Position) throws -> Void) throws {
        guard isSkipping || !pending.isEmpty else { return }
        try deliver(UnsafeBufferPointer(start: nil, count: 0), ended: 0, body)
    }

    private mutating func keep(_ bytes: UnsafeBufferPointer<UInt8>) {
        offset += bytes.count
        if isSkipping { return }
        pending.append(contentsOf: bytes)
        if pending.count > maxLineBytes {
            isSkipping = true
            pending = []
        }
    }

    private mutating func deliver(
        _ tail: UnsafeBufferPointer<UInt8>, ended: Int, _ body: (Line, Position) throws -> Void
    ) throws {
        let position = next
        offset += tail.count + ended
        next = Position(byteOffset: offset, line: position.line + 1)
        if isSkipping || pending.count + tail.count > maxLineBytes {
            isSkipping = false
            pending.removeAll(keepingCapacity: true)
            return try body(.tooLong, position)
        }
        if pending.isEmpty { return try body(.whole(Self.trimmed(tail, position)), position) }
        pending.append(contentsOf: tail)
        defer { pending.removeAll(keepingCapacity: true) }
        try pending.withUnsafeBufferPointer { try body(.whole(Self.trimmed($0, position)), position) }
    }

    private static func trimmed(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: Position
    ) -> UnsafeBufferPointer<UInt8> {
        var range = 0..<bytes.count
        if position.line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { range = 3..<range.upperBound }
        if !range.isEmpty, bytes[range.upperBound - 1] == 0x0D {
            range = range.lowerBound..<(range.upperBound - 1)
        }
        return UnsafeBufferPointer(rebasing: bytes[range])
    }
}
