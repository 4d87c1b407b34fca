/// What a model's chat template puts around one message of a user, up to where the model's answer begins.
///
/// The template (Jinja) is rendered once, as transformers' `apply_chat_template` does with `add_generation_prompt`, for
/// a message that is recognised again in what comes out. So every form of chat is taken that is written with the
/// supported part of Jinja (ChatML, Llama 2, Llama 3, Gemma, Zephyr, Qwen and most others), and a template that does
/// anything else with a message than to place it, white space stripped or not, is refused.
public struct ChatTemplate: Hashable, Sendable {
    /// What stands before the message: the start of the sequence, a system message, the user's turn.
    public let prefix: String
    /// What stands after it: the end of the turn and the beginning of the answer.
    public let suffix: String
    /// Whether white space around the message is left out.
    public let stripsMessage: Bool

    /// Recognised again, whatever a template does to white space.
    private static let mark = "\u{10FFFD}message\u{10FFFD}"

    /// - Parameters:
    ///   - source: the template as the model's files have it.
    ///   - system: a system message; nil for the template's own, if it has one.
    ///   - names: the control tokens that the template knows by name (`bos_token`, `eos_token`).
    ///
    /// The date of the day is not known to the template (`strftime_now`), so that the same input gives the same
    /// prompt: Llama 3.2 then falls back to a date of its own.
    /// - Throws: `PromptTemplateError.chatTemplate`.
    public init(_ source: String, system: String?, names: [String: String]) throws(PromptTemplateError) {
        do throws(JinjaFault) {
            let nodes = try JinjaParser.parse(source)
            func rendered(_ message: String) throws(JinjaFault) -> String {
                let messages = [("system", system), ("user", message)]
                    .compactMap { role, content in content.map { ChatMessage(role: role, content: $0) } }
                return try JinjaInterpreter.render(nodes, Self.variables(messages, names: names))
            }
            let text = try rendered(Self.mark)
            let sides = Self.sides(of: Self.mark, in: text)
            guard sides.count == 2 else {
                throw JinjaFault(
                    what: sides.count == 1 ? "leaves the user's message out" : "repeats the user's message")
            }
            (prefix, suffix) = (sides[0], sides[1])
            let padded = " \n\(Self.mark)\n "
            let spaced = try rendered(padded)
            stripsMessage = spaced.utf8.elementsEqual(text.utf8)
            guard stripsMessage || spaced.utf8.elementsEqual((prefix + padded + suffix).utf8) else {
                throw JinjaFault(what: "changes the user's message")
            }
            if let system, Self.sides(of: system, in: prefix + suffix).count < 2 {
                throw JinjaFault(what: "has no place for a system message")
            }
        } catch { throw .chatTemplate(what: error.what) }
    }

    /// What a template is given: the messages, and the names of control tokens.
    static func variables(
        _ messages: [ChatMessage], names: [String: String]
    ) -> [String: JinjaValue] {
        let messages = messages.map { message in
            JinjaValue.map(
                [("role", .string(message.role)), ("content", .string(message.content))]
                    + message.others.map { ($0.key, JinjaValue($0.value)) })
        }
        var variables: [String: JinjaValue] = [
            "messages": .list(messages), "add_generation_prompt": .bool(true), "tools": .none,
            "documents": .none,
        ]
        for (name, token) in names { variables[name] = .string(token) }
        return variables
    }

    /// The text between the occurrences of `part`.
    private static func sides(of part: String, in text: String) -> [String] {
        let value = try? JinjaLibrary.method(
            "split", of: .string(text), JinjaLibrary.Parameters(positional: [.string(part)]))
        guard case .list(let sides)? = value else { return [text] }
        return sides.compactMap(\.printed)
    }

    /// Without the white space at one end, as a template strips it.
    static func stripped(_ text: String, atEnd: Bool) -> String {
        JinjaLibrary.stripped(text, nil, left: !atEnd, right: atEnd)
    }
}

extension PromptTemplate {
    /// How a recipe asks for the model's chat template.
    public struct Chat: Hashable, Sendable, Codable {
        /// Takes the place of the template's own system message.
        public var system: String?

        public init(system: String? = nil) { self.system = system }
    }

    /// The template as it is for one model: where it asks for a chat, inside the turns of the model's chat template.
    /// Others are returned as they are.
    /// - Throws: `PromptTemplateError.noChatTemplate`, `.noDefaultChatTemplate`, `.chatTemplate`.
    public func resolved(for tokenizer: Tokenizer) throws(PromptTemplateError) -> PromptTemplate {
        guard let chat else { return self }
        guard let source = tokenizer.chatTemplate else {
            let names = tokenizer.definition.chatTemplateNames
            throw names.isEmpty ? .noChatTemplate : .noDefaultChatTemplate(names: names)
        }
        var resolved = self
        resolved.surroundings = try ChatTemplate(
            source, system: chat.system, names: tokenizer.namedControlTokens)
        return resolved
    }
}
