/// A prompt and some completions of it, as token ids: what a shared-prefix pass computes.
public struct TokenGroup: Sendable {
    public var prompt: [TokenID]
    /// Each with its end-of-sequence when it ended by itself.
    public var completions: [[TokenID]]

    public init(prompt: [TokenID], completions: [[TokenID]]) {
        self.prompt = prompt
        self.completions = completions
    }
}
