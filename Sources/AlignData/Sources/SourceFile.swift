/// One file of JSON lines that a person named, as it is or compressed.
struct SourceFile {
    let path: String
    let name: String
    private let file: ListedFile

    /// - Throws: `IngestError`: there is no such file, or it is a folder.
    init(path: String) throws {
        let listing = try SourceListing(source: path)
        guard listing.files.count == 1, let file = listing.files.first,
            file.path == FileSystemPath(path)
        else {
            throw IngestError.unreadableSource(path: path, reason: "it is a folder, not a file of JSON lines")
        }
        self.path = path
        self.file = file
        name = file.name
    }

    /// Hands out the bytes, and where they come from; of each member in turn, where the file is an archive.
    /// - Parameter unread: told what stands for the rest of a damaged archive or member.
    /// - Throws: `ReadError`; `ArchiveError.cannotOpen`; `ForeignFormatError`; what `body` throws.
    func read(
        unread: (Rejection) -> Void, _ body: (_ bytes: ByteSource, _ origin: FileOrigin) throws -> Void
    ) throws {
        if let format = file.format {
            let archive = try ArchiveReader(path: path, name: name, format: format)
            var isAtEnd = false
            while !isAtEnd {
                do {
                    if let member = try archive.next() {
                        let origin = FileOrigin(source: name, member: member.name)
                        try body(ForeignFormatError.checked({ try archive.read() }, of: origin), origin)
                    } else {
                        isAtEnd = true
                    }
                } catch let error as ArchiveError {
                    // After an error that ends the archive it has no more members.
                    if case .cannotOpen = error { throw error }
                    unread(CorpusReader.rejection(error, in: name))
                }
            }
        } else {
            let bytes = try FileBytes(path: file.path, name: name)
            let origin = FileOrigin(source: name)
            try body(ForeignFormatError.checked({ try bytes.read() }, of: origin), origin)
        }
    }
}
