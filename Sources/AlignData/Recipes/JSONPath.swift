/// A path into a JSON value: keys joined by dots, `[n]` for the n-th element, `[*]` for every element (or every
/// value of an object): `metadata.title`, `questions[*].text`. `.` is the value itself; a leading `^.` starts at
/// the record that an `each` took its element from.
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
        var text = Substring(text)
        isOuter = text == "^" || text.hasPrefix("^.")
        if isOuter { text = text.dropFirst(2) }
        if text == "." || (isOuter && text.isEmpty) {
            steps = []
            return
        }
        var steps: [Step] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            var rest = part
            let key = rest.prefix { $0 != "[" }
            rest = rest.dropFirst(key.count)
            if key.isEmpty && (rest.isEmpty || !steps.isEmpty) { return nil }
            if !key.isEmpty { steps.append(.key(String(key))) }
            while !rest.isEmpty {
                guard rest.first == "[", let end = rest.firstIndex(of: "]") else { return nil }
                let inside = rest[rest.index(after: rest.startIndex)..<end]
                if inside == "*" {
                    steps.append(.all)
                } else if let index = Int(inside), index >= 0 {
                    steps.append(.index(index))
                } else {
                    return nil
                }
                rest = rest[rest.index(after: end)...]
            }
        }
        self.steps = steps
    }
}
