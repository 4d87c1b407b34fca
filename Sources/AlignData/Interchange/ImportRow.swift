/// One row of an imported file, as far as it can be trusted.
struct ImportRow {
    struct Completion {
        var text: String
        var reward: Double
        /// As the row states it; a text that was given where it does not.
        var finishReason: FinishReason
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
    var prompt: String
    var split: Split?
    /// Chosen and rejected, or all that the row lists.
    var completions: [Completion] = []
    /// Completions of a scored row that cannot be taken.
    var faults: [Fault] = []

    /// - Throws: `Fault` when nothing of the row can be used.
    init(_ value: JSONValue, _ configuration: ImportConfiguration, promptField: String) throws(Fault) {
        let row = Members(value)
        fields = row.texts
        prompt = try row.text(promptField)
        if prompt.allSatisfy(\.isWhitespace) { throw Fault(Self.emptyPrompt, "the prompt is empty") }
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
            completions.append(
                try completion(
                    try row.text(name), reward: reward, finishReason: row.texts["finish_reason_" + name]))
        }
        if completions[0].text == completions[1].text {
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
        var reasons: [JSONValue]?
        if row["finish_reasons"] != nil { reasons = try row.list("finish_reasons") }
        if let reasons, reasons.count != texts.count {
            throw Fault(unusableField, "the row has not a finish reason for each completion")
        }
        var completions: [Completion] = []
        var faults: [Fault] = []
        for index in texts.indices {
            do throws(Fault) {
                guard case .string(let text) = texts[index] else {
                    throw Members.fault(texts[index], "completions")
                }
                completions.append(
                    try completion(
                        text, reward: try score(scores[index]), finishReason: reasons?[index].scalarText))
            } catch {
                faults.append(error)
            }
        }
        return (completions, faults)
    }

    private static func completion(
        _ text: String, reward: Double, finishReason: String?
    ) throws(Fault) -> Completion {
        if text.allSatisfy(\.isWhitespace) { throw Fault(emptyCompletion, "a completion is empty") }
        var reason = FinishReason.given
        if let finishReason {
            guard let known = FinishReason(rawValue: finishReason) else {
                throw Fault(unusableField, "a finish reason is none of eos, length and given")
            }
            reason = known
        }
        return Completion(text: text, reward: reward, finishReason: reason)
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
    static func fault(_ value: JSONValue, _ name: String) -> ImportRow.Fault {
        if case .array(let elements) = value,
            elements.contains(where: { if case .object = $0 { true } else { false } })
        {
            return conversational(name)
        }
        return ImportRow.Fault(ImportRow.unusableField, "\(name) is not a text")
    }

    private static func conversational(_ name: String) -> ImportRow.Fault {
        ImportRow.Fault(
            ImportRow.conversational,
            "\(name) is a list of messages; render it with the model's chat template first")
    }
}
