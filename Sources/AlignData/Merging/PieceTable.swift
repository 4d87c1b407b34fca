/// Whole pieces by their bytes, for vocabularies that look a word up before they merge it (`ignore_merges`).
struct PieceTable: Sendable {
    private let ids: [ArraySlice<UInt8>: TokenID]
    private let longest: Int

    /// - Parameter pieces: the bytes of each piece, as words of the text have them; of equals the last
    ///   counts.
    init(_ pieces: [(bytes: [UInt8], id: TokenID)]) {
        var ids: [ArraySlice<UInt8>: TokenID] = [:]
        ids.reserveCapacity(pieces.count)
        for (bytes, id) in pieces { ids[bytes[...]] = id }
        self.ids = ids
        longest = pieces.map(\.bytes.count).max() ?? 0
    }

    /// The id of a word that is one piece.
    func find(_ word: UnsafeBufferPointer<UInt8>) -> TokenID? {
        word.count <= longest ? ids[Array(word)[...]] : nil
    }
}
