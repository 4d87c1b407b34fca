/// What a model's chat template makes of one message of a user, up to where the model's answer begins, as transformers'
/// `apply_chat_template` has it with `add_generation_prompt`.
///
/// Most templates place a message whole, white space at its ends stripped or not, whatever it says. Of these it is known
/// once what stands before and after the message; a template that does more is rendered for every message.
public struct ChatTemplate: Hashable, Sendable {
    /// What stands before the message: the start of the sequence, a system message, the user's turn.
    public let prefix: String
    /// What stands after it: the end of the turn and the beginning of the answer.
    public let suffix: String
    /// Whether white space around the message is left out.
    public let stripsMessage: Bool
    /// Whether every message stands between `prefix` and `suffix`.
    public let isPlain: Bool

    private let source: String
    private let system: String?
    private let context: ChatConversation.Context
    private let conversation: ChatConversation

    /// Recognised again, whatever a template does to white space.
    private static let mark = "\u{10FFFD}message\u{10FFFD}"

    /// - Parameters:
    ///   - source: the template as the model's files have it.
    ///   - system: a system message; nil for the template's own, if it has one.
    ///   - names: the control tokens that the template knows by name (`bos_token`, `eos_token`).
    ///   - date: what `strftime_now` knows. Without one templates have no such function, so that the same input gives
    ///     the same prompt: Llama 3.2 then falls back to a date of its own.
    /// - Throws: `PromptTemplateError.chatTemplate`.
    public init(
        _ source: String, system: String?, names: [String: String], date: CalendarDate? = nil
    ) throws(PromptTemplateError) {
        (self.source, self.system) = (source, system)
        context = ChatConversation.Context(names: names, date: date)
        conversation = try ChatConversation(source, context)
        do throws(JinjaFault) {
            let rendering = try Self.rendered(conversation, system, [(Self.mark, false)])
            let pieces = rendering.text.pieces
            let places = pieces.indices.filter { pieces[$0].message != nil }
            guard let place = places.first else { throw JinjaFault(what: "leaves the user's message out") }
            let own = { (range: Range<Int>) in pieces[range].map(\.text.string).joined() }
            (prefix, suffix) = (own(0..<place), own((place + 1)..<pieces.count))
            let spaced = try Self.rendered(conversation, system, [(" \n\(Self.mark)\n ", false)]).text.string
            let isWhole = places.count == 1 && pieces[place].text.string.utf8.elementsEqual(Self.mark.utf8)
            stripsMessage = isWhole && spaced.utf8.elementsEqual(rendering.text.string.utf8)
            isPlain =
                isWhole && !rendering.asksMessages
                && (stripsMessage || spaced.utf8.elementsEqual((prefix + " \n\(Self.mark)\n " + suffix).utf8))
            if let system, !(prefix + suffix).utf8Contains(system) {
                throw JinjaFault(what: "has no place for a system message")
            }
        } catch { throw .chatTemplate(what: error.what) }
    }

    public static func == (a: ChatTemplate, b: ChatTemplate) -> Bool {
        a.source == b.source && a.system == b.system && a.context == b.context
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(source)
        hasher.combine(system)
        hasher.combine(context)
    }

    /// What decides a prompt's tokens.
    var identity: [String] {
        let plain = [prefix, suffix, String(stripsMessage)]
        guard !isPlain else { return plain }
        return plain + ["rendered", source, system ?? ""]
            + context.names.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    }

    /// The whole prompt of a message, in parts.
    /// - Throws: `PromptTemplateError.chatTemplate` where the template refuses the message or leaves it out.
    func parts(
        _ message: [(text: String, isOwn: Bool)]
    ) throws(PromptTemplateError) -> [(text: String, isOwn: Bool)] {
        guard !isPlain else {
            let message = stripsMessage ? Self.stripped(message) : message
            return [(prefix, true)] + message + [(suffix, true)]
        }
        do throws(JinjaFault) {
            let text = try Self.rendered(conversation, system, message).text
            let isBlank = message.allSatisfy {
                $0.isOwn || $0.text.unicodeScalars.allSatisfy(JinjaText.isSpace)
            }
            guard isBlank || !text.isOwn else { throw JinjaFault(what: "leaves the user's message out") }
            return text.pieces.map { ($0.text.string, $0.message == nil) }
        } catch { throw .chatTemplate(what: error.what) }
    }

    private static func rendered(
        _ conversation: ChatConversation, _ system: String?, _ message: [(text: String, isOwn: Bool)]
    ) throws(JinjaFault) -> JinjaInterpreter.Rendering {
        var messages = [(message: ChatMessage(role: "user", content: ""), content: message)]
        if let system {
            messages.insert((ChatMessage(role: "system", content: ""), [(system, true)]), at: 0)
        }
        return try conversation.rendered(messages)
    }

    /// Takes the white space off both ends of a message.
    private static func stripped(_ message: [(text: String, isOwn: Bool)]) -> [(text: String, isOwn: Bool)] {
        var message = message
        for index in message.indices {
            message[index].text = stripped(message[index].text, atEnd: false)
            if !message[index].text.isEmpty { break }
        }
        for index in message.indices.reversed() {
            message[index].text = stripped(message[index].text, atEnd: true)
            if !message[index].text.isEmpty { break }
        }
        return message
    }

    /// Without the white space at one end, as a template strips it.
    static func stripped(_ text: String, atEnd: Bool) -> String {
        JinjaText(text).stripped(left: !atEnd, right: atEnd).string
    }
}

extension String {
    /// By bytes.
    fileprivate func utf8Contains(_ part: String) -> Bool {
        part.isEmpty || !JinjaText(self).places(of: part, limit: 1).isEmpty
    }
}

extension PromptTemplate {
    /// How a recipe asks for the model's chat template.
    public struct Chat: Hashable, Sendable, Codable {
        /// Takes the place of the template's own system message.
        public var system: String?
        /// The day that the template is told (`2026-07-31`); without one it knows none.
        public var date: String?

        public init(system: String? = nil, date: String? = nil) {
            self.system = system
            self.date = date
        }
    }

    /// The template as it is for one model: where it asks for a chat, inside the turns of the model's chat template.
    /// Others are returned as they are.
    /// - Throws: `PromptTemplateError.noChatTemplate`, `.noDefaultChatTemplate`, `.chatTemplate`, `.setting`.
    public func resolved(for tokenizer: Tokenizer) throws(PromptTemplateError) -> PromptTemplate {
        guard let chat else { return self }
        guard let source = tokenizer.chatTemplate else {
            let names = tokenizer.definition.chatTemplateNames
            throw names.isEmpty ? .noChatTemplate : .noDefaultChatTemplate(names: names)
        }
        let date = try chat.date.map { text throws(PromptTemplateError) in
            guard let date = CalendarDate(text) else {
                throw .setting(what: "has a date that is no day, written as 2026-07-31")
            }
            return date
        }
        var resolved = self
        resolved.surroundings = try ChatTemplate(
            source, system: chat.system, names: tokenizer.namedControlTokens, date: date)
        return resolved
    }
}
