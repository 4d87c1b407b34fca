/// A JSON value as it stands: numbers keep their spelling, objects their order and every repeated key,
/// strings every scalar.
///
/// Model files need this, whose vocabularies are objects with keys that may be canonically equivalent: a
/// dictionary of `String` would merge them. So do records, whose fields are texts to the byte.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// As spelled.
    case number(String)
    case string(String)
    /// A string with half of a surrogate pair (`\ud83d` alone), which is no character: U+FFFD stands in its place.
    case brokenString(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    package static func integer(_ value: Int) -> JSONValue { .number(String(value)) }

    /// Null, where the number is not finite.
    package static func double(_ value: Double) -> JSONValue { value.isFinite ? .number("\(value)") : .null }

    /// An object of the members that have a value.
    package static func members(_ members: [String: JSONValue?]) -> JSONValue {
        .object(members.compactMap { key, value in value.map { (key, $0) } })
    }
}

extension JSONValue {
    /// The member of that name, of an object that has it (the last of repeated ones); nil for JSON null.
    package subscript(key: String) -> JSONValue? {
        guard let value = member(key) else { return nil }
        if case .null = value { return nil }
        return value
    }

    /// The same, null included. Keys are compared by their bytes.
    private func member(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// The value at `path`; `nil` where there is none. Of repeated keys the last counts.
    subscript(path: JSONPath) -> JSONValue? {
        var value = self
        for step in path.steps {
            switch (step, value) {
            case (.key(let key), .object):
                guard let member = value.member(key) else { return nil }
                value = member
            case (.index(let index), .array(let elements)):
                guard index < elements.count else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// Itself with a string wherever one is broken; `nil` where none is.
    var mended: JSONValue? {
        switch self {
        case .brokenString(let text): return .string(text)
        case .array(let elements):
            guard elements.contains(where: { $0.mended != nil }) else { return nil }
            return .array(elements.map { $0.mended ?? $0 })
        case .object(let members):
            guard members.contains(where: { $0.value.mended != nil }) else { return nil }
            return .object(members.map { ($0.key, $0.value.mended ?? $0.value) })
        default: return nil
        }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// Of a number that is spelled as an integer.
    package var int: Int? {
        if case .number(let spelling) = self { Int(spelling) } else { nil }
    }

    package var double: Double? {
        if case .number(let spelling) = self { Double(spelling) } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var members: [(key: String, value: JSONValue)]? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The text of a string, number or boolean.
    var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object, .brokenString: nil
        }
    }
}

extension JSONValue: Equatable {
    /// By bytes: canonically equivalent texts differ, and so do 1 and 1.0.
    package static func == (a: JSONValue, b: JSONValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)), (.brokenString(let a), .brokenString(let b)):
            a.utf8.elementsEqual(b.utf8)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)):
            a.elementsEqual(b) { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value }
        default: false
        }
    }
}

/// Where and why bytes are not JSON. Holds none of them.
package struct JSONFault: Error, Hashable {
    /// Of the byte that cannot stand where it stands.
    package var offset: Int
    package var what: String
}
