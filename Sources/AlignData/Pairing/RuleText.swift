/// A rule as a person writes it and as a configuration states it: a name, and numbers where it has any:
/// `keep`, `scale=0.5`, `clip=-1,1`.
public struct RuleText: Hashable, Sendable {
    public var name: String
    public var numbers: [Double]

    public init(_ name: String, _ numbers: Double...) {
        self.name = name
        self.numbers = numbers
    }

    /// Nil when what follows `=` is not a list of finite numbers.
    public init?(parsing text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0])
        numbers = []
        guard parts.count == 2 else { return }
        for word in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Double(word), number.isFinite else { return nil }
            numbers.append(number)
        }
    }

    public var text: String {
        numbers.isEmpty ? name : name + "=" + numbers.map { "\($0)" }.joined(separator: ",")
    }
}

/// A rule that has such a text stands in configurations as that text.
public protocol RuleWithText: LosslessStringConvertible, Codable {
    init?(rule: RuleText)
    var rule: RuleText { get }
}

extension RuleWithText {
    public init?(_ description: String) {
        guard let rule = RuleText(parsing: description) else { return nil }
        self.init(rule: rule)
    }

    public var description: String { rule.text }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no rule of \(Self.self)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
