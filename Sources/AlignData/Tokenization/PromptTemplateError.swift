/// A prompt template that cannot be used, or a prompt that does not fit.
public enum PromptTemplateError: DescribedError, Hashable {
    /// The template's text does not parse; `offset` counts characters from its start.
    case syntax(what: String, offset: Int)
    /// A setting that cannot be meant.
    case setting(what: String)
    /// The record has no such field.
    case missingField(name: String)
    /// The rendered prompt has more tokens than the template allows, and its rule leaves nothing to cut.
    case tooLong(tokens: Int, limit: Int)

    public var category: FailureCategory {
        switch self {
        case .syntax, .setting: .usage
        case .missingField, .tooLong: .badData
        }
    }

    public var summary: String {
        switch self {
        case .syntax(let what, let offset): "the prompt template has \(what) at character \(offset)"
        case .setting(let what): "the prompt template \(what)"
        case .missingField(let name): "the record has no field '\(name)', which the prompt template names"
        case .tooLong(let tokens, let limit): "the prompt has \(tokens) tokens, the limit is \(limit)"
        }
    }

    public var hint: String? {
        switch self {
        case .syntax: "fields are written {name}, a literal brace {{ or }}"
        case .setting: nil
        case .missingField: "map the field in the recipe"
        case .tooLong: "raise the template's maxTokens, or let it truncate a field"
        }
    }
}
