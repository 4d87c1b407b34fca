/// What a tokenizer is, free of the file it came from: the canonical content that its hash covers.
struct TokenizerDefinition: Sendable {
    /// By id, in the vocabulary's own writing (byte alphabet).
    var pieces: [String]
    /// By rank.
    var merges: [(left: TokenID, right: TokenID, merged: TokenID)]
    var addedTokens: [AddedTokens.Token]
    var normalizer: Normalizer
    var preTokenizer: PreTokenizer
    var beginningOfSequence: TokenID?
    var endOfSequence: TokenID?
    var addsBeginningOfSequence: Bool
    /// Not part of the hash: it does not change how text becomes ids.
    var padding: TokenID?
    var chatTemplate: String?

    /// SHA-256, lowercase hexadecimal.
    var hash: String {
        var hash = ContentHash()
        hash.add("align-data tokenizer 1")
        hash.add(normalizer.rawValue)
        hash.add(preTokenizer.rawValue)
        hash.add(pieces.count)
        for piece in pieces { hash.add(piece) }
        hash.add(merges.count)
        for merge in merges {
            hash.add(Int(merge.left))
            hash.add(Int(merge.right))
        }
        hash.add(addedTokens.count)
        for token in addedTokens.sorted(by: { $0.id < $1.id }) {
            hash.add(Int(token.id))
            hash.add(token.content)
            hash.add(token.isSpecial ? 1 : 0)
        }
        hash.add(Int(beginningOfSequence ?? -1))
        hash.add(Int(endOfSequence ?? -1))
        hash.add(addsBeginningOfSequence ? 1 : 0)
        return hash.finalize()
    }
}
