/// How completions are drawn. The defaults live here and nowhere else.
public struct SamplingConfiguration: Hashable, Sendable, Codable {
    /// Completions a prompt, K.
    public var candidates: Int = 4
    /// Logits are divided by it; 0 takes the most probable token.
    public var temperature: Double = 1.0
    /// Keep the smallest set of tokens whose probability reaches this; 1 keeps all.
    public var topP: Double = 1.0
    /// Keep this many most probable tokens; 0 keeps all.
    public var topK: Int = 0
    /// At most so many tokens a completion, end-of-sequence included.
    public var maxTokens: Int = 64
    public var seed: UInt64 = 0

    public init() {}
}
