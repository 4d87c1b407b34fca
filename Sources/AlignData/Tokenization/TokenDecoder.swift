/// From ids back to text: the bytes of each piece, then UTF-8 with U+FFFD for what is not.
struct TokenDecoder: Sendable {
    private let decoder: PieceDecoder
    /// The bytes of all pieces, one after the other.
    private let bytes: [UInt8]
    /// Piece i is `bytes[offsets[i] ..< offsets[i + 1]]`.
    private let offsets: [Int]
    /// Whether a piece stands for one byte of a character (byte fallback).
    private let isByte: [Bool]

    /// - Parameter pieces: as the vocabulary writes them.
    init(pieces: [String], decoder: PieceDecoder) {
        self.decoder = decoder
        var bytes: [UInt8] = []
        var offsets = [0]
        for piece in pieces {
            bytes += decoder.bytes(of: piece)
            offsets.append(bytes.count)
        }
        self.bytes = bytes
        self.offsets = offsets
        isByte = pieces.map { decoder.byte(of: $0) != nil }
    }

    /// The bytes of one id; none for an id outside the vocabulary.
    func bytes(of id: TokenID) -> ArraySlice<UInt8> {
        guard id >= 0, Int(id) + 1 < offsets.count else { return [] }
        return bytes[offsets[Int(id)]..<offsets[Int(id) + 1]]
    }

    /// The text of `ids`.
    func text(of ids: some Sequence<TokenID>) -> String {
        if decoder == .byteLevel {
            var output: [UInt8] = []
            for id in ids { output += bytes(of: id) }
            return String(decoding: output, as: UTF8.self)
        }
        var stream = Stream()
        return ids.reduce(into: "") { $0 += stream.append($1, self) } + stream.finish(self)
    }

    /// Where the decoding of ids that come one after the other stands.
    struct Stream: Sendable {
        /// Bytes whose text is not yet certain.
        private var pending: [UInt8] = []
        private var isAtStart = true
        /// Blanks at the text's beginning that were dropped.
        private var strippedBlanks = 0

        /// The text that is certain with one more id.
        mutating func append(_ id: TokenID, _ decoder: TokenDecoder) -> String {
            let bytes = decoder.bytes(of: id)
            switch decoder.decoder {
            case .byteLevel: return decodeFinished(bytes)
            case .byteFallback:
                if decoder.isByte.indices.contains(Int(id)), decoder.isByte[Int(id)] {
                    pending += bytes
                    return ""
                }
                return strip(endRun() + bytes, decoder)
            case .metaspace(_, let stripsFirst):
                defer { isAtStart = false }
                return String(
                    decoding: isAtStart && stripsFirst ? bytes.filter { $0 != 0x20 }[...] : bytes,
                    as: UTF8.self)
            }
        }

        /// The rest of the text.
        mutating func finish(_ decoder: TokenDecoder) -> String {
            guard case .byteFallback = decoder.decoder else {
                defer { pending = [] }
                return String(decoding: pending, as: UTF8.self)
            }
            return strip(endRun(), decoder)
        }

        /// All but a character that is not yet whole.
        private mutating func decodeFinished(_ bytes: ArraySlice<UInt8>) -> String {
            pending += bytes
            let kept = UTF8Validation.unfinishedTail(pending)
            defer { pending.removeFirst(pending.count - kept) }
            return String(decoding: pending.dropLast(kept), as: UTF8.self)
        }

        /// Neighbouring bytes that are not UTF-8 all become U+FFFD, each for itself, as in HF tokenizers: so
        /// a run of them waits for its end.
        private mutating func endRun() -> [UInt8] {
            defer { pending = [] }
            if String(validating: pending, as: UTF8.self) != nil { return pending }
            return [[UInt8]](repeating: Array("\u{fffd}".utf8), count: pending.count).flatMap { $0 }
        }

        private mutating func strip(_ bytes: [UInt8], _ decoder: TokenDecoder) -> String {
            guard isAtStart, case .byteFallback(_, let most) = decoder.decoder else {
                return String(decoding: bytes, as: UTF8.self)
            }
            let blanks = bytes.prefix(most - strippedBlanks).prefix { $0 == 0x20 }.count
            strippedBlanks += blanks
            isAtStart = blanks == bytes.count && strippedBlanks < most
            return String(decoding: bytes.dropFirst(blanks), as: UTF8.self)
        }
    }
}
