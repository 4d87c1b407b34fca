/// Text from ids as they come, one after the other.
///
/// What `append` and, at the end, `finish` return is together exactly what `Tokenizer.decode` makes of all the ids:
/// a character whose bytes are spread over several tokens waits until it is whole.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    /// The beginning of a character that is not whole: at most 3 bytes.
    private var pending: [UInt8] = []

    public init(_ tokenizer: Tokenizer, skippingSpecialTokens: Bool = true) {
        self.tokenizer = tokenizer
        skipsSpecialTokens = skippingSpecialTokens
    }

    /// The text that is certain now, often that of `id` alone, and empty where a character is not yet whole.
    public mutating func append(_ id: TokenID) -> String {
        if skipsSpecialTokens && tokenizer.isSpecial(id) { return "" }
        pending += tokenizer.decoder.bytes(of: id)
        let kept = UTF8Validation.unfinishedTail(pending)
        let text = String(decoding: pending.dropLast(kept), as: UTF8.self)
        pending.removeFirst(pending.count - kept)
        return text
    }

    /// What is left: U+FFFD for a character that never became whole.
    public mutating func finish() -> String {
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }
}
