/// Which elements of a stream of XML are records: names parted by `/`, with `//` for any depth between, `*` for
/// any name, `|` between alternatives: `/set/article`, `//page`. Names are local: prefixes do not count.
public struct ElementPath: Hashable, Sendable {
    struct Step: Hashable, Sendable {
        /// `nil` for any.
        var name: [UInt8]?
        /// Any number of elements may lie before it.
        var isAnywhere: Bool
    }

    public let text: String
    let alternatives: [[Step]]

    /// `nil` when `text` is not such a path.
    public init?(_ text: String) {
        self.text = text
        var alternatives: [[Step]] = []
        for part in text.split(separator: "|", omittingEmptySubsequences: false) {
            var rest = part.drop { $0 == " " }
            while rest.last == " " { rest.removeLast() }
            var steps: [Step] = []
            if !rest.hasPrefix("/") { rest = "//" + rest }
            while !rest.isEmpty {
                guard rest.hasPrefix("/") else { return nil }
                let isAnywhere = rest.hasPrefix("//")
                rest = rest.dropFirst(isAnywhere ? 2 : 1)
                let name = rest.prefix { $0 != "/" }
                rest = rest.dropFirst(name.count)
                guard name == "*" || Self.isName(name) else { return nil }
                steps.append(Step(name: name == "*" ? nil : Array(name.utf8), isAnywhere: isAnywhere))
            }
            guard !steps.isEmpty else { return nil }
            alternatives.append(steps)
        }
        self.alternatives = alternatives
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.unicodeScalars.first, first == "_" || first.properties.isAlphabetic else {
            return false
        }
        return text.unicodeScalars.allSatisfy {
            $0 == "_" || $0 == "-" || $0 == "." || $0.properties.isAlphabetic
                || $0.properties.numericType != nil
        }
    }

    /// - Parameter names: the open elements from the root on, as NUL-terminated UTF-8.
    func matches(_ names: [UnsafePointer<UInt8>]) -> Bool {
        alternatives.contains { Self.matches($0[...], names[...]) }
    }

    private static func matches(
        _ steps: ArraySlice<Step>, _ names: ArraySlice<UnsafePointer<UInt8>>
    ) -> Bool {
        guard let step = steps.last else { return names.isEmpty }
        guard let name = names.last, isEqual(step.name, name) else { return false }
        let above = steps.dropLast()
        var outer = names.dropLast()
        if !step.isAnywhere { return matches(above, outer) }
        if above.isEmpty { return true }
        while !outer.isEmpty {
            if matches(above, outer) { return true }
            outer = outer.dropLast()
        }
        return false
    }

    private static func isEqual(_ name: [UInt8]?, _ pointer: UnsafePointer<UInt8>) -> Bool {
        guard let name else { return true }
        for (index, byte) in name.enumerated() where pointer[index] != byte { return false }
        return pointer[name.count] == 0
    }
}
