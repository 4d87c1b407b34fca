/// A value of a chat template.
indirect enum JinjaValue: Sendable {
    case undefined
    case none
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case text(JinjaText)
    case list([JinjaValue])
    case tuple([JinjaValue])
    /// In order.
    case map([(key: JinjaKey, value: JinjaValue)])
    /// What `namespace(…)` makes: the only value that a loop can change for what follows it. Numbered.
    case namespace(Int)
    case macro(JinjaMacro)
    case function(String)

    /// A text of the template's own.
    static func string(_ text: String) -> JinjaValue { .text(JinjaText(text)) }

    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .float(let value): value != 0
        case .text(let text): !text.isEmpty
        case .list(let items), .tuple(let items): !items.isEmpty
        case .map(let members): !members.isEmpty
        case .namespace, .macro, .function: true
        }
    }

    /// The number, where it is one: to Python, true is 1.
    var number: Double? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): Double(value)
        case .float(let value): value
        default: nil
        }
    }

    var integer: Int? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): value
        default: nil
        }
    }

    /// The elements of a list or a tuple.
    var items: [JinjaValue]? {
        switch self {
        case .list(let items), .tuple(let items): items
        default: nil
        }
    }

    var text: JinjaText? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// Whether people wrote a part of it.
    var holdsMessages: Bool {
        switch self {
        case .text(let text): !text.isOwn
        case .list(let items), .tuple(let items): items.contains(where: \.holdsMessages)
        case .map(let members): members.contains { $0.value.holdsMessages }
        default: false
        }
    }

    /// As `{{ }}` prints it; nil for what no chat template prints.
    var printed: JinjaText? {
        switch self {
        case .undefined: JinjaText("")
        case .text(let text): text
        default: representation
        }
    }

    /// As Python's `repr` has it.
    private var representation: JinjaText? {
        func list(_ items: [JinjaValue], _ open: String, _ close: String) -> JinjaText? {
            let texts = items.compactMap(\.representation)
            guard texts.count == items.count else { return nil }
            return JinjaText(open) + .joined(texts, by: JinjaText(", ")) + JinjaText(close)
        }
        switch self {
        case .undefined: return JinjaText("Undefined")
        case .none: return JinjaText("None")
        case .bool(let value): return JinjaText(value ? "True" : "False")
        case .integer(let value): return JinjaText(String(value))
        case .float(let value): return JinjaText(Self.python(value))
        case .text(let text): return JinjaText(Self.quoted(text.string), of: [text])
        case .list(let items): return list(items, "[", "]")
        case .tuple(let items): return list(items, "(", items.count == 1 ? ",)" : ")")
        case .map(let members):
            var texts: [JinjaText] = []
            for (key, value) in members {
                guard let value = value.representation else { return nil }
                texts.append(
                    JinjaText((key.isInteger ? key.string : Self.quoted(key.string)) + ": ") + value)
            }
            return JinjaText("{") + .joined(texts, by: JinjaText(", ")) + JinjaText("}")
        case .namespace, .macro, .function: return nil
        }
    }

    static func python(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        return "\(value)"
    }

    private static func quoted(_ text: String) -> String {
        let quote = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var result = quote
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\\": result += "\\\\"
            case "'" where quote == "'": result += "\\'"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + quote
    }

    /// By bytes, for texts; by value, for numbers.
    static func equal(_ a: JinjaValue, _ b: JinjaValue) -> Bool {
        if let a = a.number, let b = b.number { return a == b }
        switch (a, b) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.text(let a), .text(let b)): return a.string.utf8.elementsEqual(b.string.utf8)
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
            return a.elementsEqual(b, by: equal)
        case (.map(let a), .map(let b)):
            return a.count == b.count
                && a.allSatisfy { member in
                    b.contains { $0.key == member.key && equal($0.value, member.value) }
                }
        default: return false
        }
    }

    func member(_ name: String) -> JinjaValue? { member(JinjaKey(name)) }

    func member(_ key: JinjaKey) -> JinjaValue? {
        guard case .map(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }
}

extension JinjaValue {
    /// What a template sees of a JSON value that stands in a message.
    init(_ value: JSONValue, message: Int) {
        switch value {
        case .null: self = .none
        case .bool(let flag): self = .bool(flag)
        case .number(let text):
            self = Int(text).map { .integer($0) } ?? Double(text).map { .float($0) } ?? .string(text)
        case .string(let text), .brokenString(let text): self = .text(JinjaText(text, message: message))
        case .array(let elements): self = .list(elements.map { JinjaValue($0, message: message) })
        case .object(let members):
            self = .map(members.map { (JinjaKey($0.key), JinjaValue($0.value, message: message)) })
        }
    }
}

/// A `{% macro %}`, or the body of a `{% call %}`.
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
        names: JinjaTarget, items: JinjaExpression, filter: JinjaExpression?, body: [JinjaNode],
        otherwise: [JinjaNode])
    case assignment(JinjaTarget, value: JinjaExpression)
    case capture(JinjaTarget, filters: [(name: String, arguments: JinjaArguments)], body: [JinjaNode])
    case with([(name: JinjaTarget, value: JinjaExpression)], body: [JinjaNode])
    case filtered([(name: String, arguments: JinjaArguments)], body: [JinjaNode])
    case macro(JinjaMacro)
    case call(JinjaMacro, callee: JinjaExpression, JinjaArguments)
    case leave
    case next
}

/// What an assignment or a loop gives a value.
indirect enum JinjaTarget: Sendable {
    case name(String)
    /// Of a namespace.
    case attribute(String, String)
    case tuple([JinjaTarget])
}

indirect enum JinjaExpression: Sendable {
    case literal(JinjaValue)
    case name(String)
    case list([JinjaExpression])
    case tuple([JinjaExpression])
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
    /// A chain: each symbol between a value and the next.
    case comparison(JinjaExpression, [(symbol: String, value: JinjaExpression)])
    case choice(JinjaExpression, test: JinjaExpression, otherwise: JinjaExpression?)
}

struct JinjaArguments: Sendable {
    var positional: [JinjaExpression] = []
    var named: [(name: String, value: JinjaExpression)] = []
    /// After `*`: a list of further values.
    var spread: JinjaExpression?
    /// After `**`: a map of further named ones.
    var namedSpread: JinjaExpression?
}

/// Why a template cannot be followed: the end of a sentence that begins with "the chat template".
struct JinjaFault: Error, Hashable {
    var what: String
}
