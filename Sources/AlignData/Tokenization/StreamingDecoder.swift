/// Text from ids as they come, one after the other.
///
/// What `append` and, at the end, `finish` return is together exactly what `Tokenizer.decode` makes of all
/// the ids: a character whose bytes are spread over several tokens waits until it is whole.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    private var stream = TokenDecoder.Stream()

    public init(_ tokenizer: Tokenizer, skippingSpecialTokens: Bool = true) {
        self.tokenizer = tokenizer
        skipsSpecialTokens = skippingSpecialTokens
    }

    /// The text that is certain now, often that of `id` alone, and empty where a character is not yet whole.
    public mutating func append(_ id: TokenID) -> String {
        if skipsSpecialTokens && tokenizer.isSpecial(id) { return "" }
        return stream.append(id, tokenizer.decoder)
    }

    /// What is left: U+FFFD for a character that never became whole.
    public mutating func finish() -> String { stream.finish(tokenizer.decoder) }
}
