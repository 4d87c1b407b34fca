/// Finds the records in a stream of JSON and hands out their bytes, in memory that depends on the largest record
/// alone. Only the structure around the records is checked; whether a record is JSON is for the parser to say.
struct JSONRecordSplitter {
    enum Piece {
        case record([UInt8])
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
        case string(isKey: Bool, isEscaped: Bool)
        case scalar
        /// Inside a record, at this depth of brackets of its own.
        case record(depth: Int, isString: Bool, isEscaped: Bool)
        case recordScalar
    }

    private struct Container {
        var isArray: Bool
        var index = 0
        var key: [UInt8] = []
    }

    private let path: [JSONPath.Step]?
    private let maxRecordBytes: Int
    private var state = State.value
    private var containers: [Container] = []
    private var key: [UInt8] = []
    private var held: [UInt8] = []
    private var isTooLong = false
    private var start = LineReader.Position(byteOffset: 0, line: 1)
    private var here = LineReader.Position(byteOffset: 0, line: 1)

    /// Nothing more can be found.
    private(set) var isBroken = false
    /// Pieces handed out.
    private(set) var count = 0

    init(path: JSONPath?, maxRecordBytes: Int) {
        self.path = path?.steps
        self.maxRecordBytes = maxRecordBytes
    }

    typealias Body = (Piece, LineReader.Position) throws -> Void

    mutating func feed(_ chunk: [UInt8], _ body: Body) throws {
        for byte in chunk {
            if here.byteOffset < 3, [0xEF, 0xBB, 0xBF][here.byteOffset] == byte, containers.isEmpty,
                count == 0
            {
                here.byteOffset += 1
                continue
            }
            try take(byte, body)
            here.byteOffset += 1
            if byte == 0x0A { here.line += 1 }
            if isBroken { return }
        }
    }

    /// Hands out what the end of the stream makes whole, or says what it breaks off in.
    mutating func finish(_ body: Body) throws {
        if case .recordScalar = state { return try handOut(body) }
        if case .scalar = state { state = containers.isEmpty ? .value : .separator }
        if case .value = state, containers.isEmpty { return }
        if case .record = state {
            count += 1
            return try body(isTooLong ? .tooLong : .record(held), start)
        }
        try fail("the text ends too early", body)
    }

    private mutating func take(_ byte: UInt8, _ body: Body) throws {
        let isSpace = byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
        switch state {
        case .record(let depth, let isString, let isEscaped):
            try takeInRecord(byte, depth, isString, isEscaped, body)
        case .recordScalar:
            guard
                isSpace || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
            else { return hold(byte) }
            try handOut(body)
            try take(byte, body)
        case .string(let isKey, let isEscaped):
            if isKey { key.append(byte) }
            if isEscaped {
                state = .string(isKey: isKey, isEscaped: false)
            } else if byte == UInt8(ascii: "\\") {
                state = .string(isKey: isKey, isEscaped: true)
            } else if byte == UInt8(ascii: "\"") {
                if isKey { containers[containers.count - 1].key = Self.unescaped(key) }
                state = isKey ? .colon : containers.isEmpty ? .value : .separator
            }
        case .scalar:
            guard
                isSpace || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
            else { return }
            state = containers.isEmpty ? .value : .separator
            try take(byte, body)
        case _ where isSpace: return
        case .value: try takeValue(byte, body)
        case .key:
            if byte == UInt8(ascii: "\"") {
                key = [byte]
                state = .string(isKey: true, isEscaped: false)
            } else if byte == UInt8(ascii: "}") {
                close()
            } else {
                try fail("a key in double quotes is missing", body)
            }
        case .colon:
            guard byte == UInt8(ascii: ":") else { return try fail("a colon is missing", body) }
            state = .value
        case .separator:
            let isArray = containers.last?.isArray ?? false
            if byte == UInt8(ascii: ",") {
                containers[containers.count - 1].index += 1
                state = isArray ? .value : .key
            } else if byte == UInt8(ascii: isArray ? "]" : "}") {
                close()
            } else {
                try fail("a comma or a closing bracket is missing", body)
            }
        }
    }

    private mutating func takeValue(_ byte: UInt8, _ body: Body) throws {
        if byte == UInt8(ascii: "]"), containers.last?.isArray == true, containers.last?.index == 0 {
            return close()
        }
        if isRecord(byte) {
            start = here
            held.removeAll(keepingCapacity: true)
            isTooLong = false
            hold(byte)
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                state = .record(depth: 1, isString: false, isEscaped: false)
            case UInt8(ascii: "\""): state = .record(depth: 0, isString: true, isEscaped: false)
            default: state = .recordScalar
            }
            return
        }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard containers.count < Self.maxDepth else { return try fail("nested too deeply", body) }
            let isArray = byte == UInt8(ascii: "[")
            containers.append(Container(isArray: isArray))
            state = isArray ? .value : .key
        case UInt8(ascii: "\""): state = .string(isKey: false, isEscaped: false)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"):
            state = .scalar
        default: try fail("no value starts like this", body)
        }
    }

    /// Whether the value that starts with `byte` is what the path selects.
    private func isRecord(_ byte: UInt8) -> Bool {
        guard let path else {
            return containers.isEmpty ? byte == UInt8(ascii: "{") : true
        }
        guard path.count == containers.count else { return false }
        return zip(path, containers).allSatisfy { step, container in
            switch step {
            case .all: true
            case .key(let key): !container.isArray && container.key.elementsEqual(key.utf8)
            case .index(let index): container.isArray && container.index == index
            }
        }
    }

    private mutating func takeInRecord(
        _ byte: UInt8, _ depth: Int, _ isString: Bool, _ isEscaped: Bool, _ body: Body
    ) throws {
        hold(byte)
        var depth = depth
        if isString {
            let ends = !isEscaped && byte == UInt8(ascii: "\"")
            if ends && depth == 0 { return try handOut(body) }
            state = .record(
                depth: depth, isString: !ends, isEscaped: !isEscaped && byte == UInt8(ascii: "\\"))
            return
        }
        switch byte {
        case UInt8(ascii: "\""): state = .record(depth: depth, isString: true, isEscaped: false)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            state = .record(depth: depth, isString: false, isEscaped: false)
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            state = .record(depth: depth, isString: false, isEscaped: false)
            if depth == 0 { try handOut(body) }
        default: break
        }
    }

    private mutating func hold(_ byte: UInt8) {
        if isTooLong { return }
        held.append(byte)
        if held.count > maxRecordBytes {
            isTooLong = true
            held = []
        }
    }

    private mutating func handOut(_ body: Body) throws {
        state = containers.isEmpty ? .value : .separator
        count += 1
        try body(isTooLong ? .tooLong : .record(held), start)
    }

    private mutating func close() {
        containers.removeLast()
        state = containers.isEmpty ? .value : .separator
    }

    private mutating func fail(_ what: String, _ body: Body) throws {
        isBroken = true
        count += 1
        try body(.broken("not JSON: \(what)"), here)
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
