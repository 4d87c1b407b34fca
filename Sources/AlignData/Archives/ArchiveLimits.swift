/// How much an archive may unfold into before it is taken for an attack or a mistake.
public struct ArchiveLimits: Hashable, Sendable, Codable {
    /// Bytes out of one archive, all members together.
    public var maxBytes: Int = 1 << 40
    /// Bytes out for each byte of the archive read. Text rarely compresses better than 1:30; a bomb does
    /// 1:1000.
    public var maxExpansion: Int = 250
    /// The expansion is not judged before so many bytes are out.
    public var expansionGrace: Int = 16 << 20
    /// Members, the skipped ones included.
    public var maxMembers: Int = 10_000_000
    /// Bytes of a member's name.
    public var maxNameBytes: Int = 4096
    /// Archives in archives: 1 for none.
    public var maxDepth: Int = 3
    /// Bytes of a 7z inside an archive: its index is at its end, so it is held in memory.
    public var maxNested7zBytes: Int = 64 << 20

    public init() {}
}
