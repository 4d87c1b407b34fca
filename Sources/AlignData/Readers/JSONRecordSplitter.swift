import Foundation

/// Finds the records in a stream of JSON and hands out their bytes, in memory that depends on the largest record
/// alone. Only the structure around the records is checked; whether a record is JSON is for the parser to say.
///
/// Most bytes of a document lie inside records: there, only brackets and strings are followed, strings eight bytes at a
/// time, and a record that lies in one chunk is not copied.
struct JSONRecordSplitter {
    enum Piece {
        /// Valid during the call.
        case record(UnsafeBufferPointer<UInt8>)
        case tooLong
        /// The structure around the records cannot be followed any further: one sentence.
        case broken(String)
    }

    /// Deeper nesting around the records is refused.
    static let maxDepth = 128

    private enum State {
        /// A value comes next.
        case value
        /// A key or the end of the object comes next.
        case key
        case colon
        /// A comma or the end of the container comes next.
        case separator
        case string(isKey: Bool)
        case scalar
        case record
        case recordScalar
    }

    private enum Step {
        case key([UInt8])
        case index(Int)
        case all
    }

    private struct Container {
        var isArray: Bool
        var index = 0
        var key: [UInt8] = []
    }

    private typealias Bytes = UnsafeBufferPointer<UInt8>

    private let path: [Step]?
    private let maxRecordBytes: Int
    private var state = State.value
    private var containers: [Container] = []
    private var key: [UInt8] = []

    /// Of the record or the string that is open.
    private var strings = JSONStringScan()
    /// What earlier chunks have of the record.
    private var held: [UInt8] = []
    private var isHeldTooLong = false
    /// Where the open record begins, and where that is in this chunk.
    private var start = LineReader.Position(byteOffset: 0, line: 1)
    private var startIndex = 0

    /// The bytes of earlier chunks.
    private var base = 0
    /// The line of the byte `counted` of this chunk; what lies behind it is not looked at yet.
    private var line = 1
    private var counted = 0
    /// Bytes of a byte order mark at the very beginning; `nil` behind it.
    private var mark: Int? = 0

    /// Nothing more can be found.
    private(set) var isBroken = false
    /// Pieces handed out.
    private(set) var count = 0

    init(path: JSONPath?, maxRecordBytes: Int) {
        self.path = path?.steps.map { step in
            switch step {
            case .key(let key): .key(Array(key.utf8))
            case .index(let index): .index(index)
            case .all: .all
            }
        }
        self.maxRecordBytes = maxRecordBytes
    }

    typealias Body = (Piece, LineReader.Position) throws -> Void

    mutating func feed(_ chunk: [UInt8], _ body: Body) throws {
        try chunk.withUnsafeBufferPointer { try feed($0, body) }
    }

    private mutating func feed(_ bytes: Bytes, _ body: Body) throws {
        var index = 0
        while let seen = mark, index < bytes.count {
            let isMark = seen < 3 && bytes[index] == [0xEF, 0xBB, 0xBF][seen]
            mark = isMark ? seen + 1 : nil
            if isMark { index += 1 }
        }
        startIndex = 0
        while index < bytes.count, !isBroken {
            switch state {
            case .record: try takeRecord(bytes, &index, body)
            case .recordScalar:
                while index < bytes.count, !Self.endsScalar(bytes[index]) { index += 1 }
                if index < bytes.count { try handOut(bytes, to: index, body) }
            case .scalar:
                while index < bytes.count, !Self.endsScalar(bytes[index]) { index += 1 }
                if index < bytes.count { state = containers.isEmpty ? .value : .separator }
            case .string(let isKey):
                let begin = index
                let isEnd = strings.skipString(bytes, &index)
                if isKey { key += bytes[begin..<index] }
                if isEnd { endString(isKey: isKey) }
            default:
                try take(bytes[index], bytes, index, body)
                index += 1
            }
        }
        switch state {
        case .record, .recordScalar: hold(bytes[startIndex...])
        default: break
        }
        _ = position(bytes, bytes.count)
        base += bytes.count
        counted = 0
    }

    /// Hands out what the end of the stream makes whole, or says what it breaks off in.
    mutating func finish(_ body: Body) throws {
        if case .scalar = state { state = containers.isEmpty ? .value : .separator }
        if case .recordScalar = state {
            startIndex = 0
            try handOut(Bytes(start: nil, count: 0), to: 0, body)
        }
        if case .value = state, containers.isEmpty { return }
        if case .record = state {
            isBroken = true
            count += 1
            return try body(.broken("not JSON: the text ends too early"), start)
        }
        try fail("the text ends too early", Bytes(start: nil, count: 0), 0, body)
    }

    // MARK: - Records

    private mutating func takeRecord(_ bytes: Bytes, _ index: inout Int, _ body: Body) throws {
        guard strings.skipValue(bytes, &index) else { return }
        try handOut(bytes, to: index, body)
    }

    private mutating func begin(_ byte: UInt8, _ bytes: Bytes, _ index: Int) {
        start = position(bytes, index)
        startIndex = index
        held.removeAll(keepingCapacity: true)
        isHeldTooLong = false
        strings = JSONStringScan()
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            strings.depth = 1
            state = .record
        case UInt8(ascii: "\""):
            strings.isInside = true
            state = .record
        default: state = .recordScalar
        }
    }

    private mutating func hold(_ bytes: Slice<Bytes>) {
        if isHeldTooLong { return }
        if held.count + bytes.count > maxRecordBytes {
            isHeldTooLong = true
            held = []
        } else {
            held.append(contentsOf: bytes)
        }
    }

    /// - Parameter end: where the record ends in this chunk.
    private mutating func handOut(_ bytes: Bytes, to end: Int, _ body: Body) throws {
        state = containers.isEmpty ? .value : .separator
        count += 1
        let last = bytes[startIndex..<end]
        if isHeldTooLong || held.count + last.count > maxRecordBytes { return try body(.tooLong, start) }
        if held.isEmpty { return try body(.record(Bytes(rebasing: last)), start) }
        held.append(contentsOf: last)
        let start = start
        try held.withUnsafeBufferPointer { try body(.record($0), start) }
    }

    // MARK: - Around the records

    private mutating func take(_ byte: UInt8, _ bytes: Bytes, _ index: Int, _ body: Body) throws {
        if Self.isSpace(byte) { return }
        switch state {
        case .value: try takeValue(byte, bytes, index, body)
        case .key:
            if byte == UInt8(ascii: "\"") {
                key = [byte]
                strings = JSONStringScan()
                strings.isInside = true
                state = .string(isKey: true)
            } else if byte == UInt8(ascii: "}") {
                close()
            } else {
                try fail("a key in double quotes is missing", bytes, index, body)
            }
        case .colon:
            guard byte == UInt8(ascii: ":") else { return try fail("a colon is missing", bytes, index, body) }
            state = .value
        case .separator:
            let isArray = containers.last?.isArray ?? false
            if byte == UInt8(ascii: ",") {
                containers[containers.count - 1].index += 1
                state = isArray ? .value : .key
            } else if byte == UInt8(ascii: isArray ? "]" : "}") {
                close()
            } else {
                try fail("a comma or a closing bracket is missing", bytes, index, body)
            }
        case .string, .scalar, .record, .recordScalar: return
        }
    }

    private mutating func takeValue(_ byte: UInt8, _ bytes: Bytes, _ index: Int, _ body: Body) throws {
        if byte == UInt8(ascii: "]"), containers.last?.isArray == true, containers.last?.index == 0 {
            return close()
        }
        if isRecord(byte) { return begin(byte, bytes, index) }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard containers.count < Self.maxDepth else {
                return try fail("nested too deeply", bytes, index, body)
            }
            let isArray = byte == UInt8(ascii: "[")
            containers.append(Container(isArray: isArray))
            state = isArray ? .value : .key
        case UInt8(ascii: "\""):
            strings = JSONStringScan()
            strings.isInside = true
            state = .string(isKey: false)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"):
            state = .scalar
        default: try fail("no value starts like this", bytes, index, body)
        }
    }

    private mutating func endString(isKey: Bool) {
        if isKey { containers[containers.count - 1].key = Self.unescaped(key) }
        state = isKey ? .colon : containers.isEmpty ? .value : .separator
    }

    /// Whether the value that starts with `byte` is what the path selects.
    private func isRecord(_ byte: UInt8) -> Bool {
        guard let path else {
            return containers.isEmpty ? byte == UInt8(ascii: "{") : true
        }
        guard path.count == containers.count else { return false }
        for (step, container) in zip(path, containers) {
            switch step {
            case .all: continue
            case .key(let key): if container.isArray || container.key != key { return false }
            case .index(let index): if !container.isArray || container.index != index { return false }
            }
        }
        return true
    }

    private mutating func close() {
        containers.removeLast()
        state = containers.isEmpty ? .value : .separator
    }

    private mutating func fail(_ what: String, _ bytes: Bytes, _ index: Int, _ body: Body) throws {
        isBroken = true
        count += 1
        try body(.broken("not JSON: \(what)"), position(bytes, index))
    }

    /// Where a byte of this chunk stands. Asked for places that only move forward.
    private mutating func position(_ bytes: Bytes, _ index: Int) -> LineReader.Position {
        while counted < index, let first = bytes.baseAddress,
            let found = memchr(first + counted, 0x0A, index - counted)
        {
            line += 1
            counted = UnsafeRawPointer(first).distance(to: found) + 1
        }
        counted = max(counted, index)
        return LineReader.Position(byteOffset: base + index, line: line)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }

    /// - Parameter key: with its quotes.
    private static func unescaped(_ key: [UInt8]) -> [UInt8] {
        guard key.contains(UInt8(ascii: "\\")), key.withUnsafeBufferPointer(UTF8Validation.isValid),
            let value = try? key.withUnsafeBufferPointer({ try JSONParser.parse($0) }),
            case .string(let text) = value
        else { return Array(key.dropLast().dropFirst()) }
        return Array(text.utf8)
    }
}
