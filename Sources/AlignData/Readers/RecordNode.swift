/// A piece of a source from which paths lead on: a JSON value, an element, a row, a text.
protocol RecordNode {
    associatedtype Path

    /// `nil` when `text` is not a path of this format.
    static func path(_ text: String) -> Path?

    /// What `path` leads to, in the order of the source.
    func select(_ path: Path) -> [Self]

    /// The elements of a list; of what is none, itself.
    var elements: [Self] { get }

    /// Whether it is there even if it holds no text, as an element of XML is.
    var existsWithoutText: Bool { get }

    /// What it holds as text.
    var content: NodeContent { get }

    /// The names of its fields, for a person who looks for the right one.
    var fieldNames: [String] { get }

    /// How a path names the field of that name.
    static func written(_ name: String) -> String
}

extension RecordNode {
    var elements: [Self] { [self] }
    var existsWithoutText: Bool { false }

    static func written(_ name: String) -> String { name }
}

enum NodeContent {
    /// One text, or those of a list.
    case texts([String])
    case missing
    /// Nothing that is a text: a sentence that says what it is.
    case unusable(String)
    /// A text that holds half of a surrogate pair.
    case broken
}

/// A value of a JSON document, with the record that it is a part of where an `each` selected it.
struct JSONNode: RecordNode {
    let value: JSONValue
    var outer: JSONValue?
    /// Whether the value has all members of its source, not only those that the recipe names.
    var isWhole = true

    static func path(_ text: String) -> JSONPath? { JSONPath(text) }

    static func written(_ name: String) -> String { JSONPath.written(key: name) }

    func select(_ path: JSONPath) -> [JSONNode] {
        guard let start = path.isOuter ? outer : value else { return [] }
        var found: [JSONNode] = []
        select(path.steps[...], from: start, into: &found)
        return found
    }

    private func select(
        _ steps: ArraySlice<JSONPath.Step>, from value: JSONValue, into found: inout [JSONNode]
    ) {
        guard let step = steps.first else {
            found.append(JSONNode(value: value, outer: outer ?? self.value))
            return
        }
        let rest = steps.dropFirst()
        switch (step, value) {
        case (.key(let key), .object(let members)):
            // Of duplicate keys the last counts.
            guard let member = members.last(where: { $0.key == key }) else { return }
            select(rest, from: member.value, into: &found)
        case (.index(let index), .array(let elements)):
            if index < elements.count { select(rest, from: elements[index], into: &found) }
        case (.all, .array(let elements)):
            for element in elements { select(rest, from: element, into: &found) }
        case (.all, .object(let members)):
            for member in members { select(rest, from: member.value, into: &found) }
        default: return
        }
    }

    var elements: [JSONNode] {
        guard case .array(let elements) = value else { return [self] }
        return elements.map { JSONNode(value: $0, outer: outer) }
    }

    /// A scalar is one text; a list is one text an element, each a scalar or a list of scalars (sentences).
    var content: NodeContent {
        if let text = value.scalarText { return .texts([text]) }
        if case .brokenString = value { return .broken }
        guard case .array(let elements) = value else {
            return value == .null ? .missing : .unusable("is an object, not a text or a list of texts")
        }
        var texts: [String] = []
        for element in elements {
            if let text = element.scalarText {
                texts.append(text)
            } else if case .brokenString = element {
                return .broken
            } else if case .array(let parts) = element, case let words = parts.compactMap(\.scalarText),
                words.count == parts.count
            {
                texts.append(words.joined(separator: " "))
            } else if case .array(let parts) = element,
                parts.contains(where: { if case .brokenString = $0 { true } else { false } })
            {
                return .broken
            } else {
                return .unusable("is a list of something other than texts")
            }
        }
        return .texts(texts)
    }

    var fieldNames: [String] {
        guard isWhole, case .object(let members) = value else { return [] }
        return members.map(\.key)
    }
}

/// An element of XML or HTML.
struct MarkupNode: RecordNode {
    enum Value {
        case node(XMLNode)
        case text(String)
    }

    let value: Value

    static func path(_ text: String) -> XPath? { XPath(text) }

    var existsWithoutText: Bool { if case .node = value { true } else { false } }

    func select(_ path: XPath) -> [MarkupNode] {
        guard case .node(let node) = value else { return [] }
        let nodes = node.nodes(path)
        if !nodes.isEmpty { return nodes.map { MarkupNode(value: .node($0)) } }
        return node.texts(path).map { MarkupNode(value: .text($0)) }
    }

    var content: NodeContent {
        switch value {
        case .node(let node): .texts([node.text])
        case .text(let text): .texts([text])
        }
    }

    var fieldNames: [String] { [] }
}

/// A row, a stanza or a text: fields by name.
struct NamedTexts: RecordNode {
    var fields: [(name: String, text: String)]

    static func path(_ text: String) -> String? { text }

    func select(_ path: String) -> [NamedTexts] {
        guard let field = fields.first(where: { $0.name == path }) else { return [] }
        return [NamedTexts(fields: [field])]
    }

    /// The first name that stands twice and that the recipe takes: which one is meant, nobody knows.
    static func repeated(_ names: some Sequence<String>, of taken: Set<String>) -> String? {
        var seen: Set<String> = []
        return names.first { taken.contains($0) && !seen.insert($0).inserted }
    }

    var content: NodeContent { fields.first.map { .texts([$0.text]) } ?? .missing }
    var fieldNames: [String] { fields.map(\.name) }
}
