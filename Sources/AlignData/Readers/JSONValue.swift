/// A JSON value as it stands: numbers keep their spelling, objects their order and every duplicate key.
enum JSONValue: Hashable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Hashable {
        var key: String
        var value: JSONValue
    }

    /// The value at `path`; `nil` where there is none. Of duplicate keys the last counts.
    subscript(path: JSONPath) -> JSONValue? {
        var value = self
        for step in path.steps {
            switch (step, value) {
            case (.key(let key), .object(let members)):
                guard let member = members.last(where: { $0.key == key }) else { return nil }
                value = member.value
            case (.index(let index), .array(let elements)):
                guard index < elements.count else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    /// The text of a string, number or boolean.
    var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
