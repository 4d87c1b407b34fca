/// A prompt and the completions of it that want a reward, as text and as tokens.
public struct RewardQuestions: Sendable {
    /// What is known of a completion before it is scored.
    public struct Completion: Sendable {
        public var id: RecordID
        /// The decoded tokens, without end-of-sequence.
        public var text: String
        /// With its end-of-sequence when it ended by itself.
        public var tokens: [TokenID]
        public var finishReason: FinishReason

        public init(id: RecordID, text: String, tokens: [TokenID], finishReason: FinishReason) {
            self.id = id
            self.text = text
            self.tokens = tokens
            self.finishReason = finishReason
        }
    }

    public var prompt: Prompt
    public var completions: [Completion]

    public init(prompt: Prompt, completions: [Completion]) {
        self.prompt = prompt
        self.completions = completions
    }

    /// For scorers that read tokens.
    public var tokens: TokenGroup {
        TokenGroup(prompt: prompt.tokens, completions: completions.map(\.tokens))
    }
}
