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
    /// Nothing is left of the prompt: the tokenizer has no token for its characters.
    case noTokens
    /// A chat is asked for, and the model has no chat template.
    case noChatTemplate
    /// A chat is asked for, and the model has several chat templates, none of them the default one.
    case noDefaultChatTemplate(names: [String])
    /// The model's chat template cannot be followed; `what` ends a sentence that begins with it.
    case chatTemplate(what: String)

    public var category: FailureCategory {
        switch self {
        case .syntax, .setting, .noChatTemplate, .noDefaultChatTemplate: .usage
        case .missingField, .tooLong, .noTokens, .chatTemplate: .badData
        }
    }

    public var summary: String {
        switch self {
        case .syntax(let what, let offset): "the prompt template has \(what) at character \(offset)"
        case .setting(let what): "the prompt template \(what)"
        case .missingField(let name): "the record has no field '\(name)', which the prompt template names"
        case .tooLong(let tokens, let limit): "the prompt has \(tokens) tokens, the limit is \(limit)"
        case .noTokens: "the prompt has no tokens"
        case .noChatTemplate: "the recipe asks for a chat, but the model's files hold no chat template"
        case .noDefaultChatTemplate(let names):
            "the recipe asks for a chat, but the model's chat templates are named "
                + "\(names.map { "'\($0)'" }.joined(separator: ", ")), and none is named 'default'"
        case .chatTemplate(let what): "the model's chat template \(what)"
        }
    }

    public var hint: String? {
        switch self {
        case .syntax: "fields are written {name}, a literal brace {{ or }}"
        case .setting, .noTokens: nil
        case .missingField: "map the field in the recipe"
        case .noChatTemplate:
            "take the instruct version of the model, or write its turns into the prompt's text"
        case .noDefaultChatTemplate:
            "write the one that is meant to chat_template.jinja beside the model's tokenizer.json"
        case .chatTemplate: "leave chat out of the recipe, and write the model's turns into the prompt's text"
        case .tooLong: "raise max-tokens in the recipe's prompt, or let it truncate a field"
        }
    }
}
