/// The names under which a manifest counts what a source holds that is neither a record nor a rejection.
public enum SourceNote {
    /// Files, and members of archives, whose last part (or all of them) could not be read.
    public static let notReadToEnd = "sources-not-read-to-their-end"
}

extension Rejection {
    /// Hands out the rejection that stands for the rest of a file, whatever that would have held.
    func handOutForTheRest(to handler: RecordHandler) throws {
        try handler(.noted(SourceNote.notReadToEnd, 1))
        try handler(.rejection(self))
    }
}
