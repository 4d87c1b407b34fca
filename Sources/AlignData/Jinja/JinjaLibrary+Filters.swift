extension JinjaLibrary {
    /// Filters that place a text as it is, or without the white space at its ends.
    private static let placing: Set = [
        "default", "d", "trim", "string", "safe", "join", "list", "map", "items",
    ]

    mutating func filter(
        _ name: String, _ value: JinjaValue, _ parameters: Parameters
    ) throws(JinjaFault) -> JinjaValue {
        if !Self.placing.contains(name) || (name == "trim" && !parameters.isEmpty) {
            if value.text != nil { ask(value) }
            for parameter in parameters.positional { ask(parameter) }
        }
        try spend(value)
        try spend(parameters)
        var result = try textFilter(name, value, parameters)
        if result == nil { result = try listFilter(name, value, parameters) }
        if result == nil { result = try numberFilter(name, value, parameters) }
        if let result {
            try spend(result)
            return result
        }
        throw JinjaFault(what: "uses the filter '\(name)' in a way that is not supported")
    }

    private mutating func textFilter(
        _ name: String, _ value: JinjaValue, _ parameters: Parameters
    ) throws(JinjaFault) -> JinjaValue? {
        switch name {
        case "default", "d":
            let fallback = parameters.value(0, "default_value") ?? .string("")
            if case .undefined = value { return fallback }
            guard parameters.value(1, "boolean")?.isTrue ?? false else { return value }
            ask(value)
            return value.isTrue ? value : fallback
        case "tojson":
            return .text(try JinjaJSON(parameters).text(value))
        case "trim", "upper", "lower", "capitalize", "title", "string", "safe", "replace", "indent",
            "wordcount",
            "e", "escape":
            break
        default: return nil
        }
        // These make a text of what they are given.
        let text = try Self.text(value)
        switch name {
        case "trim": return .text(text.stripped(parameters.text(0, "chars"), left: true, right: true))
        case "string", "safe": return .text(text)
        case "replace":
            guard let old = parameters.text(0, "old"), let new = parameters.value(1, "new") else {
                return nil
            }
            return .text(
                try Self.replaced(
                    text, old, try Self.text(new), parameters.integer(2, "count", else: -1) ?? -1))
        case "indent": return try indented(text, parameters).map { .text($0) }
        case "wordcount": return .integer(text.words().count)
        case "e", "escape":
            return .text(
                text.mapped { text in
                    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(
                        ">", with: "&gt;"
                    )
                    .replacing("'", with: "&#39;").replacing("\"", with: "&#34;")
                })
        default: return try method(name, of: .text(text), Parameters())
        }
    }

    private func indented(_ text: JinjaText, _ parameters: Parameters) throws(JinjaFault) -> JinjaText? {
        var indent = "    "
        if let width = parameters.value(0, "width") {
            guard
                let given = width.text?.string
                    ?? width.integer.map({ String(repeating: " ", count: min(max($0, 0), 999)) })
            else { return nil }
            indent = given
        }
        let first = parameters.value(1, "first")?.isTrue ?? false
        let blank = parameters.value(2, "blank")?.isTrue ?? false
        var result = JinjaText(first ? indent : "")
        for (index, line) in text.split("\n").enumerated() {
            if index > 0 { result.append(JinjaText(line.isEmpty && !blank ? "\n" : "\n" + indent)) }
            result.append(line)
            try Self.check(bytes: result.string.utf8.count)
        }
        return result
    }

    private mutating func listFilter(
        _ name: String, _ value: JinjaValue, _ parameters: Parameters
    ) throws(JinjaFault) -> JinjaValue? {
        let items: [JinjaValue]
        switch value {
        case .list(let list), .tuple(let list): items = list
        case .undefined: items = []
        case .map(let members):
            if name == "items" { return .list(members.map { .tuple([$0.key.value, $0.value]) }) }
            if name == "dictsort" {
                let sorted = members.sorted { a, b in
                    let (first, second) = (a.key.string.lowercased(), b.key.string.lowercased())
                    return first.unicodeScalars.lexicographicallyPrecedes(second.unicodeScalars)
                }
                return parameters.isEmpty ? .list(sorted.map { .tuple([$0.key.value, $0.value]) }) : nil
            }
            items = members.map(\.key.value)
        case .text(let text):
            let offsets = text.scalarOffsets
            if name == "length" || name == "count" { return .integer(offsets.count - 1) }
            items = zip(offsets, offsets.dropFirst()).map { .text(text[$0..<$1]) }
            if name == "reverse" { return try Self.slice(value, nil, nil, -1) }
        case .none where ["select", "reject", "selectattr", "rejectattr", "map"].contains(name):
            return .list([])
        default: return nil
        }
        switch name {
        case "length", "count": return .integer(items.count)
        case "list": return .list(items)
        case "first": return items.first ?? .undefined
        case "last": return items.last ?? .undefined
        case "reverse": return .list(items.reversed())
        case "join": return try joined(items, parameters)
        case "map": return try mapped(items, parameters)
        case "selectattr", "rejectattr":
            return .list(try selected(items, parameters, byAttribute: true, name == "selectattr"))
        case "select", "reject":
            return .list(try selected(items, parameters, byAttribute: false, name == "select"))
        case "sort", "unique", "min", "max", "sum": return try ordered(name, items, parameters)
        case "items": return items.isEmpty ? .list([]) : nil
        default: return nil
        }
    }

    private func joined(_ items: [JinjaValue], _ parameters: Parameters) throws(JinjaFault) -> JinjaValue {
        var texts: [JinjaText] = []
        var bytes = 0
        let separator = try parameters.value(0, "d").map { value throws(JinjaFault) in try Self.text(value) }
        for item in items {
            var item = item
            if let attribute = parameters.text(1, "attribute") { item = Self.attribute(attribute, of: item) }
            texts.append(try Self.text(item))
            bytes += texts[texts.count - 1].string.utf8.count + (separator?.string.utf8.count ?? 0)
            try Self.check(bytes: bytes)
        }
        return .text(.joined(texts, by: separator ?? JinjaText("")))
    }

    private static func attribute(_ path: String, of value: JinjaValue) -> JinjaValue {
        var value = value
        for step in path.split(separator: ".") {
            if let place = Int(step), let items = value.items {
                value = items.indices.contains(place) ? items[place] : .undefined
            } else {
                value = value.member(String(step)) ?? .undefined
            }
        }
        return value
    }

    private mutating func mapped(_ items: [JinjaValue], _ parameters: Parameters) throws(JinjaFault)
        -> JinjaValue?
    {
        var results: [JinjaValue] = []
        if let name = parameters.named.last(where: { $0.name == "attribute" })?.value.text?.string {
            for item in items {
                var found = Self.attribute(name, of: item)
                if case .undefined = found,
                    let fallback = parameters.named.last(where: { $0.name == "default" })
                {
                    found = fallback.value
                }
                results.append(found)
            }
            return .list(results)
        }
        guard let name = parameters.text(0, "") else { return nil }
        var rest = parameters
        rest.positional.removeFirst()
        for item in items { results.append(try filter(name, item, rest)) }
        return .list(results)
    }

    private mutating func selected(
        _ items: [JinjaValue], _ parameters: Parameters, byAttribute: Bool, _ keepsFound: Bool
    ) throws(JinjaFault) -> [JinjaValue] {
        var parameters = parameters.positional[...]
        var attribute: String?
        if byAttribute {
            guard let name = parameters.popFirst()?.text?.string else {
                throw JinjaFault(what: "selects by an attribute without a name")
            }
            attribute = name
        }
        let test = parameters.popFirst()?.text?.string
        var found: [JinjaValue] = []
        for item in items {
            let value = attribute.map { Self.attribute($0, of: item) } ?? item
            if test == nil { ask(value) }
            let isFound =
                try test.map { name throws(JinjaFault) in try self.test(name, value, Array(parameters)) }
                ?? value.isTrue
            if isFound == keepsFound { found.append(item) }
        }
        return found
    }

    private mutating func ordered(
        _ name: String, _ items: [JinjaValue], _ parameters: Parameters
    ) throws(JinjaFault) -> JinjaValue? {
        for item in items { ask(item) }
        let attribute = parameters.named.last { $0.name == "attribute" }?.value.text?.string
        let isCased = parameters.named.last { $0.name == "case_sensitive" }?.value.isTrue ?? false
        let keys = items.map { item -> JinjaValue in
            let value = attribute.map { Self.attribute($0, of: item) } ?? item
            guard !isCased, let text = value.text else { return value }
            return .string(text.string.lowercased())
        }
        if name == "sum" {
            var sum = parameters.named.last { $0.name == "start" }?.value ?? .integer(0)
            for key in keys { sum = try binary(sum, "+", key) }
            return sum
        }
        if name == "unique" {
            var seen: [JinjaValue] = []
            return .list(
                zip(keys, items).compactMap { key, item in
                    if seen.contains(where: { JinjaValue.equal($0, key) }) { return nil }
                    seen.append(key)
                    return item
                })
        }
        for (a, b) in zip(keys, keys.dropFirst()) where Self.isLess(a, b) == nil { return nil }
        let isReversed = parameters.value(0, "reverse")?.isTrue ?? false
        let places = keys.indices.sorted { a, b in
            let isLess =
                isReversed && name == "sort" ? Self.isLess(keys[b], keys[a]) : Self.isLess(keys[a], keys[b])
            let isMore =
                isReversed && name == "sort" ? Self.isLess(keys[a], keys[b]) : Self.isLess(keys[b], keys[a])
            return isLess ?? false || !(isMore ?? false) && a < b
        }
        switch name {
        case "min": return places.first.map { items[$0] } ?? .undefined
        case "max":
            return places.last.map { last in
                items[places.first { !(Self.isLess(keys[$0], keys[last]) ?? false) } ?? last]
            } ?? .undefined
        default: return .list(places.map { items[$0] })
        }
    }

    private func numberFilter(
        _ name: String, _ value: JinjaValue, _ parameters: Parameters
    ) throws(JinjaFault) -> JinjaValue? {
        switch (name, value) {
        case ("int", _):
            if let number = value.integer { return .integer(number) }
            if case .float(let number) = value, let whole = Int(exactly: number.rounded(.towardZero)) {
                return .integer(whole)
            }
            guard let text = value.text?.stripped(left: true, right: true).string else {
                return parameters.value(0, "default") ?? .integer(0)
            }
            return Int(text).map { .integer($0) }
                ?? Double(text).flatMap { Int(exactly: $0.rounded(.towardZero)) }.map { .integer($0) }
                ?? parameters.value(0, "default") ?? .integer(0)
        case ("float", _):
            return value.number.map { .float($0) } ?? value.text.flatMap { Double($0.string) }.map {
                .float($0)
            }
                ?? parameters.value(0, "default") ?? .float(0)
        case ("abs", .integer(let number)): return number == .min ? nil : .integer(abs(number))
        case ("abs", .float(let number)): return .float(abs(number))
        case ("round", _):
            guard let number = value.number, let digits = parameters.integer(0, "precision", else: 0),
                digits == 0,
                parameters.value(1, "method") == nil
            else { return nil }
            return .float(number.rounded(.toNearestOrEven))
        default: return nil
        }
    }
}
