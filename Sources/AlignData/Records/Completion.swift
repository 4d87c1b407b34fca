/// Why a completion ended.
public enum FinishReason: String, Hashable, Sendable, Codable {
    /// The policy emitted end-of-sequence, which is the last of the completion's tokens.
    case endOfSequence = "eos"
    /// The token budget was spent; the tokens do not end with end-of-sequence.
    case length
    /// It was not drawn but given: a reference summary, or another system's text. End-of-sequence, where the
    /// tokenizer has one, is the last of its tokens, for it is whole.
    case given
}

/// One completion of a prompt, with the log-probabilities it was given when it was written.
public struct Completion: Hashable, Sendable {
    public var id: RecordID
    public var promptID: RecordID
    /// The decoded tokens, without end-of-sequence.
    public var text: String
    /// The very ids that were sampled, end-of-sequence included when the completion ended by itself. Of a
    /// given text: its ids, tokenized apart from the prompt, and end-of-sequence once.
    public var tokens: [TokenID]
    public var finishReason: FinishReason
    /// The hash of the model that wrote it. Of given texts: `reference`, `import`, `corpus`, or `corpus:` and the name
    /// that the corpus has for the writer.
    public var policyID: String
    /// 0 ..< K within its prompt; given texts come after those that were drawn.
    public var rolloutIndex: Int
    /// Sum of ln π(token) at temperature 1 and without truncation, as seen while sampling (nats). Of a given
    /// text: ln π(completion | prompt) under the policy that the others were drawn from.
    public var logProbability: Double
    /// Sum of ln of the probability each token was actually drawn with (temperature, top-k, top-p; nats). Of
    /// a given text, which was not drawn: `logProbability`.
    public var sampledLogProbability: Double
    /// ln π_ref(completion | prompt) by the shared-prefix forward that training uses (nats).
    public var referenceLogProbability: Double

    public init(
        id: RecordID, promptID: RecordID, text: String, tokens: [TokenID], finishReason: FinishReason,
        policyID: String, rolloutIndex: Int, logProbability: Double, sampledLogProbability: Double,
        referenceLogProbability: Double
    ) {
        self.id = id
        self.promptID = promptID
        self.text = text
        self.tokens = tokens
        self.finishReason = finishReason
        self.policyID = policyID
        self.rolloutIndex = rolloutIndex
        self.logProbability = logProbability
        self.sampledLogProbability = sampledLogProbability
        self.referenceLogProbability = referenceLogProbability
    }
}

extension RecordID {
    /// The id of a completion that a policy wrote, or that was given to it.
    /// - Parameters:
    ///   - writer: `Completion.policyID`.
    ///   - seed: that it was drawn with; nil of a given text.
    package static func completion(
        of prompt: RecordID, writer: String, seed: UInt64?, rollout: Int, tokens: [TokenID]
    ) -> RecordID {
        RecordID(
            kind: "completion",
            [prompt.hex, writer, seed.map(String.init) ?? "", String(rollout)] + tokens.map { String($0) })
    }
}

/// A sequence-level score of a completion by one scorer. A completion may have many.
public struct Reward: Hashable, Sendable {
    public var completionID: RecordID
    public var promptID: RecordID
    /// The hash of the reward model, or the name of the program that scored.
    public var scorerID: String
    public var value: Double

    public init(completionID: RecordID, promptID: RecordID, scorerID: String, value: Double) {
        self.completionID = completionID
        self.promptID = promptID
        self.scorerID = scorerID
        self.value = value
    }
}
