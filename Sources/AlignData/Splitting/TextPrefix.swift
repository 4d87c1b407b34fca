/// What `Metaspace` and `ByteLevel` with `add_prefix_space` do to a piece of text before it is cut.
struct TextPrefix: Hashable, Sendable {
    /// Which pieces get the prefix.
    enum Scheme: String, Hashable, Sendable {
        case always, first, never
    }

    /// The prefix: `▁` or a blank.
    let content: String
    let scheme: Scheme
    /// Whether every blank becomes `content` first (`Metaspace`).
    let replacesBlanks: Bool

    /// - Parameters:
    ///   - piece: UTF-8, without added tokens.
    ///   - place: where it stands; what continues another text gets no prefix.
    func callAsFunction(_ piece: UnsafeBufferPointer<UInt8>, at place: TextPlace) -> [UInt8] {
        let prefix = Array(content.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(piece.count + piece.count / 2 + prefix.count)
        if scheme == .always && place != .continuation || scheme == .first && place == .start {
            let begins = piece.starts(with: prefix) || replacesBlanks && piece.first == 0x20
            if !begins && !piece.isEmpty { output += prefix }
        }
        for byte in piece {
            if byte == 0x20 && replacesBlanks { output += prefix } else { output.append(byte) }
        }
        return output
    }
}
