/// A JSON document as written: members in order, repeated names kept, every string scalar for scalar.
///
/// Model files need this: their vocabularies are objects whose names may be canonically equivalent, which a
/// dictionary of `String` would merge.
package enum JSONTree: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([(name: String, value: JSONTree)])

    /// The member of that name, of an object that has it (the last of repeated ones); nil for JSON null.
    package subscript(name: String) -> JSONTree? {
        guard case .object(let members) = self,
            let value = members.last(where: { $0.name.utf8.elementsEqual(name.utf8) })?.value
        else { return nil }
        if case .null = value { return nil }
        return value
    }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var int: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    package var array: [JSONTree]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var members: [(name: String, value: JSONTree)]? {
        if case .object(let value) = self { value } else { nil }
    }
}

/// Where and how a JSON document is wrong.
package struct JSONTreeError: Error {
    package let offset: Int
    package let reason: String
}

extension JSONTree {
    /// Parses one document (RFC 8259) that fills `bytes`, with no deeper nesting than 256.
    package init(_ bytes: some Sequence<UInt8>) throws(JSONTreeError) {
        var parser = JSONTreeParser(bytes: Array(bytes))
        self = try parser.document()
    }
}

private struct JSONTreeParser {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    }

    func error(_ reason: String) -> JSONTreeError { JSONTreeError(offset: position, reason: reason) }

    mutating func document() throws(JSONTreeError) -> JSONTree {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("text after the document") }
        return value
    }

    mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) { position += 1 }
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func value(depth: Int) throws(JSONTreeError) -> JSONTree {
        guard depth < 256 else { throw error("nested too deeply") }
        skipSpace()
        guard position < bytes.count else { throw error("the document ends early") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func word(_ text: StaticString, _ value: JSONTree) throws(JSONTreeError) -> JSONTree {
        let end = position + text.utf8CodeUnitCount
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard end <= bytes.count, bytes[position..<end].elementsEqual(expected) else {
            throw error("not a JSON value")
        }
        position = end
        return value
    }

    mutating func object(depth: Int) throws(JSONTreeError) -> JSONTree {
        position += 1
        var members: [(name: String, value: JSONTree)] = []
        skipSpace()
        if skip(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            let name = try string()
            skipSpace()
            guard skip(UInt8(ascii: ":")) else { throw error("a name without a colon") }
            members.append((name, try value(depth: depth + 1)))
            skipSpace()
            if skip(UInt8(ascii: "}")) { return .object(members) }
            guard skip(UInt8(ascii: ",")) else { throw error("an object that does not end") }
        }
    }

    mutating func array(depth: Int) throws(JSONTreeError) -> JSONTree {
        position += 1
        var items: [JSONTree] = []
        skipSpace()
        if skip(UInt8(ascii: "]")) { return .array(items) }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            if skip(UInt8(ascii: "]")) { return .array(items) }
            guard skip(UInt8(ascii: ",")) else { throw error("an array that does not end") }
        }
    }

    mutating func string() throws(JSONTreeError) -> String {
        guard skip(UInt8(ascii: "\"")) else { throw error("a string is expected") }
        let start = position
        while position < bytes.count, bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\""),
            bytes[position] != UInt8(ascii: "\\")
        { position += 1 }
        var text = Array(bytes[start..<position])
        while true {
            guard position < bytes.count else { throw error("a string that does not end") }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else { throw error("a control character in a string") }
            if byte == UInt8(ascii: "\\") { try escape(into: &text) } else { text.append(byte) }
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw error("a string that is not UTF-8")
        }
        return string
    }

    mutating func escape(into text: inout [UInt8]) throws(JSONTreeError) {
        guard position < bytes.count else { throw error("a string that does not end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var value = try hexadecimal()
            if (0xd800..<0xdc00).contains(value) {
                guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else {
                    throw error("half a surrogate pair")
                }
                let low = try hexadecimal()
                guard (0xdc00..<0xe000).contains(low) else { throw error("half a surrogate pair") }
                value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw error("half a surrogate pair") }
            text += Array(String(Character(scalar)).utf8)
        default: throw error("an unknown escape")
        }
    }

    mutating func hexadecimal() throws(JSONTreeError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw error("a string that does not end") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("an unknown escape")
            }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    mutating func number() throws(JSONTreeError) -> JSONTree {
        let start = position
        while position < bytes.count, "+-.0123456789eE".utf8.contains(bytes[position]) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let integer = Int(text), !text.hasPrefix("+") { return .integer(integer) }
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), let number = Double(text) else {
            position = start
            throw error("not a JSON value")
        }
        return .number(number)
    }
}
