/// What a program that scores is asked: one JSON object a line, with sorted keys.
struct ProgramQuestion: Encodable {
    /// Without end-of-sequence.
    var completion: String
    var documentID: String
    /// Fields of the record that the recipe carries along; nil where there are none.
    var fields: [String: String]?
    /// `eos`, `length` or `given`.
    var finishReason: String
    /// Of the completion.
    var id: String
    /// As it was rendered, with the names of its control tokens.
    var prompt: String
    var promptID: String
    var references: [String]
    /// The record's own id, where the corpus has one.
    var sourceID: String?

    enum CodingKeys: String, CodingKey {
        case completion, fields, id, prompt, references
        case documentID = "document_id"
        case finishReason = "finish_reason"
        case promptID = "prompt_id"
        case sourceID = "source_id"
    }

    init(_ completion: RewardQuestions.Completion, of prompt: Prompt) {
        self.completion = completion.text
        documentID = prompt.documentID.hex
        fields = prompt.extra.isEmpty ? nil : prompt.extra
        finishReason = completion.finishReason.rawValue
        id = completion.id.hex
        self.prompt = prompt.text
        promptID = prompt.id.hex
        references = prompt.references.map(\.text)
        sourceID = prompt.sourceID
    }
}
