/// The rows of imported files, joined by their prompt, held in memory: rows of a prompt may stand anywhere.
final class ImportedGroups {
    struct Completion {
        var text: String
        var tokens: [TokenID]
        var finishReason: FinishReason
        var reward: Double
    }

    struct Group {
        var prompt: Prompt
        var completions: [Completion] = []
        /// As the preferences list them; empty of scored rows.
        var pairs: Set<CompletionPair> = []
    }

    static let stage = "import"
    static let promptTooLong = "prompt-too-long"
    static let completionTooLong = "completion-too-long"
    static let conflictingReward = "conflicting-reward"
    static let conflictingSplit = "conflicting-split"
    /// Filtered: another row of the prompt has the completion with the same reward.
    static let repeatedCompletions = "repeated-completions"
    /// Filtered: the row's completions joined those of an earlier row with the same prompt.
    static let joinedRows = "joined-rows"
    /// Noted: the recipe's rule cut something from the prompt.
    static let truncatedPrompts = "truncated-prompts"
    /// Noted: a prompt holds the name of a control token, which was taken as plain text.
    static let controlTokenNames = "control-token-names"

    /// Noted: rows of one prompt that have another own id or other extra fields than its first row, whose are kept.
    static let differingFields = "differing-fields"
    /// Noted: prompts that were lists of messages, rendered by the model's chat template.
    static let conversations = "conversations"

    private(set) var groups: [Group] = []
    private(set) var rejections: [Rejection] = []
    /// What has been rejected and joined so far. With the records of the groups it makes up all that was
    /// read; a record is a completion (or a row that is rejected whole), of unscored completions a row.
    private(set) var counts = StageCounts()

    private let configuration: ImportConfiguration
    private let template: PromptTemplate?
    private let extraNames: Set<String>?
    private let tokenizer: Tokenizer
    private let contextLength: Int
    /// Nil where the model has none.
    private let conversation: Result<ChatConversation, PromptTemplateError>?
    private var places: [RecordID: Int] = [:]

    /// - Parameters:
    ///   - template: makes a prompt of a row's fields; without one the row's prompt is taken as it stands.
    ///   - extraNames: the texts of a row that go with its prompt; all that nothing else reads when nil.
    ///   - contextLength: prompt and completion together may have so many tokens.
    init(
        configuration: ImportConfiguration, template: PromptTemplate?, extraNames: Set<String>? = nil,
        tokenizer: Tokenizer, contextLength: Int
    ) {
        self.configuration = configuration
        self.template = template
        self.extraNames = extraNames
        self.tokenizer = tokenizer
        self.contextLength = contextLength
        conversation = tokenizer.chatTemplate.map { source in
            Result { () throws(PromptTemplateError) in
                try ChatConversation(
                    source,
                    ChatConversation.Context(
                        names: tokenizer.namedControlTokens,
                        date: configuration.date.flatMap(CalendarDate.init)))
            }
        }
    }

    func take(_ line: JSONLine) {
        switch line {
        case .blank: return
        case .rejection(var rejection):
            rejection.stage = Self.stage
            reject(rejection)
        case .object(let value, let provenance, let excerpt):
            func reject(_ fault: ImportRow.Fault) {
                self.reject(
                    Rejection(
                        stage: Self.stage, reason: fault.reason, detail: fault.detail, provenance: provenance,
                        excerpt: excerpt()))
            }
            do throws(ImportRow.Fault) {
                let field = template == nil ? "prompt" : "document"
                let row = try ImportRow(value, configuration, promptField: field)
                let prompt = try self.prompt(of: row, at: provenance)
                for fault in row.faults + (try join(row, prompt)) { reject(fault) }
            } catch {
                reject(error)
            }
        }
    }

    /// What stands for the rest of a file, whatever that would have held.
    func takeForTheRest(_ rejection: Rejection) {
        counts.noted[SourceNote.notReadToEnd, default: 0] += 1
        take(.rejection(rejection))
    }

    private func reject(_ rejection: Rejection) {
        counts.recordsIn += 1
        counts.rejected[rejection.reason, default: 0] += 1
        rejections.append(rejection)
    }

    // MARK: - Prompts

    private func prompt(of row: ImportRow, at provenance: Provenance) throws(ImportRow.Fault) -> Prompt {
        let documentID = RecordID(kind: "document", [row.prompt])
        let rendered = try self.rendered(row)
        guard !rendered.tokens.isEmpty else {
            throw ImportRow.Fault(ImportRow.emptyPrompt, "the prompt has no tokens")
        }
        let plain = configuration.controlTokens ? "control tokens" : "plain text"
        let form = row.messages == nil ? template?.hash ?? plain : "conversation"
        return Prompt(
            id: RecordID(kind: "prompt", [documentID.hex, form, rendered.text]), documentID: documentID,
            split: configuration.split ?? row.split
                ?? configuration.splits.split(of: documentID, seed: configuration.seed),
            text: rendered.text, tokens: rendered.tokens, truncatedCharacters: rendered.truncatedCharacters,
            sourceID: row.sourceID, extra: row.extra(named: extraNames), provenance: provenance)
    }

    private func rendered(_ messages: [ChatMessage]) throws(ImportRow.Fault) -> RenderedPrompt {
        guard let conversation else {
            throw ImportRow.Fault(
                ImportRow.conversational,
                "the prompt is a list of messages, and the model has no chat template")
        }
        let found: String?
        do throws(PromptTemplateError) {
            found = try conversation.get().influence(in: messages)
        } catch { throw ImportRow.Fault(ImportRow.conversational, error.summary) }
        try Self.check(influence: found)
        do throws(PromptTemplateError) {
            return RenderedPrompt(try conversation.get().parts(messages), tokenizer: tokenizer)
        } catch {
            throw ImportRow.Fault(ImportRow.conversational, error.summary)
        }
    }

    /// - Parameter influence: what a message has beside role and content and the chat template makes something of.
    private static func check(influence: String?) throws(ImportRow.Fault) {
        guard let influence else { return }
        throw ImportRow.Fault(
            ImportRow.conversational,
            "a message has \(influence), which changes what the chat template makes of it")
    }

    private func rendered(_ row: ImportRow) throws(ImportRow.Fault) -> RenderedPrompt {
        if let messages = row.messages { return try rendered(messages) }
        guard let template else {
            var tokens = tokenizer.encode(row.prompt, parsingSpecialTokens: configuration.controlTokens)
            if tokenizer.addsBeginningOfSequence, let begin = tokenizer.beginningOfSequence,
                tokens.first != begin
            {
                tokens.insert(begin, at: 0)
            }
            return RenderedPrompt(text: row.prompt, tokens: tokens, truncatedCharacters: 0)
        }
        if let name = template.fieldNames.first(where: row.broken.contains) {
            throw ImportRow.Fault(JSONLine.loneSurrogate, "\(name) \(JSONLine.holdsLoneSurrogate)")
        }
        do {
            var fields = row.fields
            fields["title"] = fields["title"] ?? ""
            return try template.render(fields: fields, tokenizer: tokenizer)
        } catch let error as PromptTemplateError {
            if case .missingField = error { throw ImportRow.Fault(ImportRow.missingField, error.summary) }
            throw ImportRow.Fault(Self.promptTooLong, error.summary)
        } catch {
            throw ImportRow.Fault(ImportRow.unusableField, "the prompt cannot be rendered")
        }
    }

    // MARK: - Completions

    /// Adds a row to the group of its prompt, or nothing of it. Returns what is wrong with single completions
    /// of a scored row.
    private func join(_ row: ImportRow, _ prompt: Prompt) throws(ImportRow.Fault) -> [ImportRow.Fault] {
        let place = places[prompt.id]
        var group = place.map { groups[$0] } ?? Group(prompt: prompt)
        guard group.prompt.split == prompt.split else {
            throw ImportRow.Fault(
                Self.conflictingSplit, "an earlier row puts the same prompt into another split")
        }
        if (group.prompt.sourceID, group.prompt.extra) != (prompt.sourceID, prompt.extra) {
            counts.noted[Self.differingFields, default: 0] += 1
        }
        var faults: [ImportRow.Fault] = []
        var repeated = 0
        var members: [Int] = []
        for completion in row.completions {
            do throws(ImportRow.Fault) {
                if let message = completion.message, let messages = row.messages,
                    case .success(let conversation)? = conversation
                {
                    try Self.check(influence: conversation.influence(in: messages + [message]))
                }
                let (member, isNew) = try add(completion, to: &group)
                members.append(member)
                if !isNew { repeated += 1 }
            } catch {
                // Of a preference nothing is left when half of it cannot be taken; an unscored row is one
                // record.
                if configuration.format != .trlScored { throw error }
                faults.append(error)
            }
        }
        if configuration.format == .trlPreference {
            guard members[0] != members[1] else {
                throw ImportRow.Fault(
                    ImportRow.identicalCompletions, "chosen and rejected have the same tokens")
            }
            group.pairs.insert(CompletionPair(members[0], members[1]))
        }
        if configuration.format == .trlCompletion {
            if repeated > 0 { counts.noted[Self.repeatedCompletions, default: 0] += repeated }
            if place != nil { leaveOut(1, Self.joinedRows) }
        } else {
            leaveOut(repeated, Self.repeatedCompletions)
        }
        if let place {
            groups[place] = group
        } else {
            if row.messages != nil {
                counts.noted[Self.conversations, default: 0] += 1
            } else if !configuration.controlTokens, template == nil, namesControlToken(row.prompt) {
                counts.noted[Self.controlTokenNames, default: 0] += 1
            }
            places[prompt.id] = groups.count
            groups.append(group)
            if prompt.truncatedCharacters > 0 { counts.noted[Self.truncatedPrompts, default: 0] += 1 }
        }
        return faults
    }

    private func leaveOut(_ count: Int, _ reason: String) {
        guard count > 0 else { return }
        counts.recordsIn += count
        counts.filtered[reason, default: 0] += count
    }

    private func namesControlToken(_ text: String) -> Bool {
        tokenizer.encode(text, parsingSpecialTokens: true).contains(where: tokenizer.isSpecial)
    }

    /// The token that ended it, where this tokenizer ends sequences with it; otherwise the tokenizer's first.
    private func end(of completion: ImportRow.Completion) -> TokenID? {
        if let end = completion.end, tokenizer.endsOfSequence.contains(end) { return end }
        return tokenizer.endOfSequence
    }

    /// The index of a completion in the group, and whether it was added.
    private func add(
        _ completion: ImportRow.Completion, to group: inout Group
    ) throws(ImportRow.Fault) -> (index: Int, isNew: Bool) {
        var tokens = tokenizer.encode(
            (template?.completionPrefix ?? "") + completion.text, at: .continuation)
        // A text of which nothing is left is lost, whatever ends it.
        let isLost = tokens.isEmpty && !completion.text.isEmpty
        if completion.finishReason != .length, let end = end(of: completion),
            tokenizer.isSpecial(end) || tokens.last != end
        {
            tokens.append(end)
        }
        guard !isLost, !tokens.isEmpty else {
            throw ImportRow.Fault(ImportRow.emptyCompletion, "the completion has no tokens")
        }
        let length = group.prompt.tokens.count + tokens.count
        guard length <= contextLength else {
            throw ImportRow.Fault(
                Self.completionTooLong,
                "prompt and completion have \(length) tokens, the policy's context is \(contextLength)")
        }
        if let index = group.completions.firstIndex(where: { $0.tokens == tokens }) {
            guard group.completions[index].reward == completion.reward else {
                throw ImportRow.Fault(
                    Self.conflictingReward, "the same completion of the same prompt has two different rewards"
                )
            }
            return (index, false)
        }
        group.completions.append(
            Completion(
                text: (template?.completionPrefix ?? "") + completion.text, tokens: tokens,
                finishReason: completion.finishReason, reward: completion.reward))
        return (group.completions.count - 1, true)
    }
}
