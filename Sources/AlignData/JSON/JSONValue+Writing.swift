extension JSONValue {
    /// The document as UTF-8: objects with their members sorted by key (by bytes), two blanks of indentation
    /// and a final newline; arrays of scalars on one line.
    package func serialized() -> [UInt8] {
        var output: [UInt8] = []
        write(into: &output, indentation: 0)
        output.append(UInt8(ascii: "\n"))
        return output
    }

    private func write(into output: inout [UInt8], indentation: Int) {
        switch self {
        case .null: output += Array("null".utf8)
        case .bool(let value): output += Array((value ? "true" : "false").utf8)
        case .number(let spelling): output += Array(spelling.utf8)
        case .string(let value), .brokenString(let value): Self.write(value, into: &output)
        case .array(let items):
            let isFlat = items.allSatisfy(\.isScalar)
            Self.list(items, "[", "]", isFlat, into: &output, indentation) { item, output in
                item.write(into: &output, indentation: indentation + 2)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            Self.list(sorted, "{", "}", false, into: &output, indentation) { member, output in
                Self.write(member.key, into: &output)
                output += Array(": ".utf8)
                member.value.write(into: &output, indentation: indentation + 2)
            }
        }
    }

    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    private static func list<Item>(
        _ items: [Item], _ open: String, _ close: String, _ isFlat: Bool, into output: inout [UInt8],
        _ indentation: Int, item write: (Item, inout [UInt8]) -> Void
    ) {
        output += Array(open.utf8)
        for (number, item) in items.enumerated() {
            if number > 0 { output += Array((isFlat ? ", " : ",").utf8) }
            if !isFlat {
                output.append(UInt8(ascii: "\n"))
                output += [UInt8](repeating: UInt8(ascii: " "), count: indentation + 2)
            }
            write(item, &output)
        }
        if !isFlat && !items.isEmpty {
            output.append(UInt8(ascii: "\n"))
            output += [UInt8](repeating: UInt8(ascii: " "), count: indentation)
        }
        output += Array(close.utf8)
    }

    /// A string in its quotes.
    static func write(_ text: String, into output: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case 0x0a: output += Array("\\n".utf8)
            case 0..<0x20:
                output += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
