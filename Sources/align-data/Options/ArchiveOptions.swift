import AlignData
import ArgumentParser

/// How much archives may unfold into.
struct ArchiveOptions: ParsableArguments {
    private static let defaults = ArchiveLimits()

    @Option(help: ArgumentHelp("Bytes out of one archive.", valueName: "n"))
    var maxArchiveBytes: Int = defaults.maxBytes

    @Option(help: ArgumentHelp("Bytes out for each byte of the archive.", valueName: "n"))
    var maxExpansion: Int = defaults.maxExpansion

    @Option(help: ArgumentHelp("Members of one archive.", valueName: "n"))
    var maxMembers: Int = defaults.maxMembers

    @Option(help: ArgumentHelp("Archives in archives; 1 for none.", valueName: "n"))
    var maxDepth: Int = defaults.maxDepth

    @Option(
        name: .customLong("max-nested-7z-bytes"),
        help: ArgumentHelp("Bytes of a 7z inside an archive, which is held in memory.", valueName: "n"))
    var maxNested7zBytes: Int = defaults.maxNested7zBytes

    @Option(help: ArgumentHelp("Bytes of a member's path.", valueName: "n"))
    var maxPathBytes: Int = defaults.maxNameBytes

    func validate() throws {
        for (name, value) in [
            ("--max-archive-bytes", maxArchiveBytes), ("--max-expansion", maxExpansion),
            ("--max-members", maxMembers), ("--max-depth", maxDepth), ("--max-path-bytes", maxPathBytes),
            ("--max-nested-7z-bytes", maxNested7zBytes),
        ] where value < 1 {
            throw ValidationError("\(name) must be at least 1.")
        }
    }

    var limits: ArchiveLimits {
        var limits = ArchiveLimits()
        limits.maxBytes = maxArchiveBytes
        limits.maxExpansion = maxExpansion
        limits.maxMembers = maxMembers
        limits.maxDepth = maxDepth
        limits.maxNameBytes = maxPathBytes
        limits.maxNested7zBytes = maxNested7zBytes
        return limits
    }
}
