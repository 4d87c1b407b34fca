extension JinjaLibrary {
    /// Tests that ask what a value is, not what it says.
    private static let kinds: Set = [
        "defined", "undefined", "none", "string", "mapping", "integer", "float", "number", "boolean",
        "callable",
        "iterable", "sequence", "true", "false",
    ]

    mutating func test(
        _ name: String, _ value: JinjaValue, _ parameters: [JinjaValue]
    ) throws(JinjaFault) -> Bool {
        guard !Self.kinds.contains(name) else { return Self.isKind(name, value) }
        ask(value)
        for parameter in parameters { ask(parameter) }
        let symbols = [
            "eq": "==", "equalto": "==", "==": "==", "ne": "!=", "!=": "!=", "in": "in", "lt": "<",
            "lessthan": "<",
            "<": "<", "le": "<=", "<=": "<=", "gt": ">", "greaterthan": ">", ">": ">", "ge": ">=", ">=": ">=",
        ]
        if let symbol = symbols[name], let other = parameters.first {
            return try compare(value, symbol, other)
        }
        switch name {
        case "odd", "even":
            guard let number = value.integer else { break }
            return (number % 2 != 0) == (name == "odd")
        case "divisibleby":
            guard let number = value.integer, let by = parameters.first?.integer, by != 0 else { break }
            return number % by == 0
        case "sameas":
            switch (value, parameters.first) {
            case (.none, JinjaValue.none?): return true
            case (.bool(let a), .bool(let b)?): return a == b
            case (.none, _), (.bool, _): return false
            default: break
            }
        case "lower", "upper":
            guard let text = value.text?.string else { break }
            let changed = name == "lower" ? text.lowercased() : text.uppercased()
            return text.utf8.elementsEqual(changed.utf8) && text.contains(where: \.isCased)
        default: throw JinjaFault(what: "uses the test '\(name)', which is not supported")
        }
        throw JinjaFault(what: "uses the test '\(name)' in a way that is not supported")
    }

    private static func isKind(_ name: String, _ value: JinjaValue) -> Bool {
        switch (name, value) {
        case ("defined", .undefined): false
        case ("defined", _): true
        case ("undefined", .undefined), ("none", .none), ("string", .text), ("mapping", .map),
            ("integer", .integer), ("float", .float), ("number", .integer), ("number", .float),
            ("number", .bool),
            ("boolean", .bool), ("callable", .macro), ("callable", .function), ("iterable", .text),
            ("iterable", .list), ("iterable", .tuple), ("iterable", .map), ("iterable", .undefined),
            ("sequence", .text), ("sequence", .list), ("sequence", .tuple), ("sequence", .map),
            ("sequence", .undefined), ("true", .bool(true)), ("false", .bool(false)):
            true
        default: false
        }
    }
}
