/// Data that was made with another model, or part of one, than the one given.
public struct ModelMismatch: DescribedError, Hashable {
    /// What differs.
    public enum Part: String, Hashable, Sendable {
        case tokenizer, reference, precision
        case chatTemplate = "chat template"
    }

    /// What differs, as the data says it and as it was given, and where the data is.
    public let part: Part
    public let expected: String
    public let given: String
    public let path: String

    public init(part: Part, expected: String, given: String, path: String) {
        (self.part, self.expected, self.given, self.path) = (part, expected, given, path)
    }

    public var category: FailureCategory { .badData }
    public var summary: String {
        "the data was made with another \(part.rawValue) (\(Self.short(expected))) than the one given "
            + "(\(Self.short(given)))"
    }
    public var location: String? { path }
    public var hint: String? {
        switch part {
        case .tokenizer: "give the model whose tokenizer the corpus was ingested with"
        case .chatTemplate:
            "give a model with the chat template that the prompts were written with, or ingest again with this one"
        case .precision:
            "give --precision \(expected), or generate again in this one: they round log-probabilities differently"
        case .reference:
            "give the model that the stored log-probabilities are of, or make the set again with this one"
        }
    }

    /// A hash by its beginning; a shorter value as it is.
    public static func short(_ value: String) -> String {
        value.count > 16 ? value.prefix(12) + "…" : value
    }

    /// Does nothing when one side does not say.
    public static func check(_ part: Part, _ expected: String?, _ given: String?, in path: String) throws {
        guard let expected, let given, expected != given else { return }
        throw ModelMismatch(part: part, expected: expected, given: given, path: path)
    }
}
