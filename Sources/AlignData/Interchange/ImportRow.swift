/// One row of an imported file, as far as it can be trusted.
struct ImportRow {
    struct Completion {
        var text: String
        var reward: Double
        /// As the row states it; a text that was given where it does not.
        var finishReason: FinishReason
        /// The token that ended it, as an export states it.
        var end: TokenID?
        /// The assistant's message that it was, where that says more than a role and a content.
        var message: ChatMessage?

        /// Texts are compared by their bytes.
        func isSame(as other: Completion) -> Bool {
            text.utf8.elementsEqual(other.text.utf8) && finishReason == other.finishReason && end == other.end
        }
    }

    /// How a completion ended, as far as a row says it.
    private struct Ending {
        var reason: String?
        var token: JSONValue?
    }

    /// Why a row, or one of its completions, is not taken.
    struct Fault: Error, Hashable {
        var reason: String
        var detail: String

        init(_ reason: String, _ detail: String) {
            self.reason = reason
            self.detail = detail
        }
    }

    static let conversational = "conversational"
    static let missingField = "missing-field"
    static let unusableField = "unusable-field"
    static let missingScore = "missing-score"
    static let unusableScore = "unusable-score"
    static let contradictedPreference = "contradicted-preference"
    static let emptyCompletion = "empty-completion"
    static let emptyPrompt = "empty-prompt"
    static let identicalCompletions = "identical-completions"
    static let unknownSplit = "unknown-split"

    /// All texts of the row by their name, for a recipe's template.
    var fields: [String: String]
    /// The names of texts that hold half of a surrogate pair.
    var broken: Set<String>
    /// As it stands, or the messages of a conversation with their roles.
    var prompt: String
    /// Of a conversational row; its completions are the assistant's next message each.
    var messages: [ChatMessage]?
    var split: Split?
    /// The row's own id, where it has one.
    var sourceID: String? { fields[ExportRow.ExtraColumns.sourceID] ?? fields["id"] }
    /// Chosen and rejected, or all that the row lists.
    var completions: [Completion] = []
    /// Completions of a scored row that cannot be taken.
    var faults: [Fault] = []

    /// - Throws: `Fault` when nothing of the row can be used.
    /// The texts of the row that nothing else reads, or those of some names.
    func extra(named names: Set<String>?) -> [String: String] {
        fields.filter { name, _ in names?.contains(name) ?? !FieldMapping.reservedNames.contains(name) }
    }

    init(_ value: JSONValue, _ configuration: ImportConfiguration, promptField: String) throws(Fault) {
        var row = Members(value)
        fields = row.texts
        broken = row.brokenTexts
        if promptField == "prompt", row.isConversational {
            let messages = try row.takePromptMessages()
            if messages.allSatisfy({ $0.content.allSatisfy(\.isWhitespace) }) {
                throw Fault(Self.emptyPrompt, "the prompt is empty")
            }
            prompt = messages.map { "\($0.role): \($0.content)" }.joined(separator: "\n\n")
            self.messages = messages
        } else {
            prompt = try row.text(promptField)
            if prompt.allSatisfy(\.isWhitespace) { throw Fault(Self.emptyPrompt, "the prompt is empty") }
        }
        if let name = row.texts["split"] {
            guard let known = Split(published: name) else {
                throw Fault(
                    Self.unknownSplit,
                    "the split is none of train, validation, test and their usual other names")
            }
            split = known
        }
        switch configuration.format {
        case .trlPreference: completions = try Self.preference(row, configuration.preferenceRewards)
        case .trlScored: (completions, faults) = try Self.scored(row)
        case .trlCompletion: completions = try Self.unscored(row)
        }
    }

    private static func preference(
        _ row: Members, _ rewards: PreferenceRewards?
    ) throws(Fault) -> [Completion] {
        let scores: (chosen: Double, rejected: Double)
        switch (row["score_chosen"], row["score_rejected"]) {
        case (nil, nil):
            guard let rewards else {
                throw Fault(missingScore, "the row has no scores, and no rewards for preferences were given")
            }
            scores = (rewards.chosen, rewards.rejected)
        case (let chosen, let rejected): scores = (try score(chosen), try score(rejected))
        }
        guard scores.chosen >= scores.rejected else {
            throw Fault(contradictedPreference, "the rejected completion has the higher score")
        }
        let pair = [("chosen", scores.chosen), ("rejected", scores.rejected)]
        var completions: [Completion] = []
        for (name, reward) in pair {
            let ending = Ending(reason: row.texts["finish_reason_" + name], token: row["end_token_" + name])
            completions.append(try completion(try row.completion(name), reward: reward, ending))
        }
        if completions[0].isSame(as: completions[1]) {
            throw Fault(identicalCompletions, "chosen and rejected are the same text")
        }
        return completions
    }

    private static func scored(_ row: Members) throws(Fault) -> ([Completion], [Fault]) {
        let texts = try row.list("completions")
        let scores = try row.list("scores")
        guard texts.count == scores.count else {
            throw Fault(
                missingScore, "the row has \(texts.count) completions, but \(scores.count) scores")
        }
        let endings = try endings(row, count: texts.count)
        var completions: [Completion] = []
        var faults: [Fault] = []
        for index in texts.indices {
            do throws(Fault) {
                completions.append(
                    try completion(
                        try row.completion(texts[index], "completions"), reward: try score(scores[index]),
                        endings[index]))
            } catch {
                faults.append(error)
            }
        }
        return (completions, faults)
    }

    /// What the row states of the ends of its completions.
    private static func endings(_ row: Members, count: Int) throws(Fault) -> [Ending] {
        var endings = [Ending](repeating: Ending(), count: count)
        if row["finish_reasons"] != nil {
            let reasons = try row.list("finish_reasons").compactMap(\.scalarText)
            guard reasons.count == count else {
                throw Fault(unusableField, "the row has not a finish reason for each completion")
            }
            for index in endings.indices { endings[index].reason = reasons[index] }
        }
        if row["end_tokens"] != nil {
            let tokens = try row.list("end_tokens")
            guard tokens.count == count else {
                throw Fault(unusableField, "the row has not an end token for each completion")
            }
            for index in endings.indices where tokens[index] != .null { endings[index].token = tokens[index] }
        }
        return endings
    }

    /// One completion or several, whose reward is still to be given.
    private static func unscored(_ row: Members) throws(Fault) -> [Completion] {
        if row["completions"] == nil {
            let ending = Ending(reason: row.texts["finish_reason"], token: row["end_token"])
            return [try completion(try row.completion("completion"), reward: 0, ending)]
        }
        var completions: [Completion] = []
        let values = try row.list("completions")
        let endings = try endings(row, count: values.count)
        for (index, value) in values.enumerated() {
            let answer = try row.completion(value, "completions")
            completions.append(try completion(answer, reward: 0, endings[index]))
        }
        if completions.isEmpty { throw Fault(missingField, "the row has no completions") }
        return completions
    }

    /// - Throws: `Fault`, also for a text of nothing or white space alone, unless the row says why it ended: a model
    ///   may end at once.
    private static func completion(
        _ answer: Members.Answer, reward: Double, _ ending: Ending
    ) throws(Fault) -> Completion {
        if ending.reason == nil, answer.text.allSatisfy(\.isWhitespace) {
            throw Fault(emptyCompletion, "a completion is empty")
        }
        var completion = Completion(
            text: answer.text, reward: reward, finishReason: .given, message: answer.message)
        if let reason = ending.reason {
            guard let known = FinishReason(rawValue: reason) else {
                throw Fault(unusableField, "a finish reason is none of eos, length and given")
            }
            completion.finishReason = known
        }
        if let token = ending.token {
            guard let id = token.int.flatMap(TokenID.init(exactly:)) else {
                throw Fault(unusableField, "an end token is not a token's id")
            }
            completion.end = id
        }
        return completion
    }

    private static func score(_ value: JSONValue?) throws(Fault) -> Double {
        guard let value, value != .null else { throw Fault(missingScore, "a completion has no score") }
        guard case .number(let text) = value, let score = Double(text), score.isFinite else {
            throw Fault(unusableScore, "a score is not a finite number")
        }
        return score
    }
}

/// The members of a row by their name. Of duplicate names the last counts, and null is as good as absent.
private struct Members {
    private var values: [String: JSONValue] = [:]

    init(_ value: JSONValue) {
        guard case .object(let members) = value else { return }
        for member in members { values[member.key] = member.value == .null ? nil : member.value }
    }

    subscript(name: String) -> JSONValue? { values[name] }

    var texts: [String: String] { values.compactMapValues(\.scalarText) }

    var brokenTexts: Set<String> {
        Set(values.filter { if case .brokenString = $0.value { true } else { false } }.keys)
    }

    func text(_ name: String) throws(ImportRow.Fault) -> String {
        guard let value = values[name] else {
            if values["messages"] != nil { throw Self.conversational("messages") }
            throw ImportRow.Fault(ImportRow.missingField, "the row has no \(name)")
        }
        guard case .string(let text) = value else { throw Self.fault(value, name) }
        return text
    }

    func list(_ name: String) throws(ImportRow.Fault) -> [JSONValue] {
        guard let value = values[name] else {
            throw ImportRow.Fault(ImportRow.missingField, "the row has no \(name)")
        }
        guard case .array(let elements) = value else {
            throw ImportRow.Fault(ImportRow.unusableField, "\(name) is not a list")
        }
        return elements
    }

    /// What is wrong with a value that should be a text.
    private static func fault(_ value: JSONValue, _ name: String) -> ImportRow.Fault {
        if case .brokenString = value {
            return ImportRow.Fault(JSONLine.loneSurrogate, "\(name) \(JSONLine.holdsLoneSurrogate)")
        }
        return isMessages(value)
            ? conversational(name) : ImportRow.Fault(ImportRow.unusableField, "\(name) is not a text")
    }

    private static func conversational(_ name: String) -> ImportRow.Fault {
        ImportRow.Fault(
            ImportRow.conversational,
            "\(name) is a list of messages where a text belongs: messages are taken as prompt and completions of a row, "
                + "all of them, without a recipe")
    }

    // MARK: - Conversations

    private static func isMessages(_ value: JSONValue?) -> Bool {
        guard case .array(let elements)? = value else { return false }
        return elements.contains { if case .object = $0 { true } else { false } }
    }

    /// Whether the prompt is a list of messages, or, where there is none, chosen and rejected are: then they begin with
    /// it.
    var isConversational: Bool {
        Self.isMessages(values["prompt"])
            || values["prompt"] == nil && Self.isMessages(values["chosen"])
                && Self.isMessages(values["rejected"])
    }

    /// The messages of the prompt. Where chosen and rejected begin with them, these lose them.
    mutating func takePromptMessages() throws(ImportRow.Fault) -> [ChatMessage] {
        for name in ["tools", "chat_template_kwargs"] where values[name] != nil {
            throw ImportRow.Fault(
                ImportRow.conversational, "the row has \(name), which would change its prompt")
        }
        var messages: [ChatMessage]
        if let prompt = values["prompt"] {
            messages = try Self.messages(prompt, "prompt")
        } else {
            let chosen = try Self.messages(values["chosen"] ?? .null, "chosen")
            let rejected = try Self.messages(values["rejected"] ?? .null, "rejected")
            messages = zip(chosen.dropLast(), rejected.dropLast()).prefix { $0 == $1 }.map(\.0)
            for name in ["chosen", "rejected"] {
                guard case .array(let elements)? = values[name] else { continue }
                values[name] = .array(Array(elements.dropFirst(messages.count)))
            }
        }
        guard let last = messages.last else {
            throw ImportRow.Fault(ImportRow.emptyPrompt, "the prompt has no message")
        }
        guard last.role != "assistant" else {
            throw ImportRow.Fault(
                ImportRow.conversational,
                "the prompt ends with a message of the assistant, which was to answer it")
        }
        return messages
    }

    /// What a message may have beside its role and its content that is a part of what was said: a prompt without it
    /// would not be what the model saw.
    private static let spoken: Set = [
        "tool_calls", "function_call", "tool_call_id", "tool_responses", "name", "reasoning_content",
        "reasoning",
        "thinking", "thinking_blocks", "refusal", "audio", "images", "image", "videos", "tools", "documents",
    ]

    private static func messages(
        _ value: JSONValue, _ name: String
    ) throws(ImportRow.Fault) -> [ChatMessage] {
        guard case .array(let elements) = value else {
            throw ImportRow.Fault(ImportRow.unusableField, "\(name) is not a list of messages")
        }
        var messages: [ChatMessage] = []
        for element in elements {
            let others = (element.members ?? []).filter {
                $0.key != "role" && $0.key != "content" && $0.value != .null
            }
            if let said = others.first(where: { spoken.contains($0.key) && !isEmpty($0.value) }) {
                throw ImportRow.Fault(
                    ImportRow.conversational, "a message of \(name) has \(said.key), which would be lost")
            }
            if case .array(let parts)? = element["content"] {
                let isText = parts.allSatisfy { $0["text"]?.string != nil || $0.string != nil }
                throw ImportRow.Fault(
                    ImportRow.conversational,
                    "the content of a message of \(name) is a list of parts"
                        + (isText ? "" : " that are not all text") + ", where one text is taken")
            }
            if case .brokenString? = element["content"] {
                throw ImportRow.Fault(
                    JSONLine.loneSurrogate, "a message of \(name) \(JSONLine.holdsLoneSurrogate)")
            }
            guard let role = element["role"]?.string, let content = element["content"]?.string else {
                throw ImportRow.Fault(
                    ImportRow.unusableField, "a message of \(name) is not a role and a content that is a text"
                )
            }
            messages.append(ChatMessage(role: role, content: content, others: others))
        }
        return messages
    }

    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        case .string(let text): text.isEmpty
        case .null: true
        case .bool, .number, .brokenString: false
        }
    }

    // MARK: - Completions

    /// A completion's text, and the message that it was.
    struct Answer {
        var text: String
        var message: ChatMessage?
    }

    func completion(_ name: String) throws(ImportRow.Fault) -> Answer {
        guard let value = values[name] else {
            throw ImportRow.Fault(ImportRow.missingField, "the row has no \(name)")
        }
        return try completion(value, name)
    }

    /// A text, or, after messages, the assistant's one message.
    func completion(_ value: JSONValue, _ name: String) throws(ImportRow.Fault) -> Answer {
        guard isConversational else {
            guard case .string(let text) = value else { throw Self.fault(value, name) }
            return Answer(text: text)
        }
        let messages = try Self.messages(value, name)
        guard messages.count == 1, messages[0].role == "assistant" else {
            throw ImportRow.Fault(
                ImportRow.conversational, "\(name) is not one message of the assistant after the prompt's")
        }
        return Answer(text: messages[0].content, message: messages[0].others.isEmpty ? nil : messages[0])
    }
}
