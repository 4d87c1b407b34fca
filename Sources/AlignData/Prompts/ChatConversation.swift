/// A message of a conversation.
struct ChatMessage: Equatable, Sendable {
    /// `system`, `user`, `assistant` or what else the model's template knows.
    var role: String
    var content: String
    /// What else the message has; the template sees it.
    var others: [(key: String, value: JSONValue)] = []

    /// By bytes.
    static func == (a: ChatMessage, b: ChatMessage) -> Bool {
        a.role.utf8.elementsEqual(b.role.utf8) && a.content.utf8.elementsEqual(b.content.utf8)
            && JSONValue.object(a.others) == JSONValue.object(b.others)
    }
}

/// Renders conversations by a model's chat template, up to where the model's answer begins, as transformers'
/// `apply_chat_template` does with `add_generation_prompt`, and keeps apart what the template writes and what people
/// wrote: only in the template's own text are names of control tokens these tokens.
struct ChatConversation: Sendable {
    /// Control tokens that the template knows by name, and the day that it is told.
    struct Context: Hashable, Sendable {
        /// As `bos_token`, `eos_token`.
        var names: [String: String] = [:]
        var date: CalendarDate?
    }

    private let nodes: [JinjaNode]
    private let context: Context

    init(_ source: String, _ context: Context) throws(PromptTemplateError) {
        self.context = context
        do throws(JinjaFault) {
            nodes = try JinjaParser.parse(source)
        } catch { throw .chatTemplate(what: error.what) }
    }

    /// - Throws: `PromptTemplateError.chatTemplate` where the template refuses the conversation, does what is not
    ///   supported, or leaves a message out.
    func parts(_ messages: [ChatMessage]) throws(PromptTemplateError) -> [(text: String, isOwn: Bool)] {
        do throws(JinjaFault) {
            let text = try rendered(messages.map { ($0, $0.content.isEmpty ? [] : [($0.content, false)]) })
                .text
            let found = Set(text.parts.map(\.message))
            for (number, message) in messages.enumerated() where !found.contains(number) {
                let isBlank = message.content.unicodeScalars.allSatisfy(JinjaText.isSpace)
                guard isBlank else { throw JinjaFault(what: "leaves out message \(number + 1)") }
            }
            return text.pieces.map { ($0.text.string, $0.message == nil) }
        } catch { throw .chatTemplate(what: error.what) }
    }

    /// The whole text, nothing kept apart.
    func text(_ messages: [ChatMessage]) throws(PromptTemplateError) -> String {
        do throws(JinjaFault) {
            return try rendered(messages.map { ($0, [($0.content, false)]) }).text.string
        } catch { throw .chatTemplate(what: error.what) }
    }

    /// The name of something beside role and content in a message that changes what the template makes of the
    /// conversation; nil where there is none.
    func influence(in messages: [ChatMessage]) -> String? {
        guard messages.contains(where: { !$0.others.isEmpty }) else { return nil }
        func bytes(_ messages: [ChatMessage]) -> [UInt8]? { (try? text(messages)).map { Array($0.utf8) } }
        let whole = bytes(messages)
        for place in messages.indices {
            for name in messages[place].others.map(\.key) {
                var without = messages
                without[place].others.removeAll { $0.key == name }
                if bytes(without) != whole { return name }
            }
        }
        return nil
    }

    /// - Parameter messages: each with its content in parts, which are the template author's (or a recipe's) own or
    ///   what people wrote. The content of the message itself is not used.
    func rendered(
        _ messages: [(message: ChatMessage, content: [(text: String, isOwn: Bool)])]
    ) throws(JinjaFault) -> JinjaInterpreter.Rendering {
        let messages = messages.enumerated().map { number, entry in
            var content = JinjaText("")
            for part in entry.content {
                content.append(part.isOwn ? JinjaText(part.text) : JinjaText(part.text, message: number))
            }
            return JinjaValue.map(
                [("role", .string(entry.message.role)), ("content", .text(content))]
                    + entry.message.others.map { (JinjaKey($0.key), JinjaValue($0.value, message: number)) })
        }
        var variables: [String: JinjaValue] = [
            "messages": .list(messages), "add_generation_prompt": .bool(true), "tools": .none,
            "documents": .none,
        ]
        for (name, token) in context.names { variables[name] = .string(token) }
        return try JinjaInterpreter.render(nodes, variables, date: context.date)
    }
}

extension Tokenizer {
    /// The special tokens that the model's files name, which is how chat templates know them.
    var namedControlTokens: [String: String] {
        Dictionary(definition.namedTokens.map { ($0.name, $0.content) }, uniquingKeysWith: { $1 })
    }
}
