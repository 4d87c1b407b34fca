/// Parses JSON texts (RFC 8259) in one pass.
///
/// Strings are scanned eight bytes at a time, and members that nobody asks for are checked but not built: a
/// line of a corpus may hold much more than the fields that a recipe takes.
struct JSONParser {
    /// Deeper nesting is refused: it is no record, and recursion must end.
    static let maxDepth = 256

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    /// Whether values are built, or only checked.
    private var isBuilding = true
    /// The members of the outermost object that are built; nil for all.
    private let wanted: [[UInt8]]?
    /// Where strings with escapes are put together.
    private var text: [UInt8] = []

    /// Whether half of a surrogate pair makes its string a `brokenString`, or is a fault.
    private let allowsBrokenStrings: Bool
    /// There was one in the string that was read last.
    private var isBroken = false

    private init(_ bytes: UnsafeBufferPointer<UInt8>, wanted: [[UInt8]]?, allowsBrokenStrings: Bool) {
        self.bytes = bytes
        self.wanted = wanted
        self.allowsBrokenStrings = allowsBrokenStrings
    }

    /// - Parameters:
    ///   - bytes: one text, known to be UTF-8.
    ///   - wanted: the keys (UTF-8) of the members to build, of an object; the others are only checked, and
    ///     left
    ///     out. Nil for all.
    ///   - allowsBrokenStrings: half of a surrogate pair is no fault of the text; who reads the string is told.
    static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, members wanted: [[UInt8]]? = nil,
        allowsBrokenStrings: Bool = false
    ) throws(JSONFault) -> JSONValue {
        var parser = JSONParser(bytes, wanted: wanted, allowsBrokenStrings: allowsBrokenStrings)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.fault("text after the value") }
        return value
    }

    private func fault(_ what: String) -> JSONFault { JSONFault(offset: index, what: what) }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    @inline(__always)
    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth < Self.maxDepth else { throw fault("nested too deeply") }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""):
            let text = try string()
            return isBroken ? .brokenString(text) : .string(text)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(0x30...0x39), UInt8(ascii: "-"): return try number()
        case nil: throw fault("the text ends too early")
        default: throw fault("no value starts like this")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        let count = word.utf8CodeUnitCount
        guard index + count <= bytes.count else { throw fault("the text ends too early") }
        for i in 0..<count where bytes[index + i] != word.utf8Start[i] {
            throw fault("no value starts like this")
        }
        index += count
        return value
    }

    private mutating func object(depth: Int) throws(JSONFault) -> JSONValue {
        index += 1
        var members: [(key: String, value: JSONValue)] = []
        skipSpace()
        if current == UInt8(ascii: "}") {
            index += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw fault("a key in double quotes is missing") }
            let key = try string()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw fault("a colon is missing") }
            index += 1
            let wasBuilding = isBuilding
            if depth == 0, let wanted { isBuilding = wanted.contains { $0.elementsEqual(key.utf8) } }
            let value = try value(depth: depth + 1)
            if isBuilding { members.append((key, value)) }
            isBuilding = wasBuilding
            skipSpace()
            switch current {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "}"):
                index += 1
                return .object(members)
            default: throw fault("a comma or a closing brace is missing")
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONFault) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            index += 1
            return .array(elements)
        }
        while true {
            let value = try value(depth: depth + 1)
            if isBuilding { elements.append(value) }
            skipSpace()
            switch current {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "]"):
                index += 1
                return .array(elements)
            default: throw fault("a comma or a closing bracket is missing")
            }
        }
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
        let start = index
        if current == UInt8(ascii: "-") { index += 1 }
        if current == UInt8(ascii: "0") {
            index += 1
        } else {
            try digits()
        }
        if current == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        return isBuilding ? .number(built(from: start)) : .null
    }

    private mutating func digits() throws(JSONFault) {
        let start = index
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        if index == start { throw fault("a digit is missing") }
    }

    /// The bytes from `start` to here.
    private func built(from start: Int) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<index]), as: UTF8.self)
    }

    // MARK: - Strings

    /// Moves to the next quotation mark, backslash or control character; false at the end of the text.
    @inline(__always)
    private mutating func skipPlain() -> Bool {
        let raw = UnsafeRawBufferPointer(bytes)
        let ones: UInt64 = 0x0101_0101_0101_0101
        while index + 8 <= raw.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            // The high bit of the first byte that is below 0x20, 0x22 or 0x5C; those after it may err.
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let control = (word &- (ones &* 0x20)) & ~word
            let found =
                (control | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & (ones &* 0x80)
            if found != 0 {
                index += found.trailingZeroBitCount >> 3
                return true
            }
            index += 8
        }
        while index < raw.count {
            let byte = raw[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return true }
            index += 1
        }
        return false
    }

    /// The string that begins here; empty when it is only checked.
    private mutating func string() throws(JSONFault) -> String {
        index += 1
        let start = index
        isBroken = false
        guard skipPlain() else { throw fault("a string without an end") }
        if bytes[index] == UInt8(ascii: "\"") {
            // Most strings have no escape: they are copied as they stand.
            defer { index += 1 }
            return isBuilding ? built(from: start) : ""
        }
        text.removeAll(keepingCapacity: true)
        var plain = start
        while true {
            if isBuilding { text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[plain..<index])) }
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return isBuilding ? String(decoding: text, as: UTF8.self) : ""
            case UInt8(ascii: "\\"):
                index += 1
                try escape()
            default: throw fault("a control character inside a string")
            }
            plain = index
            guard skipPlain() else { throw fault("a string without an end") }
        }
    }

    /// Appends what the escape stands for to `text`.
    private mutating func escape() throws(JSONFault) {
        guard let byte = current else { throw fault("a string without an end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = try escapedScalar() else {
                guard allowsBrokenStrings else { throw fault("half of a surrogate pair") }
                isBroken = true
                text.append(contentsOf: UTF8.encodedReplacementCharacter)
                return
            }
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default:
            index -= 1
            throw fault("an escape that JSON does not know")
        }
    }

    /// What the four digits here stand for, or these and the escape behind them; `nil` for half of a pair.
    private mutating func escapedScalar() throws(JSONFault) -> Unicode.Scalar? {
        let code = try fourHexDigits()
        guard (0xD800..<0xDC00).contains(code), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { return Unicode.Scalar(code) }
        let end = index
        index += 2
        let low = try fourHexDigits()
        guard (0xDC00..<0xE000).contains(low) else {
            // The second escape stands for itself.
            index = end
            return nil
        }
        return Unicode.Scalar(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00))
    }

    private mutating func fourHexDigits() throws(JSONFault) -> UInt32 {
        guard index + 4 <= bytes.count else { throw fault("a \\u needs four hexadecimal digits") }
        var code: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                code = code << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"):
                code = code << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw fault("a \\u needs four hexadecimal digits")
            }
            index += 1
        }
        return code
    }
}

extension JSONValue {
    /// Parses one document that fills `bytes`, after a byte order mark where there is one.
    /// - Parameters: as `JSONParser.parse` has them.
    package init(
        _ bytes: some Sequence<UInt8>, members: [[UInt8]]? = nil, allowsBrokenStrings: Bool = false
    ) throws(JSONFault) {
        let bytes = Array(bytes)
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let result = bytes.withUnsafeBufferPointer { whole in
            Result<JSONValue, JSONFault> { () throws(JSONFault) -> JSONValue in
                let document = UnsafeBufferPointer(rebasing: whole[start...])
                if let offset = UTF8Validation.firstInvalid(document) {
                    throw JSONFault(offset: offset, what: "bytes that are not UTF-8")
                }
                return try JSONParser.parse(
                    document, members: members, allowsBrokenStrings: allowsBrokenStrings)
            }
        }
        do { self = try result.get() } catch {
            throw JSONFault(offset: error.offset + start, what: error.what)
        }
    }
}
