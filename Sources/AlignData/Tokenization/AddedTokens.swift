/// Tokens that are matched as whole strings before the text is split: control tokens such as
/// `<|im_start|>`, and ordinary ones that a vocabulary added.
struct AddedTokens: Sendable {
    struct Token: Hashable, Sendable {
        var id: TokenID
        var content: String
        /// A control token: never made from plain text, left out when decoding for a person.
        var isSpecial: Bool
    }

    let all: [Token]
    let specialIDs: Set<TokenID>
    /// By first byte, longest first: the leftmost, longest match wins (as in HF tokenizers).
    private let byFirstByte: [[(bytes: [UInt8], id: TokenID, isSpecial: Bool)]]
    private let hasOrdinary: Bool

    init(_ tokens: [Token]) {
        all = tokens.sorted { $0.id < $1.id }
        specialIDs = Set(tokens.filter(\.isSpecial).map(\.id))
        hasOrdinary = tokens.contains { !$0.isSpecial }
        var table = [[(bytes: [UInt8], id: TokenID, isSpecial: Bool)]](repeating: [], count: 256)
        for token in all {
            let bytes = Array(token.content.utf8)
            if let first = bytes.first { table[Int(first)].append((bytes, token.id, token.isSpecial)) }
        }
        byFirstByte = table.map { $0.sorted { $0.bytes.count > $1.bytes.count } }
    }

    /// The part between two matches, or a match.
    enum Piece {
        case text(Range<Int>)
        case token(TokenID, Range<Int>)
    }

    /// Cuts `text` at the tokens in it.
    /// - Parameter special: whether control tokens are recognised; otherwise they are ordinary text.
    func split(_ text: UnsafeBufferPointer<UInt8>, special: Bool, piece: (Piece) -> Void) {
        var start = 0
        if special || hasOrdinary {
            var position = 0
            while position < text.count {
                let candidates = byFirstByte[Int(text[position])]
                guard !candidates.isEmpty,
                    let match = candidates.first(where: {
                        (special || !$0.isSpecial) && matches($0.bytes, text, at: position)
                    })
                else {
                    position += 1
                    continue
                }
                if start < position { piece(.text(start..<position)) }
                let end = position + match.bytes.count
                piece(.token(match.id, position..<end))
                position = end
                start = end
            }
        }
        if start < text.count { piece(.text(start..<text.count)) }
    }

    private func matches(_ token: [UInt8], _ text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
        guard position + token.count <= text.count else { return false }
        for i in token.indices where text[position + i] != token[i] { return false }
        return true
    }
}
