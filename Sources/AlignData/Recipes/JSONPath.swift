/// A path into a JSON value: keys joined by dots, `[n]` for the n-th element: `metadata.title`,
/// `questions[0].text`.
public struct JSONPath: Hashable, Sendable {
    public enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    public let steps: [Step]

    /// `nil` when `text` is not such a path.
    public init?(_ text: String) {
        var steps: [Step] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            var rest = part
            let key = rest.prefix { $0 != "[" }
            rest = rest.dropFirst(key.count)
            if key.isEmpty && (rest.isEmpty || !steps.isEmpty) { return nil }
            if !key.isEmpty { steps.append(.key(String(key))) }
            while !rest.isEmpty {
                guard rest.first == "[", let end = rest.firstIndex(of: "]"),
                    let index = Int(rest[rest.index(after: rest.startIndex)..<end]), index >= 0
                else { return nil }
                steps.append(.index(index))
                rest = rest[rest.index(after: end)...]
            }
        }
        self.steps = steps
    }
}
