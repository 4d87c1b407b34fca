/// A regular file inside an archive, under a name that is safe to show and to match.
public struct ArchiveMember: Hashable, Sendable {
    public var name: String
    /// Uncompressed bytes as the archive states them; not to be trusted.
    public var statedSize: Int?
    /// The archive's name for it has bytes that are not UTF-8, each of which became `%` and two digits.
    public var isNameEscaped: Bool

    public init(name: String, statedSize: Int?, isNameEscaped: Bool = false) {
        self.name = name
        self.statedSize = statedSize
        self.isNameEscaped = isNameEscaped
    }

    /// Why a member was passed over. Raw values are the names under which they are counted.
    public enum Skipped: String, Hashable, Sendable, CaseIterable {
        /// A symbolic or hard link.
        case link = "archive-links"
        /// A device, pipe or socket.
        case special = "archive-special-files"
        /// Absolute, with a `..` component, with a NUL or control character, empty or too long.
        case unsafeName = "archive-unsafe-names"
        /// There is no name that could be read.
        case undecodableName = "archive-undecodable-names"
        /// What operating systems leave behind: `__MACOSX`, `._*`, `.DS_Store`, `Thumbs.db`.
        case litter = "archive-litter"
    }

    /// `nil` when `name` (already valid UTF-8) may be used.
    static func fault(ofName name: String, maxBytes: Int) -> Skipped? {
        guard !name.isEmpty, name.utf8.count <= maxBytes, !name.hasPrefix("/"), !name.hasPrefix("\\"),
            !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { return .unsafeName }
        let components = name.split(whereSeparator: { $0 == "/" || $0 == "\\" })
        if components.contains("..") { return .unsafeName }
        if let first = components.first?.utf8, first.count == 2, first.last == UInt8(ascii: ":") {
            return .unsafeName
        }
        let last = components.last ?? ""
        if components.contains("__MACOSX") || last.hasPrefix("._") || last == ".DS_Store"
            || last == "Thumbs.db"
        {
            return .litter
        }
        return nil
    }

    /// The name without leading `./`, which some tools write.
    static func normalized(_ name: String) -> String {
        var name = Substring(name)
        while name.hasPrefix("./") { name = name.dropFirst(2) }
        return String(name)
    }
}
