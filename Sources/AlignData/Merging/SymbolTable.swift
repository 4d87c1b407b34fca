/// The symbols that byte-pair encoding begins with: the ids of a word's bytes, or of its characters.
struct SymbolTable: Sendable {
    private enum Alphabet {
        /// By byte; -1 where the vocabulary lacks it.
        case bytes([TokenID])
        /// By scalar; -1 where the vocabulary lacks it.
        case scalars(BlockTable<TokenID>)
    }

    private let alphabet: Alphabet
    /// The ids of `<0x00>` to `<0xFF>`, for characters that the vocabulary lacks; -1 where it lacks one of
    /// these too. Nil when there is no fallback to bytes.
    private let byteFallback: [TokenID]?
    /// What stands for a symbol that the vocabulary lacks. Without it such a symbol is left out.
    private let unknown: TokenID?
    /// Whether neighbouring unknown symbols are one.
    private let fusesUnknown: Bool

    /// - Parameters:
    ///   - pieces: the model's own, with their ids, in the vocabulary's writing.
    ///   - isByteLevel: whether symbols are bytes; characters otherwise.
    ///   - fallsBackToBytes: whether a character that the vocabulary lacks is written in bytes.
    init(
        pieces: some Sequence<(id: TokenID, piece: String)>, isByteLevel: Bool, unknown: TokenID?,
        fusesUnknown: Bool, fallsBackToBytes: Bool
    ) {
        self.unknown = unknown
        self.fusesUnknown = fusesUnknown
        var bytes = [TokenID](repeating: -1, count: 256)
        var fallback = [TokenID](repeating: -1, count: 256)
        var scalars = [TokenID](repeating: -1, count: 0x110000)
        for (id, piece) in pieces {
            if piece.utf8.count == 6, let byte = ByteFallback.byte(of: piece) { fallback[Int(byte)] = id }
            let view = piece.unicodeScalars
            guard let first = view.first, view.index(after: view.startIndex) == view.endIndex else {
                continue
            }
            if isByteLevel {
                if let byte = ByteAlphabet.bytes(of: piece)?.first { bytes[Int(byte)] = id }
            } else {
                scalars[Int(first.value)] = id
            }
        }
        alphabet = isByteLevel ? .bytes(bytes) : .scalars(BlockTable(scalars))
        byteFallback = fallsBackToBytes ? fallback : nil
    }

    /// Appends the symbols of `word` (UTF-8).
    @inline(__always)
    func append(_ word: UnsafeBufferPointer<UInt8>, to symbols: inout [TokenID]) {
        switch alphabet {
        case .bytes(let ids) where unknown == nil:
            ids.withUnsafeBufferPointer { ids in
                for byte in word where ids[Int(byte)] >= 0 { symbols.append(ids[Int(byte)]) }
            }
        case .bytes(let ids):
            var pending = false
            for byte in word {
                append(ids[Int(byte)], fallback: word[0..<0], pending: &pending, to: &symbols)
            }
            flush(&pending, to: &symbols)
        case .scalars(let ids): appendScalars(word, ids: ids, to: &symbols)
        }
    }

    private func appendScalars(
        _ word: UnsafeBufferPointer<UInt8>, ids: BlockTable<TokenID>, to symbols: inout [TokenID]
    ) {
        var pending = false
        ScalarScanner.scan(word) { text in
            var position = 0
            while position < text.count {
                let (value, length) = text.value(at: position)
                let id = value < 0x110000 ? ids[value] : -1
                let bytes = word[position..<position + length]
                append(id, fallback: bytes, pending: &pending, to: &symbols)
                position += length
            }
        }
        flush(&pending, to: &symbols)
    }

    /// As HF tokenizers does it: an unknown symbol waits for the next known one, which bytes are not.
    @inline(__always)
    private func append(
        _ id: TokenID, fallback bytes: Slice<UnsafeBufferPointer<UInt8>>, pending: inout Bool,
        to symbols: inout [TokenID]
    ) {
        if id >= 0 {
            flush(&pending, to: &symbols)
            symbols.append(id)
            return
        }
        if let byteFallback, !bytes.isEmpty, bytes.allSatisfy({ byteFallback[Int($0)] >= 0 }) {
            for byte in bytes { symbols.append(byteFallback[Int(byte)]) }
            return
        }
        guard unknown != nil else { return }
        if pending && !fusesUnknown { flush(&pending, to: &symbols) }
        pending = true
    }

    @inline(__always)
    private func flush(_ pending: inout Bool, to symbols: inout [TokenID]) {
        if pending, let unknown { symbols.append(unknown) }
        pending = false
    }
}

/// The names of bytes in vocabularies of characters: `<0x00>` to `<0xFF>`.
enum ByteFallback {
    /// The byte that a piece names; nil when it is another piece.
    static func byte(of piece: String) -> UInt8? {
        guard piece.utf8.count == 6, piece.hasPrefix("<0x"), piece.hasSuffix(">") else { return nil }
        return UInt8(piece.dropFirst(3).dropLast(), radix: 16)
    }
}
