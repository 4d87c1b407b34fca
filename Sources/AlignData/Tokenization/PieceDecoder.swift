/// How pieces become text again.
enum PieceDecoder: Hashable, Sendable {
    /// Pieces are written in the byte alphabet; one with another character stands for itself.
    case byteLevel
    /// `replacement` stands for a blank, `<0x00>` to `<0xFF>` for bytes; of the whole text's beginning up to
    /// `strippedBlanks` blanks are dropped.
    case byteFallback(replacement: String, strippedBlanks: Int)
    /// `replacement` stands for a blank; the first piece loses its own when `stripsFirst`.
    case metaspace(replacement: String, stripsFirst: Bool)

    /// For the tokenizer's hash: what it does, in words that do not change.
    var name: String {
        switch self {
        case .byteLevel: "byteLevel"
        case .byteFallback(let replacement, let blanks):
            "byteFallback(replacement: \"\(replacement)\", strippedBlanks: \(blanks))"
        case .metaspace(let replacement, let stripsFirst):
            "metaspace(replacement: \"\(replacement)\", stripsFirst: \(stripsFirst))"
        }
    }

    /// The bytes of one piece by itself.
    func bytes(of piece: String) -> [UInt8] {
        switch self {
        case .byteLevel: return ByteAlphabet.bytes(of: piece) ?? Array(piece.utf8)
        case .byteFallback(let replacement, _):
            if let byte = byte(of: piece) { return [byte] }
            return Normalizer.replace(Array(replacement.utf8), [0x20], in: Array(piece.utf8))
        case .metaspace(let replacement, _):
            return Normalizer.replace(Array(replacement.utf8), [0x20], in: Array(piece.utf8))
        }
    }

    /// The byte that a piece stands for in `byteFallback`; nil for other pieces.
    func byte(of piece: String) -> UInt8? {
        guard case .byteFallback = self else { return nil }
        return ByteFallback.byte(of: piece)
    }
}
