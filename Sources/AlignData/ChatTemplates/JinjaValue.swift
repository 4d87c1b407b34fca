/// A value of a chat template.
indirect enum JinjaValue: Sendable {
    case undefined
    case none
    case bool(Bool)
    case integer(Int)
    case string(String)
    case list([JinjaValue])
    /// In order.
    case map([(key: String, value: JinjaValue)])
    /// What `namespace(…)` makes: the only value that a loop can change for what follows it. Numbered.
    case namespace(Int)
    case macro(JinjaMacro)
    case function(String)

    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let items): !items.isEmpty
        case .map(let members): !members.isEmpty
        case .namespace, .macro, .function: true
        }
    }

    /// As `{{ }}` prints it; nil for what no chat template prints.
    var printed: String? {
        switch self {
        case .undefined: ""
        case .none: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer(let value): String(value)
        case .string(let text): text
        case .list, .map, .namespace, .macro, .function: nil
        }
    }

    /// By bytes, for texts.
    static func equal(_ a: JinjaValue, _ b: JinjaValue) -> Bool {
        switch (a, b) {
        case (.undefined, .undefined), (.none, .none): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.list(let a), .list(let b)): a.elementsEqual(b, by: equal)
        case (.map(let a), .map(let b)):
            a.count == b.count
                && a.allSatisfy { member in
                    b.contains { $0.key == member.key && equal($0.value, member.value) }
                }
        default: false
        }
    }

    func member(_ key: String) -> JinjaValue? {
        guard case .map(let members) = self else { return nil }
        return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }
}

extension JinjaValue {
    /// What a template sees of a JSON value.
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .none
        case .bool(let flag): self = .bool(flag)
        case .number(let text): self = Int(text).map { .integer($0) } ?? .string(text)
        case .string(let text), .brokenString(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { JinjaValue($0) })
        case .object(let members): self = .map(members.map { ($0.key, JinjaValue($0.value)) })
        }
    }
}

/// A `{% macro %}`.
struct JinjaMacro: Sendable {
    var name: String
    var parameters: [(name: String, fallback: JinjaExpression?)]
    var body: [JinjaNode]
}

/// A piece of a parsed template.
indirect enum JinjaNode: Sendable {
    case text(String)
    case output(JinjaExpression)
    case condition([(test: JinjaExpression, body: [JinjaNode])], otherwise: [JinjaNode])
    case loop(
        names: [String], items: JinjaExpression, filter: JinjaExpression?, body: [JinjaNode],
        otherwise: [JinjaNode])
    /// `set name = value`, or `set name.attribute = value` for a namespace.
    case assignment(name: String, attribute: String?, value: JinjaExpression)
    case capture(name: String, body: [JinjaNode])
    case macro(JinjaMacro)
    case leave
    case next
}

indirect enum JinjaExpression: Sendable {
    case literal(JinjaValue)
    case name(String)
    case list([JinjaExpression])
    case map([(key: JinjaExpression, value: JinjaExpression)])
    case attribute(JinjaExpression, String)
    case element(JinjaExpression, JinjaExpression)
    case slice(JinjaExpression, from: JinjaExpression?, to: JinjaExpression?, by: JinjaExpression?)
    case call(JinjaExpression, JinjaArguments)
    case filter(JinjaExpression, String, JinjaArguments)
    case test(JinjaExpression, String, [JinjaExpression])
    case not(JinjaExpression)
    case negative(JinjaExpression)
    case binary(JinjaExpression, String, JinjaExpression)
    case choice(JinjaExpression, test: JinjaExpression, otherwise: JinjaExpression?)
}

struct JinjaArguments: Sendable {
    var positional: [JinjaExpression] = []
    var named: [(name: String, value: JinjaExpression)] = []
}

/// Why a template cannot be followed: the end of a sentence that begins with "the chat template".
struct JinjaFault: Error, Hashable {
    var what: String
}
