/// The operators, filters, tests and methods that chat templates use, as Jinja and Python define them. Texts are
/// sequences of Unicode scalars.
enum JinjaLibrary {
    struct Parameters {
        var positional: [JinjaValue] = []
        var named: [(name: String, value: JinjaValue)] = []

        func value(_ index: Int, _ name: String) -> JinjaValue? {
            index < positional.count ? positional[index] : named.last { $0.name == name }?.value
        }
    }

    static func binary(_ a: JinjaValue, _ symbol: String, _ b: JinjaValue) throws(JinjaFault) -> JinjaValue {
        switch (symbol, a, b) {
        case ("==", _, _): return .bool(JinjaValue.equal(a, b))
        case ("!=", _, _): return .bool(!JinjaValue.equal(a, b))
        case ("+", .string(let a), .string(let b)): return .string(a + b)
        case ("+", .list(let a), .list(let b)): return .list(a + b)
        case ("~", _, _):
            if let a = a.printed, let b = b.printed { return .string(a + b) }
        case ("in", .string(let part), .string(let text)): return .bool(find(part, in: text) != nil)
        case ("in", _, .list(let items)): return .bool(items.contains { JinjaValue.equal($0, a) })
        case ("in", .string(let key), .map): return .bool(b.member(key) != nil)
        case ("in", _, .undefined): throw JinjaFault(what: "looks into something that is not there")
        case ("in", _, _): return .bool(false)
        case (_, .integer(let a), .integer(let b)):
            if let value = arithmetic(a, symbol, b) { return value }
        default: break
        }
        throw JinjaFault(what: "uses '\(symbol)' between values for which it is not supported")
    }

    private static func arithmetic(_ a: Int, _ symbol: String, _ b: Int) -> JinjaValue? {
        switch symbol {
        case "+": return .integer(a &+ b)
        case "-": return .integer(a &- b)
        case "*": return .integer(a &* b)
        case "//" where b > 0: return .integer(a >= 0 ? a / b : -((-a + b - 1) / b))
        case "%" where b > 0: return .integer(((a % b) + b) % b)
        case "<": return .bool(a < b)
        case ">": return .bool(a > b)
        case "<=": return .bool(a <= b)
        case ">=": return .bool(a >= b)
        default: return nil
        }
    }

    static func range(_ parameters: Parameters) throws(JinjaFault) -> JinjaValue {
        var bounds: [Int] = []
        for case .integer(let bound) in parameters.positional { bounds.append(bound) }
        let start = bounds.count > 1 ? bounds[0] : 0
        let step = bounds.count > 2 ? bounds[2] : 1
        guard bounds.count == parameters.positional.count,
            let end = bounds.count > 1 ? bounds[1] : bounds.first,
            step != 0, abs(end - start) / abs(step) < 100_000
        else { throw JinjaFault(what: "has a range that is none") }
        return .list(stride(from: start, to: end, by: step).map { .integer($0) })
    }

    static func test(_ name: String, _ value: JinjaValue, _ parameters: [JinjaValue]) throws(JinjaFault)
        -> Bool
    {
        switch (name, value) {
        case ("defined", .undefined), ("undefined", .undefined): return name == "undefined"
        case ("defined", _): return true
        case ("undefined", _): return false
        case ("none", .none), ("string", .string), ("mapping", .map), ("integer", .integer),
            ("number", .integer),
            ("boolean", .bool), ("callable", .macro), ("callable", .function):
            return true
        case ("none", _), ("string", _), ("mapping", _), ("integer", _), ("number", _), ("boolean", _),
            ("callable", _):
            return false
        case ("iterable", .string), ("iterable", .list), ("iterable", .map), ("sequence", .string),
            ("sequence", .list), ("sequence", .map):
            return true
        case ("iterable", _), ("sequence", _): return false
        case ("true", .bool(let flag)): return flag
        case ("false", .bool(let flag)): return !flag
        case ("true", _), ("false", _): return false
        case ("odd", .integer(let number)): return number % 2 != 0
        case ("even", .integer(let number)): return number % 2 == 0
        case ("equalto", _), ("eq", _), ("==", _):
            return parameters.first.map { JinjaValue.equal(value, $0) } ?? false
        case ("ne", _), ("!=", _): return parameters.first.map { !JinjaValue.equal(value, $0) } ?? true
        case ("in", _):
            guard let list = parameters.first, case .bool(let found) = try binary(value, "in", list) else {
                return false
            }
            return found
        default: throw JinjaFault(what: "uses the test '\(name)', which is not supported")
        }
    }

    static func filter(_ name: String, _ value: JinjaValue, _ parameters: Parameters) throws(JinjaFault)
        -> JinjaValue
    {
        switch (name, value) {
        case ("default", .undefined), ("d", .undefined):
            return parameters.value(0, "default_value") ?? .string("")
        case ("default", _), ("d", _):
            let coversFalse = parameters.value(1, "boolean")?.isTrue ?? false
            return coversFalse && !value.isTrue ? parameters.value(0, "default_value") ?? .string("") : value
        case ("trim", .string(let text)):
            guard parameters.positional.isEmpty else { break }
            return .string(stripped(text, nil, left: true, right: true))
        case ("length", .string(let text)), ("count", .string(let text)):
            return .integer(text.unicodeScalars.count)
        case ("length", .list(let items)), ("count", .list(let items)): return .integer(items.count)
        case ("length", .map(let members)), ("count", .map(let members)): return .integer(members.count)
        case ("length", .undefined), ("count", .undefined): return .integer(0)
        case ("upper", .string(let text)): return .string(text.uppercased())
        case ("lower", .string(let text)): return .string(text.lowercased())
        case ("string", _):
            if let text = value.printed { return .string(text) }
        case ("safe", .string), ("list", .list): return value
        case ("first", .list(let items)): return items.first ?? .undefined
        case ("last", .list(let items)): return items.last ?? .undefined
        case ("items", .map): return try method("items", of: value, parameters)
        case ("replace", .string), ("join", .list): return try method(name, of: value, parameters)
        case ("selectattr", .list(let items)), ("rejectattr", .list(let items)):
            return .list(try select(items, parameters, keepsFound: name == "selectattr"))
        case ("map", .list(let items)):
            guard
                case .string(let attribute)? = parameters.named.first(where: { $0.name == "attribute" })?
                    .value
            else { break }
            return .list(items.map { $0.member(attribute) ?? .undefined })
        default: break
        }
        throw JinjaFault(what: "uses the filter '\(name)' in a way that is not supported")
    }

    private static func select(
        _ items: [JinjaValue], _ parameters: Parameters, keepsFound: Bool
    ) throws(JinjaFault) -> [JinjaValue] {
        guard case .string(let attribute)? = parameters.positional.first else {
            throw JinjaFault(what: "selects by an attribute without a name")
        }
        var found: [JinjaValue] = []
        for item in items {
            let value = item.member(attribute) ?? .undefined
            var isFound = value.isTrue
            if parameters.positional.count > 1, case .string(let name) = parameters.positional[1] {
                isFound = try test(name, value, Array(parameters.positional.dropFirst(2)))
            }
            if isFound == keepsFound { found.append(item) }
        }
        return found
    }

    static func method(
        _ name: String, of value: JinjaValue, _ parameters: Parameters
    ) throws(JinjaFault) -> JinjaValue {
        let first = parameters.positional.first
        switch (name, value, first) {
        case ("strip", .string(let text), nil), ("lstrip", .string(let text), nil),
            ("rstrip", .string(let text), nil):
            return .string(stripped(text, nil, left: name != "rstrip", right: name != "lstrip"))
        case ("strip", .string(let text), .string(let set)?),
            ("lstrip", .string(let text), .string(let set)?),
            ("rstrip", .string(let text), .string(let set)?):
            return .string(stripped(text, set, left: name != "rstrip", right: name != "lstrip"))
        case ("startswith", .string(let text), .string(let part)?):
            return .bool(text.utf8.starts(with: part.utf8))
        case ("endswith", .string(let text), .string(let part)?):
            return .bool(text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8))
        case ("split", .string(let text), .string(let separator)?) where parameters.positional.count == 1:
            return .list(parts(of: text, separator).map { .string($0) })
        case ("replace", .string(let text), .string(let old)?) where parameters.positional.count == 2:
            guard case .string(let new) = parameters.positional[1], !old.isEmpty else { break }
            return .string(parts(of: text, old).joined(separator: new))
        case ("join", .list(let items), _):
            guard case .string(let separator) = first ?? .string("") else { break }
            let texts = items.compactMap(\.printed)
            guard texts.count == items.count else { break }
            return .string(texts.joined(separator: separator))
        case ("upper", .string(let text), nil): return .string(text.uppercased())
        case ("lower", .string(let text), nil): return .string(text.lowercased())
        case ("items", .map(let members), nil):
            return .list(members.map { .list([.string($0.key), $0.value]) })
        case ("keys", .map(let members), nil): return .list(members.map { .string($0.key) })
        case ("values", .map(let members), nil): return .list(members.map(\.value))
        case ("get", .map, .string(let key)?):
            return value.member(key) ?? (parameters.positional.count > 1 ? parameters.positional[1] : .none)
        default: break
        }
        throw JinjaFault(what: "uses the method '\(name)' in a way that is not supported")
    }

    /// Without the scalars of `set` at its ends; of white space where that is nil.
    static func stripped(_ text: String, _ set: String?, left: Bool, right: Bool) -> String {
        let drops = { (scalar: Unicode.Scalar) in
            // Python counts the four separators among white space.
            set.map { $0.unicodeScalars.contains(scalar) }
                ?? (scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value))
        }
        var scalars = text.unicodeScalars[...]
        if left { scalars = scalars.drop(while: drops) }
        while right, let last = scalars.last, drops(last) { scalars.removeLast() }
        return String(scalars)
    }

    private static func find(_ part: String, in text: String) -> Int? {
        let (part, text) = (Array(part.utf8), Array(text.utf8))
        guard part.count <= text.count else { return nil }
        return (0...(text.count - part.count)).first { text[$0..<($0 + part.count)].elementsEqual(part) }
    }

    private static func parts(of text: String, _ separator: String) -> [String] {
        let (bytes, separator) = (Array(text.utf8), Array(separator.utf8))
        guard !separator.isEmpty else { return [text] }
        var parts: [String] = []
        var start = 0
        var place = 0
        while place + separator.count <= bytes.count {
            if bytes[place..<(place + separator.count)].elementsEqual(separator) {
                parts.append(String(decoding: bytes[start..<place], as: UTF8.self))
                place += separator.count
                start = place
            } else {
                place += 1
            }
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }
}
