/// The names under which a manifest counts what a source holds that is neither a record nor a rejection.
public enum SourceNote {
    /// Files, and members of archives, whose last part (or all of them) could not be read.
    public static let notReadToEnd = "sources-not-read-to-their-end"
    /// Files and members that were taken though their names are not UTF-8.
    public static let escapedNames = "names-not-in-utf-8"
    /// What is passed over though a pattern might have taken it. Raw values are the names in a manifest.
    public enum PassedOver: String, CaseIterable, Sendable {
        /// A link to nothing.
        case danglingLink = "passed-over-dangling-links"
        /// A link to a folder, which may lead in a circle.
        case folderLink = "passed-over-links-to-folders"
        /// A file whose name begins with a dot, or that of a folder above it.
        case hidden = "passed-over-hidden-files"
        /// A pipe, a socket or a device; in a folder or in an archive.
        case special = "passed-over-special-files"
        /// A link inside an archive.
        case archiveLink = "passed-over-links-in-archives"
        /// A member whose name leads out of its archive, or holds what no name should.
        case unsafeName = "passed-over-unsafe-names"
        /// A member without a name that could be read.
        case undecodableName = "passed-over-undecodable-names"

        /// For a person: `dangling links`.
        var words: String { rawValue.split(separator: "-").dropFirst(2).joined(separator: " ") }
    }
}

extension Rejection {
    /// Hands out the rejection that stands for the rest of a file, whatever that would have held.
    func handOutForTheRest(to handler: RecordHandler) throws {
        try handler(.noted(SourceNote.notReadToEnd, 1))
        try handler(.rejection(self))
    }
}
