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
        switch decoder {
        case .byteLevel:
            var output: [UInt8] = []
            for id in ids { output += bytes(of: id) }
            return String(decoding: output, as: UTF8.self)
        case .byteFallback(_, let strippedBlanks):
            let output = withFallback(ids)
            let blanks = output.prefix(strippedBlanks).prefix { $0 == 0x20 }.count
            return String(decoding: output[blanks...], as: UTF8.self)
        case .metaspace(_, let stripsFirst):
            var output: [UInt8] = []
            for (position, id) in ids.enumerated() {
                output +=
                    position == 0 && stripsFirst ? bytes(of: id).filter { $0 != 0x20 }[...] : bytes(of: id)
            }
            return String(decoding: output, as: UTF8.self)
        }
    }

    /// Neighbouring bytes that are not UTF-8 all become U+FFFD, each for itself, as in HF tokenizers.
    private func withFallback(_ ids: some Sequence<TokenID>) -> [UInt8] {
        var output: [UInt8] = []
        var run: [UInt8] = []
        func endRun() {
            if String(validating: run, as: UTF8.self) != nil {
                output += run
            } else {
                for _ in run { output += "\u{fffd}".utf8 }
            }
            run.removeAll(keepingCapacity: true)
        }
        for id in ids {
            if isByte.indices.contains(Int(id)), isByte[Int(id)] {
                run += bytes(of: id)
            } else {
                endRun()
                output += bytes(of: id)
            }
        }
        endRun()
        return output
    }
}
