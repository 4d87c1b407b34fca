/// The key of a member of a map: a text or, seldom, an integer.
struct JinjaKey: Equatable, Sendable, ExpressibleByStringLiteral {
    let string: String
    let isInteger: Bool

    init(_ string: String) { (self.string, isInteger) = (string, false) }

    init(_ integer: Int) { (string, isInteger) = (String(integer), true) }

    init(stringLiteral string: String) { self.init(string) }

    /// - Throws: for what no chat template has as a key.
    init(_ value: JinjaValue) throws(JinjaFault) {
        switch value {
        case .text(let text): self.init(text.string)
        case .integer(let number): self.init(number)
        default: throw JinjaFault(what: "has a map with a key that is neither a text nor an integer")
        }
    }

    var value: JinjaValue { isInteger ? .integer(Int(string) ?? 0) : .string(string) }

    /// By bytes.
    static func == (a: JinjaKey, b: JinjaKey) -> Bool {
        a.isInteger == b.isInteger && a.string.utf8.elementsEqual(b.string.utf8)
    }
}
