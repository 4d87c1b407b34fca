/// A path into a JSON value: keys joined by dots, `[n]` for the n-th element, `[*]` for every element (or every
/// value of an object): `metadata.title`, `questions[*].text`. A key with a dot or a bracket stands in quotes:
/// `['a.b'].c`, or `"a.b".c`, with `\` before a quote of the same kind. `.` is the value itself; a leading `^.` starts
/// at the record that an `each` took its element from.
public struct JSONPath: Hashable, Sendable {
    public enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
        case all
    }

    /// Starts at the outer record.
    public let isOuter: Bool
    public let steps: [Step]

    /// `nil` when `text` is not such a path.
    public init?(_ text: String) {
        var rest = Substring(text)
        isOuter = text == "^" || text.hasPrefix("^.") || text.hasPrefix("^[")
        if isOuter { rest.removeFirst() }
        if isOuter && rest.first == "." { rest.removeFirst() }
        if text == "." || (isOuter && rest.isEmpty) {
            steps = []
            return
        }
        guard !rest.isEmpty else { return nil }
        var steps: [Step] = []
        while let first = rest.first {
            if first == "[" {
                rest.removeFirst()
                guard let step = Self.takeBracketed(&rest) else { return nil }
                steps.append(step)
                continue
            }
            if !steps.isEmpty {
                guard first == "." else { return nil }
                rest.removeFirst()
            }
            guard let key = Self.takeKey(&rest) else { return nil }
            steps.append(.key(key))
        }
        self.steps = steps
    }

    /// How a path names a member of that key.
    static func written(key: String) -> String {
        if JSONPath(key)?.steps == [.key(key)], !key.hasSuffix("?") { return key }
        let escaped = key.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        return "['\(escaped)']"
    }

    /// What stands behind an opening bracket, and the closing one.
    private static func takeBracketed(_ rest: inout Substring) -> Step? {
        let step: Step
        if let quote = rest.first, quote == "'" || quote == "\"" {
            guard let key = takeQuoted(&rest) else { return nil }
            step = .key(key)
        } else {
            let inside = rest.prefix { $0 != "]" }
            rest = rest.dropFirst(inside.count)
            if inside == "*" {
                step = .all
            } else if let index = Int(inside), index >= 0 {
                step = .index(index)
            } else {
                return nil
            }
        }
        return rest.popFirst() == "]" ? step : nil
    }

    private static func takeKey(_ rest: inout Substring) -> String? {
        if rest.first == "\"" { return takeQuoted(&rest) }
        let key = rest.prefix { $0 != "." && $0 != "[" }
        rest = rest.dropFirst(key.count)
        return key.isEmpty ? nil : String(key)
    }

    /// A text in quotes, without them.
    private static func takeQuoted(_ rest: inout Substring) -> String? {
        guard let quote = rest.popFirst() else { return nil }
        var text = ""
        while let character = rest.popFirst() {
            if character == quote { return text }
            if character == "\\" {
                guard let escaped = rest.popFirst() else { return nil }
                text.append(escaped)
            } else {
                text.append(character)
            }
        }
        return nil
    }
}
