extension JinjaLibrary {
    /// Methods that place a text as it is, or without the white space at its ends.
    private static let placing: Set = ["strip", "items", "keys", "values", "get", "join"]

    mutating func method(
        _ name: String, of value: JinjaValue, _ parameters: Parameters
    ) throws(JinjaFault) -> JinjaValue {
        if !Self.placing.contains(name) || (name == "strip" && !parameters.isEmpty) {
            if value.text != nil { ask(value) }
            for parameter in parameters.positional { ask(parameter) }
        }
        try spend(value)
        try spend(parameters)
        let result: JinjaValue? =
            switch value {
            case .text(let text): try Self.textMethod(name, text, parameters)
            case .map(let members): try Self.mapMethod(name, value, members, parameters)
            case .list(let items), .tuple(let items): Self.listMethod(name, items, parameters)
            default: nil
            }
        guard let result else {
            throw JinjaFault(what: "uses the method '\(name)' in a way that is not supported")
        }
        try spend(result)
        return result
    }

    private static func mapMethod(
        _ name: String, _ map: JinjaValue, _ members: [(key: JinjaKey, value: JinjaValue)],
        _ parameters: Parameters
    ) throws(JinjaFault) -> JinjaValue? {
        switch name {
        case "items": return .list(members.map { .tuple([$0.key.value, $0.value]) })
        case "keys": return .list(members.map(\.key.value))
        case "values": return .list(members.map(\.value))
        case "copy": return map
        case "get":
            guard let key = parameters.value(0, "key") else { return nil }
            return map.member(try JinjaKey(key)) ?? parameters.value(1, "default") ?? JinjaValue.none
        case "cycle":
            guard let place = map.member("index0")?.integer, !parameters.positional.isEmpty else {
                return nil
            }
            return parameters.positional[place % parameters.positional.count]
        default: return nil
        }
    }

    private static func listMethod(
        _ name: String, _ items: [JinjaValue], _ parameters: Parameters
    ) -> JinjaValue? {
        guard let sought = parameters.positional.first, parameters.positional.count == 1 else { return nil }
        switch name {
        case "index": return items.firstIndex { JinjaValue.equal($0, sought) }.map { .integer($0) }
        case "count": return .integer(items.count { JinjaValue.equal($0, sought) })
        default: return nil
        }
    }

    /// Without as many occurrences of `old` as `count` says; all of them where it is negative.
    static func replaced(
        _ text: JinjaText, _ old: String, _ new: JinjaText, _ count: Int
    ) throws(JinjaFault) -> JinjaText {
        let limit = count < 0 ? Int.max : count
        let parts: [JinjaText]
        if old.isEmpty {
            let offsets = text.scalarOffsets
            parts =
                [JinjaText("")] + zip(offsets, offsets.dropFirst()).map { text[$0..<$1] } + [JinjaText("")]
            guard limit >= parts.count - 1 else { throw JinjaFault(what: "replaces nothing by something") }
        } else {
            parts = text.split(old, limit: limit)
        }
        let (bytes, overflows) = new.string.utf8.count.multipliedReportingOverflow(by: parts.count)
        try check(bytes: overflows ? .max : min(bytes, maxBytes + 1) + text.string.utf8.count)
        return .joined(parts, by: new)
    }

    private static func textMethod(
        _ name: String, _ text: JinjaText, _ parameters: Parameters
    ) throws(JinjaFault) -> JinjaValue? {
        switch name {
        case "strip", "lstrip", "rstrip":
            let set = parameters.value(0, "chars")
            if let set, set.text == nil { guard case .none = set else { return nil } }
            return .text(text.stripped(set?.text?.string, left: name != "rstrip", right: name != "lstrip"))
        case "startswith", "endswith":
            guard let value = parameters.positional.first, parameters.positional.count == 1 else {
                return nil
            }
            let parts = (value.items ?? [value]).compactMap(\.text)
            guard parts.count == value.items?.count ?? 1 else { return nil }
            let bytes = text.string.utf8
            return .bool(
                parts.contains { part in
                    let part = part.string.utf8
                    return name == "startswith"
                        ? bytes.starts(with: part)
                        : bytes.count >= part.count && bytes.suffix(part.count).elementsEqual(part)
                })
        case "split", "rsplit":
            guard let limit = parameters.integer(1, "maxsplit", else: -1) else { return nil }
            return split(text, parameters, name, limit < 0 ? .max : limit)
        case "splitlines":
            guard parameters.isEmpty else { return nil }
            var lines = text.split("\n")
            if lines.last?.isEmpty == true { lines.removeLast() }
            return .list(
                lines.map { line in
                    .text(line.string.utf8.last == 0x0D ? line[0..<(line.string.utf8.count - 1)] : line)
                })
        case "replace":
            guard let old = parameters.text(0, "old"), let new = parameters.value(1, "new")?.text,
                let count = parameters.integer(2, "count", else: -1)
            else { return nil }
            return .text(try replaced(text, old, new, count))
        case "join":
            guard let items = parameters.positional.first?.items, case let texts = items.compactMap(\.text),
                texts.count == items.count
            else { return nil }
            var bytes = 0
            for item in texts { bytes += item.string.utf8.count + text.string.utf8.count }
            try check(bytes: bytes)
            return .text(.joined(texts, by: text))
        case "upper": return .text(text.mapped { $0.uppercased() })
        case "lower": return .text(text.mapped { $0.lowercased() })
        case "capitalize": return .text(capitalized(text))
        case "title": return .text(titled(text))
        case "find", "rfind", "index", "count":
            guard let part = parameters.text(0, "sub"), parameters.positional.count == 1, !part.isEmpty else {
                return nil
            }
            let places = text.places(of: part)
            if name == "count" { return .integer(places.count) }
            guard let place = name == "rfind" ? text.lastPlace(of: part) : places.first else {
                return name == "index" ? nil : .integer(-1)
            }
            return .integer(text[0..<place].string.unicodeScalars.count)
        case "removeprefix", "removesuffix":
            guard let part = parameters.text(0, "")?.utf8, case let bytes = text.string.utf8 else {
                return nil
            }
            if name == "removeprefix" {
                return .text(bytes.starts(with: part) ? text[part.count..<bytes.count] : text)
            }
            let ends = bytes.count >= part.count && bytes.suffix(part.count).elementsEqual(part)
            return .text(ends ? text[0..<(bytes.count - part.count)] : text)
        case "partition", "rpartition":
            guard let part = parameters.text(0, "sep"), !part.isEmpty else { return nil }
            let end = text.string.utf8.count
            guard
                let place = name == "partition"
                    ? text.places(of: part, limit: 1).first : text.lastPlace(of: part)
            else {
                let empty = JinjaValue.string("")
                return .tuple(
                    name == "partition" ? [.text(text), empty, empty] : [empty, empty, .text(text)])
            }
            let after = place + part.utf8.count
            return .tuple([.text(text[0..<place]), .text(text[place..<after]), .text(text[after..<end])])
        case "isdigit", "isnumeric", "isdecimal":
            let scalars = text.string.unicodeScalars
            return .bool(!scalars.isEmpty && scalars.allSatisfy { $0.properties.numericType != nil })
        case "isalpha":
            let scalars = text.string.unicodeScalars
            return .bool(!scalars.isEmpty && scalars.allSatisfy(\.properties.isAlphabetic))
        case "isspace":
            return .bool(!text.isEmpty && text.string.unicodeScalars.allSatisfy(JinjaText.isSpace))
        case "isupper", "islower":
            let changed = name == "islower" ? text.string.lowercased() : text.string.uppercased()
            return .bool(
                changed.utf8.elementsEqual(text.string.utf8) && text.string.contains(where: \.isCased))
        case "format": return .text(try formatted(text, parameters))
        default: return nil
        }
    }

    /// Python's `format`, of fields without a form: `{}`, `{0}`, `{name}`.
    private static func formatted(_ text: JinjaText, _ parameters: Parameters) throws(JinjaFault) -> JinjaText
    {
        let bytes = Array(text.string.utf8)
        let (open, close) = (UInt8(ascii: "{"), UInt8(ascii: "}"))
        var result = JinjaText("")
        var place = 0
        var next = 0
        while place < bytes.count {
            let byte = bytes[place]
            guard byte == open || byte == close else {
                let end = bytes[place...].firstIndex { $0 == open || $0 == close } ?? bytes.count
                result.append(text[place..<end])
                place = end
                continue
            }
            if place + 1 < bytes.count, bytes[place + 1] == byte {
                result.append(text[place..<(place + 1)])
                place += 2
                continue
            }
            guard byte == open, let end = bytes[place...].firstIndex(of: close) else {
                throw JinjaFault(what: "uses the method 'format' in a way that is not supported")
            }
            let name = text[(place + 1)..<end].string
            let value =
                name.isEmpty || Int(name) != nil
                ? parameters.value(Int(name) ?? next, "") : parameters.named.last { $0.name == name }?.value
            guard let value else {
                throw JinjaFault(what: "uses the method 'format' in a way that is not supported")
            }
            next += 1
            result.append(try self.text(value))
            place = end + 1
        }
        try check(bytes: result.string.utf8.count)
        return result
    }

    private static func split(
        _ text: JinjaText, _ parameters: Parameters, _ name: String, _ limit: Int
    ) -> JinjaValue? {
        let separator = parameters.value(0, "sep")
        switch separator {
        case nil, JinjaValue.none?:
            guard name == "split" || limit == .max else { return nil }
            return .list(text.words(limit: limit).map { .text($0) })
        case .text(let part)? where !part.isEmpty:
            guard name == "rsplit", limit < .max else {
                return .list(text.split(part.string, limit: limit).map { .text($0) })
            }
            var rest = text
            var found: [JinjaValue] = []
            while found.count < limit, let place = rest.lastPlace(of: part.string) {
                found.append(.text(rest[(place + part.string.utf8.count)..<rest.string.utf8.count]))
                rest = rest[0..<place]
            }
            return .list([.text(rest)] + found.reversed())
        default: return nil
        }
    }

    /// The first scalar in upper case, the others in lower case.
    private static func capitalized(_ text: JinjaText) -> JinjaText {
        guard let first = text.string.unicodeScalars.first?.utf8.count else { return text }
        return text[0..<first].mapped { text in
            text.unicodeScalars.map(\.properties.titlecaseMapping).joined()
        } + text[first..<text.string.utf8.count].mapped { $0.lowercased() }
    }

    /// As Jinja's filter does: after white space, a hyphen or an opening bracket a word begins.
    private static func titled(_ text: JinjaText) -> JinjaText {
        var isStart = true
        return text.mapped { text in
            text.unicodeScalars.map { scalar in
                defer {
                    isStart = JinjaText.isSpace(scalar) || ["-", "(", "{", "[", "<"].contains(scalar)
                }
                return isStart ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
            }.joined()
        }
    }
}

extension JinjaText {
    /// Where `part` begins the last time.
    func lastPlace(of part: String) -> Int? {
        let (bytes, part) = (Array(string.utf8), Array(part.utf8))
        guard !part.isEmpty, bytes.count >= part.count else { return nil }
        return (0...(bytes.count - part.count)).last { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
