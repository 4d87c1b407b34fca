/// The filter `tojson`, as transformers defines it: Python's `json.dumps`, which leaves all but ASCII's control
/// characters as they are.
struct JinjaJSON {
    private let indent: String?
    private let separators: (item: String, key: String)
    private let escapes: Bool
    private let sorts: Bool

    init(_ parameters: JinjaLibrary.Parameters) throws(JinjaFault) {
        var named: [String: JinjaValue] = [:]
        let names = ["ensure_ascii", "indent", "separators", "sort_keys"]
        for (name, value) in zip(names, parameters.positional) { named[name] = value }
        for (name, value) in parameters.named { named[name] = value }
        switch named["indent"] {
        case nil, JinjaValue.none?: indent = nil
        case .text(let text)?: indent = text.string
        case .integer(let width)? where (0...64).contains(width):
            indent = String(repeating: " ", count: width)
        default: throw JinjaFault(what: "uses the filter 'tojson' in a way that is not supported")
        }
        if let parts = named["separators"]?.items?.compactMap(\.text?.string), parts.count == 2 {
            separators = (parts[0], parts[1])
        } else {
            separators = (indent == nil ? ", " : ",", ": ")
        }
        escapes = named["ensure_ascii"]?.isTrue ?? false
        sorts = named["sort_keys"]?.isTrue ?? false
    }

    func text(_ value: JinjaValue) throws(JinjaFault) -> JinjaText { try text(value, level: 0) }

    private func text(_ value: JinjaValue, level: Int) throws(JinjaFault) -> JinjaText {
        guard level < 64 else { throw JinjaFault(what: "is nested too deeply") }
        switch value {
        case .none: return JinjaText("null")
        case .bool(let flag): return JinjaText(flag ? "true" : "false")
        case .integer(let number): return JinjaText(String(number))
        case .float(let number):
            if number.isNaN { return JinjaText("NaN") }
            if number.isInfinite { return JinjaText(number < 0 ? "-Infinity" : "Infinity") }
            return JinjaText(JinjaValue.python(number))
        case .text(let text): return JinjaText(quoted(text.string), of: [text])
        case .list(let items), .tuple(let items):
            var texts: [JinjaText] = []
            for item in items { texts.append(try text(item, level: level + 1)) }
            return wrapped(texts, "[", "]", level)
        case .map(let members):
            let members =
                sorts
                ? members.sorted {
                    $0.key.string.unicodeScalars.lexicographicallyPrecedes($1.key.string.unicodeScalars)
                }
                : members
            var texts: [JinjaText] = []
            for (key, value) in members {
                texts.append(
                    JinjaText(quoted(key.string) + separators.key) + (try text(value, level: level + 1)))
            }
            return wrapped(texts, "{", "}", level)
        case .undefined, .namespace, .macro, .function:
            throw JinjaFault(what: "makes JSON of what is no value")
        }
    }

    private func wrapped(_ texts: [JinjaText], _ open: String, _ close: String, _ level: Int) -> JinjaText {
        guard let indent, !texts.isEmpty else {
            return JinjaText(open) + .joined(texts, by: JinjaText(separators.item)) + JinjaText(close)
        }
        let line = "\n" + String(repeating: indent, count: level + 1)
        return JinjaText(open + line) + .joined(texts, by: JinjaText(separators.item + line))
            + JinjaText("\n" + String(repeating: indent, count: level) + close)
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case _ where scalar.value < 0x20 || escapes && scalar.value > 0x7E:
                for unit in String(Character(scalar)).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
