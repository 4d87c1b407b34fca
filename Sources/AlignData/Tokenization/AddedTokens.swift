/// Tokens that are matched as whole strings before the text is split: control tokens such as
/// `<|im_start|>`, and ordinary ones that a vocabulary added.
struct AddedTokens: Sendable {
    struct Token: Hashable, Sendable {
        var id: TokenID
        var content: String
        /// A control token: never made from plain text, left out when decoding for a person.
        var isSpecial: Bool
        /// Matched in normalized text, by its own normalized content.
        var isNormalized = false
        /// Only matched where no word character touches it.
        var isSingleWord = false
        /// Takes the white space before it along.
        var stripsLeft = false
        /// Takes the white space after it along.
        var stripsRight = false
    }

    let all: [Token]
    let specialIDs: Set<TokenID>
    private let trie: ByteTrie
    /// By id, for what the trie finds.
    private let byID: [TokenID: Token]
    private let hasOrdinary: Bool

    /// - Parameters:
    ///   - tokens: of tokens with the same content the last counts.
    ///   - content: what is looked for in the text.
    init(_ tokens: [Token], content: (Token) -> String = \.content) {
        all = tokens.sorted { $0.id < $1.id }
        specialIDs = Set(tokens.filter(\.isSpecial).map(\.id))
        hasOrdinary = tokens.contains { !$0.isSpecial }
        byID = Dictionary(tokens.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        trie = ByteTrie(all.map { (Array(content($0).utf8), $0.id) })
    }

    /// The part between two matches, or a match.
    enum Piece {
        case text(Range<Int>)
        case token(TokenID, Range<Int>)
    }

    /// Cuts `text` at the tokens in it: the leftmost, and of those the longest, as in HF tokenizers.
    /// - Parameters:
    ///   - special: whether control tokens are recognised; otherwise they are ordinary text.
    ///   - own: the only parts of the text whose control tokens are recognised, in order; nil for all of it. White
    ///     space that a token takes along may lie outside.
    func split(
        _ text: UnsafeBufferPointer<UInt8>, special: Bool, own: [Range<Int>]? = nil, piece: (Piece) -> Void
    ) {
        var start = 0
        if special || hasOrdinary {
            var position = trie.candidate(in: text, from: 0)
            while position < text.count {
                guard let match = trie.longest(in: text, at: position), let token = byID[match.id] else {
                    position = trie.candidate(in: text, from: position + 1)
                    continue
                }
                let end = position + match.length
                if let own, token.isSpecial,
                    !own.contains(where: { $0.lowerBound <= position && end <= $0.upperBound })
                {
                    position = trie.candidate(in: text, from: position + 1)
                    continue
                }
                if let range = range(of: token, text, position..<end, after: start, special: special) {
                    if start < range.lowerBound { piece(.text(start..<range.lowerBound)) }
                    piece(.token(token.id, range))
                    start = range.upperBound
                }
                position = trie.candidate(in: text, from: end)
            }
        }
        if start < text.count { piece(.text(start..<text.count)) }
    }

    /// What a match takes of the text, with its flags; nil when they forbid it.
    private func range(
        of token: Token, _ text: UnsafeBufferPointer<UInt8>, _ match: Range<Int>, after start: Int,
        special: Bool
    ) -> Range<Int>? {
        guard special || !token.isSpecial else { return nil }
        guard token.isSingleWord || token.stripsLeft || token.stripsRight else { return match }
        if token.isSingleWord {
            let before = Self.classBefore(match.lowerBound, in: text)?.bits ?? 0
            let after = Self.classAfter(match.upperBound, in: text)?.bits ?? 0
            guard (before | after) & UnicodeClasses.word == 0 else { return nil }
        }
        var lower = match.lowerBound
        var upper = match.upperBound
        if token.stripsLeft {
            while lower > start, let scalar = Self.classBefore(lower, in: text), scalar.isSpace {
                lower -= scalar.length
            }
        }
        if token.stripsRight {
            while let scalar = Self.classAfter(upper, in: text), scalar.isSpace { upper += scalar.length }
        }
        return lower..<upper
    }

    private struct Neighbour {
        /// Its bits in `UnicodeClasses`.
        var bits: UInt8
        var length: Int
        var isSpace: Bool { bits & UnicodeClasses.kindMask == UnicodeClasses.space }
    }

    private static func classAfter(_ position: Int, in text: UnsafeBufferPointer<UInt8>) -> Neighbour? {
        guard position < text.count else { return nil }
        var found: Neighbour?
        ScalarScanner.scan(text) {
            let scalar = $0.scalar(at: position)
            found = Neighbour(bits: scalar.class, length: scalar.length)
        }
        return found
    }

    private static func classBefore(_ position: Int, in text: UnsafeBufferPointer<UInt8>) -> Neighbour? {
        var start = position - 1
        while start > 0, text[start] & 0xc0 == 0x80 { start -= 1 }
        return start < 0 ? nil : classAfter(start, in: text)
    }
}
