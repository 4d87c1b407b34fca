extension TokenizerDefinition {
    /// The two pieces of a merge written `left right`.
    static func pair(_ text: String) -> (String, String)? {
        let bytes = text.utf8
        guard let blank = bytes.firstIndex(of: 0x20) else { return nil }
        let right = bytes.index(after: blank)
        guard blank > bytes.startIndex, right < bytes.endIndex, !bytes[right...].contains(0x20) else {
            return nil
        }
        return (String(text[..<blank]), String(text[right...]))
    }

    /// Finds the ids of merges.
    static func resolve(
        merges: [(String, String)], pieces: [String], path: String
    ) throws -> [(left: TokenID, right: TokenID, merged: TokenID)] {
        let ids = idsByBytes(pieces.map { Array($0.utf8) })
        return try merges.enumerated().map { rank, pair in
            let left = Array(pair.0.utf8)
            let right = Array(pair.1.utf8)
            guard let leftID = ids[left[...]], let rightID = ids[right[...]],
                let merged = ids[(left + right)[...]]
            else {
                throw TokenizerError.malformed(
                    path: path, what: "merge \(rank) names a piece outside the vocabulary")
            }
            return (leftID, rightID, merged)
        }
    }

    /// The merges of a vocabulary that has none but ranks its pieces: every way to make a piece of two
    /// others, the pieces of high score first, in the order of transformers' converters from SentencePiece
    /// and tiktoken.
    /// - Parameters:
    ///   - pieces: by id; empty ones are no pieces.
    ///   - score: of each piece.
    ///   - longestFirst: among the ways to one piece, the longest left part first (SentencePiece); otherwise
    ///     the
    ///     lowest ids first (tiktoken).
    static func merges(
        of pieces: [[UInt8]], scores: [Double], cuts: (UInt8) -> Bool, longestFirst: Bool
    ) -> [(left: TokenID, right: TokenID, merged: TokenID)] {
        struct Merge {
            var score: Double
            var leftLength: Int
            var rightLength: Int
            var ids: (left: TokenID, right: TokenID, merged: TokenID)
        }
        let ids = idsByBytes(pieces)
        var merges: [Merge] = []
        for (id, piece) in pieces.enumerated() where piece.count > 1 {
            var ways: [Merge] = []
            var characters = 0
            let total = piece.count(where: cuts)
            for cut in piece.indices.dropFirst() where cuts(piece[cut]) {
                characters += 1
                guard let left = ids[piece[..<cut]], let right = ids[piece[cut...]] else { continue }
                ways.append(
                    Merge(
                        score: scores[id], leftLength: characters, rightLength: total - characters,
                        ids: (left, right, TokenID(id))))
            }
            merges += ways.sorted { ($0.ids.left, $0.ids.right) < ($1.ids.left, $1.ids.right) }
        }
        // A stable sort: equals stay in the order of their pieces.
        let order = merges.indices.sorted { a, b in
            let (first, second) = (merges[a], merges[b])
            if first.score != second.score { return first.score > second.score }
            if longestFirst, first.leftLength != second.leftLength {
                return first.leftLength > second.leftLength
            }
            if longestFirst, first.rightLength != second.rightLength {
                return first.rightLength > second.rightLength
            }
            return a < b
        }
        return order.map { merges[$0].ids }
    }

    /// Keyed by bytes: equality of `String` is canonical equivalence. Of equal pieces the last counts.
    private static func idsByBytes(_ pieces: [[UInt8]]) -> [ArraySlice<UInt8>: TokenID] {
        var ids: [ArraySlice<UInt8>: TokenID] = [:]
        ids.reserveCapacity(pieces.count)
        for (id, piece) in pieces.enumerated() where !piece.isEmpty { ids[piece[...]] = TokenID(id) }
        return ids
    }
}
