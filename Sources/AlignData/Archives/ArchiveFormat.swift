/// How a file is packed.
public enum ArchiveFormat: Hashable, Sendable {
    /// Members with names: tar in any compression, zip, 7z, cpio, ar.
    case archive
    /// One compressed stream; its only member has the file's name without the suffix.
    case stream(member: String)

    private static let archiveSuffixes = [
        ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst",
        ".tar.lz4",
        ".zip", ".7z", ".cpio", ".cpio.gz", ".ar", ".a",
    ]
    private static let streamSuffixes = [".gz", ".bz2", ".xz", ".zst", ".lz4", ".lzma"]

    /// By the name alone. `nil` for a file that is not packed.
    public init?(path: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let lower = name.lowercased()
        if Self.archiveSuffixes.contains(where: { lower.hasSuffix($0) && lower.utf8.count > $0.utf8.count }) {
            self = .archive
        } else if let suffix = Self.streamSuffixes.first(where: {
            lower.hasSuffix($0) && lower.utf8.count > $0.utf8.count
        }) {
            self = .stream(member: String(name.dropLast(suffix.count)))
        } else {
            return nil
        }
    }
}
