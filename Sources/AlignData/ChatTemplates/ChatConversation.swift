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
    private let nodes: [JinjaNode]
    private let names: [String: String]

    /// - Parameter names: the control tokens that the template knows by name (`bos_token`, `eos_token`).
    init(_ source: String, names: [String: String]) throws(PromptTemplateError) {
        self.names = names
        do throws(JinjaFault) {
            nodes = try JinjaParser.parse(source)
        } catch { throw .chatTemplate(what: error.what) }
    }

    /// - Throws: `PromptTemplateError.chatTemplate` where the template refuses the conversation, or does more with a
    ///   message than to place it whole, white space at its ends stripped or not.
    func parts(_ messages: [ChatMessage]) throws(PromptTemplateError) -> [(text: String, isOwn: Bool)] {
        do throws(JinjaFault) {
            return try placed(messages)
        } catch { throw .chatTemplate(what: error.what) }
    }

    /// The name of something beside role and content in a message that changes what the template makes of the
    /// conversation; nil where there is none.
    func influence(in messages: [ChatMessage]) -> String? {
        guard messages.contains(where: { !$0.others.isEmpty }) else { return nil }
        func bytes(_ messages: [ChatMessage]) -> [UInt8]? {
            (try? rendered(messages)).map { Array($0.utf8) }
        }
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

    /// The template is rendered with a mark for every message, which tells what stands between them, and once as it is,
    /// which must be just that.
    private func placed(_ messages: [ChatMessage]) throws(JinjaFault) -> [(text: String, isOwn: Bool)] {
        let marked = messages.enumerated().map { number, message -> ChatMessage in
            var message = message
            message.content = "\u{10FFFD}message \(number)\u{10FFFD}"
            return message
        }
        var rest = Substring(try rendered(marked)).utf8
        var between: [Substring.UTF8View] = []
        for (number, message) in marked.enumerated() {
            let sides = Self.cut(rest, by: message.content)
            guard sides.count == 2 else {
                throw JinjaFault(what: (sides.isEmpty ? "leaves out" : "repeats") + " message \(number + 1)")
            }
            between.append(sides[0])
            rest = sides[1]
        }
        between.append(rest)

        var actual = Substring(try rendered(messages)).utf8
        var parts: [(text: String, isOwn: Bool)] = []
        func take(_ part: Substring.UTF8View) -> Bool {
            guard actual.starts(with: part) else { return false }
            actual = actual.dropFirst(part.count)
            return true
        }
        for (number, message) in messages.enumerated() {
            guard take(between[number]) else { throw JinjaFault(what: "changes with what a message says") }
            parts.append((String(Substring(between[number])), true))
            let stripped = ChatTemplate.stripped(
                ChatTemplate.stripped(message.content, atEnd: false), atEnd: true)
            let next = between[number + 1]
            let content = [message.content, stripped].first { content in
                let bytes = Substring(content).utf8
                return actual.starts(with: bytes) && actual.dropFirst(bytes.count).starts(with: next)
            }
            guard let content, take(Substring(content).utf8) else {
                throw JinjaFault(what: "changes message \(number + 1)")
            }
            parts.append((content, false))
        }
        guard actual.elementsEqual(between[messages.count]) else {
            throw JinjaFault(what: "changes with what a message says")
        }
        parts.append((String(Substring(between[messages.count])), true))
        return parts
    }

    private func rendered(_ messages: [ChatMessage]) throws(JinjaFault) -> String {
        let variables = ChatTemplate.variables(messages, names: names)
        return try JinjaInterpreter.render(nodes, variables)
    }

    /// What stands before and after the only occurrence of `mark`; empty where it does not occur, three parts or more
    /// where it occurs again.
    private static func cut(_ text: Substring.UTF8View, by mark: String) -> [Substring.UTF8View] {
        var sides: [Substring.UTF8View] = []
        var start = text.startIndex
        var place = start
        let first = mark.utf8.first
        while let found = text[place...].firstIndex(where: { $0 == first }) {
            guard text[found...].starts(with: mark.utf8) else {
                place = text.index(after: found)
                continue
            }
            sides.append(text[start..<found])
            start = text.index(found, offsetBy: mark.utf8.count)
            place = start
        }
        return sides.isEmpty ? [] : sides + [text[start...]]
    }
}

extension Tokenizer {
    /// The special tokens that the model's files name, which is how chat templates know them.
    var namedControlTokens: [String: String] {
        Dictionary(definition.namedTokens.map { ($0.name, $0.content) }, uniquingKeysWith: { $1 })
    }
}
