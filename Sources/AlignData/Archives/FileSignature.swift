/// What the first bytes of a file say it is.
enum FileSignature: Hashable {
    /// Members with names.
    case archive
    /// The same, with its index at its end.
    case sevenZip
    /// A compressed stream of anything.
    case compressed

    /// Bytes that are enough to tell.
    static let length = 512

    /// `nil` for what is neither an archive nor compressed, as far as its first bytes say.
    init?(_ start: ArraySlice<UInt8>) {
        if start.starts(with: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]) {
            self = .sevenZip
        } else if Self.isCompressed(start) {
            self = .compressed
        } else if Self.isZip(start) || start.starts(with: "!<arch>\n".utf8) || Self.isCpio(start)
            || Self.isTar(start)
        {
            self = .archive
        } else {
            return nil
        }
    }

    private static func isCompressed(_ start: ArraySlice<UInt8>) -> Bool {
        // gzip; xz; Zstandard and its skippable frames; LZ4.
        let marks: [[UInt8]] = [
            [0x1F, 0x8B, 0x08], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], [0x28, 0xB5, 0x2F, 0xFD],
            [0x04, 0x22, 0x4D, 0x18],
        ]
        if marks.contains(where: { start.starts(with: $0) }) { return true }
        let bytes = Array(start.prefix(10))
        guard bytes.count == 10 else { return false }
        if bytes[0] & 0xF0 == 0x50, bytes[1...3] == [0x2A, 0x4D, 0x18] { return true }
        // bzip2: its level, then a block or the end.
        return bytes.starts(with: "BZh".utf8) && (0x31...0x39).contains(bytes[3])
            && (bytes[4...] == [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]
                || bytes[4...] == [0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
    }

    private static func isZip(_ start: ArraySlice<UInt8>) -> Bool {
        let kinds: [[UInt8]] = [[0x03, 0x04], [0x05, 0x06], [0x07, 0x08], [0x30, 0x30]]
        return kinds.contains { start.starts(with: [0x50, 0x4B] + $0) }
    }

    /// A header in text: all of it digits.
    private static func isCpio(_ start: ArraySlice<UInt8>) -> Bool {
        if start.starts(with: "070701".utf8) || start.starts(with: "070702".utf8) {
            let header = start.prefix(110)
            return header.count == 110
                && header.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || (0x41...0x46).contains($0)
                }
        }
        let header = start.prefix(76)
        return start.starts(with: "070707".utf8) && header.count == 76
            && header.allSatisfy { (0x30...0x37).contains($0) }
    }

    /// A header whose checksum is right.
    private static func isTar(_ start: ArraySlice<UInt8>) -> Bool {
        let header = Array(start.prefix(512))
        guard header.count == 512 else { return false }
        let field = header[148..<156].drop { $0 == 0x20 }
        let digits = field.prefix { (0x30...0x37).contains($0) }
        guard !digits.isEmpty else { return false }
        let stated = digits.reduce(0) { $0 * 8 + Int($1) - 0x30 }
        let sum = header.reduce(0) { $0 + Int($1) } - header[148..<156].reduce(0) { $0 + Int($1) } + 8 * 0x20
        return stated == sum
    }

    /// Whether these bytes are no text, in any encoding that texts are written in.
    static func isBinary(_ start: ArraySlice<UInt8>) -> Bool {
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return false }
        return start.contains { $0 < 0x09 || (0x0E...0x1A).contains($0) || (0x1C...0x1F).contains($0) }
    }
}
