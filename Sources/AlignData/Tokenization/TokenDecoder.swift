/// From ids back to text: the bytes of each piece, then UTF-8 with U+FFFD for what is not.
struct TokenDecoder: Sendable {
    /// The bytes of all pieces, one after the other.
    private let bytes: [UInt8]
    /// Piece i is `bytes[offsets[i] ..< offsets[i + 1]]`.
    private let offsets: [Int]

    /// - Parameter pieces: as the vocabulary writes them. One with a character outside the byte alphabet
    ///   stands for
    ///   itself, as in HF tokenizers.
    init(pieces: [String]) {
        var bytes: [UInt8] = []
        var offsets = [0]
        for piece in pieces {
            bytes += ByteAlphabet.bytes(of: piece) ?? Array(piece.utf8)
            offsets.append(bytes.count)
        }
        self.bytes = bytes
        self.offsets = offsets
    }

    /// The bytes of one id; none for an id outside the vocabulary.
    func bytes(of id: TokenID) -> ArraySlice<UInt8> {
        guard id >= 0, Int(id) + 1 < offsets.count else { return [] }
        return bytes[offsets[Int(id)]..<offsets[Int(id) + 1]]
    }
}
