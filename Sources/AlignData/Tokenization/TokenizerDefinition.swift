import Crypto
import Foundation

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
        var hash = SHA256()
        func add(_ number: Int) {
            withUnsafeBytes(of: UInt64(bitPattern: Int64(number)).littleEndian) { hash.update(bufferPointer: $0) }
        }
        func add(_ text: String) {
            add(text.utf8.count)
            hash.update(data: Data(text.utf8))
        }
        add("align-data tokenizer 1")
        add(normalizer.rawValue)
        add(preTokenizer.rawValue)
        add(pieces.count)
        for piece in pieces { add(piece) }
        add(merges.count)
        for merge in merges {
            add(Int(merge.left))
            add(Int(merge.right))
        }
        add(addedTokens.count)
        for token in addedTokens.sorted(by: { $0.id < $1.id }) {
            add(Int(token.id))
            add(token.content)
            add(token.isSpecial ? 1 : 0)
        }
        add(Int(beginningOfSequence ?? -1))
        add(Int(endOfSequence ?? -1))
        add(addsBeginningOfSequence ? 1 : 0)
        return Data(hash.finalize()).hexString
    }
}
