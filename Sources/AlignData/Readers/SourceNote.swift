/// The names under which a manifest counts what a source holds that is neither a record nor a rejection.
public enum SourceNote {
    /// Files, and members of archives, whose last part (or all of them) could not be read.
    public static let notReadToEnd = "sources-not-read-to-their-end"
    /// Files and members that were taken though their names are not UTF-8.
    public static let escapedNames = "names-not-in-utf-8"
    /// What begins the names of what was passed over though a pattern might have taken it.
    public static let passedOver = "passed-over-"

    /// What is passed over though a pattern might have taken it. Raw values are what stands behind `passed-over-`.
    public enum PassedOver: String, CaseIterable, Sendable {
        /// A link to nothing.
        case danglingLink = "dangling-links"
        /// A link to a folder, which may lead in a circle.
        case folderLink = "links-to-folders"
        /// A file whose name begins with a dot, or that of a folder above it.
        case hidden = "hidden-files"
        /// A pipe, a socket or a device; in a folder or in an archive.
        case special = "special-files"
        /// A link inside an archive.
        case archiveLink = "links-in-archives"
        /// A member whose name leads out of its archive, or holds what no name should.
        case unsafeName = "unsafe-names"
        /// A member without a name that could be read.
        case undecodableName = "undecodable-names"

        /// In a manifest.
        public var note: String { SourceNote.passedOver + rawValue }
    }
}

extension Rejection {
    /// Hands out the rejection that stands for the rest of a file, whatever that would have held.
    func handOutForTheRest(to handler: RecordHandler) throws {
        try handler(.noted(SourceNote.notReadToEnd, 1))
        try handler(.rejection(self))
    }
}
