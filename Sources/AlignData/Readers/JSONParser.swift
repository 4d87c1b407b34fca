/// Parses one JSON text (RFC 8259) of bytes that are known to be UTF-8.
struct JSONParser {
    /// Why the bytes are not JSON. Holds none of them.
    struct Fault: Error, Hashable {
        /// Of the byte that cannot stand where it stands.
        var offset: Int
        var what: String
    }

    /// Deeper nesting is refused: it is no record, and recursion must end.
    static let maxDepth = 128

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(Fault) -> JSONValue {
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.fault("text after the value") }
        return value
    }

    private func fault(_ what: String) -> Fault { Fault(offset: index, what: what) }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(Fault) -> JSONValue {
        guard depth < Self.maxDepth else { throw fault("nested too deeply") }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(0x30...0x39), UInt8(ascii: "-"): return try number()
        case nil: throw fault("the text ends too early")
        default: throw fault("no value starts like this")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Fault) -> JSONValue {
        let count = word.utf8CodeUnitCount
        guard index + count <= bytes.count else { throw fault("the text ends too early") }
        for i in 0..<count where bytes[index + i] != word.utf8Start[i] {
            throw fault("no value starts like this")
        }
        index += count
        return value
    }

    private mutating func object(depth: Int) throws(Fault) -> JSONValue {
        index += 1
        var members: [JSONValue.Member] = []
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
            members.append(JSONValue.Member(key: key, value: try value(depth: depth + 1)))
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

    private mutating func array(depth: Int) throws(Fault) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            index += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
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

    private mutating func number() throws(Fault) -> JSONValue {
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
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func digits() throws(Fault) {
        let start = index
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        if index == start { throw fault("a digit is missing") }
    }

    private mutating func string() throws(Fault) -> String {
        index += 1
        let start = index
        // Most strings have no escape: they are copied as they stand.
        while let byte = current {
            if byte == UInt8(ascii: "\"") {
                defer { index += 1 }
                return String(decoding: bytes[start..<index], as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") { break }
            if byte < 0x20 { throw fault("a control character inside a string") }
            index += 1
        }
        var text = Array(bytes[start..<index])
        while let byte = current {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20:
                index -= 1
                throw fault("a control character inside a string")
            default: text.append(byte)
            }
        }
        throw fault("a string without an end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(Fault) {
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
            var code = try fourHexDigits()
            if (0xD800..<0xDC00).contains(code) {
                guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                    bytes[index + 1] == UInt8(ascii: "u")
                else { throw fault("half of a surrogate pair") }
                index += 2
                let low = try fourHexDigits()
                guard (0xDC00..<0xE000).contains(low) else { throw fault("half of a surrogate pair") }
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default:
            index -= 1
            throw fault("an escape that JSON does not know")
        }
    }

    private mutating func fourHexDigits() throws(Fault) -> UInt32 {
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
