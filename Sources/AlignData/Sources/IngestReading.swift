/// Reads everything that a recipe takes from the given sources, in an order that only the names decide: sources as
/// given, files and members by the bytes of their paths, records as they stand. Memory does not depend on the size
/// of files or archives.
struct CorpusReader {
    let recipe: Recipe
    let limits: ArchiveLimits
    /// A look at the beginning: archives are read so many bytes far. `nil` for all of them.
    var archivePreview: Int?
    /// Bytes of an archive's members that are held until their turn comes.
    var heldBytes = 64 << 20
    /// Told the bytes of input consumed since the last call.
    let consumed: (Int) throws -> Void
    let handler: RecordHandler
    /// Told what is worth counting that is no record.
    let note: (String, Int) -> Void
    /// What did not match in the source that is being read.
    let seen = Seen()

    final class Seen {
        var names = SeenNames()
    }

    /// How often the bytes of a file are consumed: an archive is surveyed before it is read.
    static func passes(_ file: ListedFile) -> Int {
        file.format == .archive ? 2 : 1
    }

    /// A plain or compressed file that the recipe takes.
    private struct Taken {
        var file: ListedFile
        var role: FileRole
    }

    /// - Throws: `IngestError`; `ReadError`; `ArchiveError.cannotOpen`; what the closures throw.
    func read(_ listing: SourceListing) throws {
        for (name, count) in listing.passedOver(of: recipe).sorted(by: { $0.key < $1.key }) {
            passOver(name, count)
        }
        defer { seen.names = SeenNames() }
        let files = listing.files.map { file in role(of: file).map { Taken(file: file, role: $0) } }
        let pairing = try SummaryPairing(files.map { $0?.role }, of: recipe) { listing.files[$0].name }
        var matched = false
        for (index, file) in listing.files.enumerated() {
            if let taken = files[index] {
                matched = true
                if let fault = file.fault { throw fault }
                if file.isNameEscaped { note(SourceNote.escapedNames, 1) }
                if !taken.role.isSummary {
                    try hand(taken, summaries: pairing.summaries[index]?.compactMap { files[$0] })
                } else if pairing.unpaired.contains(index) {
                    try handler(.rejection(Self.unpaired(FileOrigin(source: file.name))))
                }
            } else if file.format == .archive, recipe.opens(archive: [file.relative]) {
                if let fault = file.fault { throw fault }
                if try read(archive: file) { matched = true }
            } else {
                note("unmatched-files", 1)
                seen.names.add(file.relative)
                try consumed(file.bytes * Self.passes(file))
            }
        }
        if !matched {
            throw seen.names.nothingMatched(in: listing.source, recipe)
        }
    }

    /// `nil` for archives and for what the recipe does not take.
    private func role(of file: ListedFile) -> FileRole? {
        recipe.role(of: [file.relative], as: file.format)
    }

    /// Counts what was passed over that a pattern might have taken.
    func passOver(_ name: String, _ count: Int = 1) {
        note(name, count)
        seen.names.passedOver[name, default: 0] += count
    }

    static func unpaired(_ origin: FileOrigin) -> Rejection {
        Rejection(
            ingest: "unpaired-summary", "no document belongs to this summary file", at: origin.provenance())
    }

    // MARK: - Plain and compressed files

    private func hand(_ taken: Taken, summaries: [Taken]?) throws {
        let files = try summaries?.map { try open($0) }
        var file = try open(taken)
        file.summaries = files
        do {
            try hand(file, taken.role)
        } catch let error as ArchiveError {
            if case .cannotOpen = error { throw error }
            try handOutForTheRest(Self.rejection(error, in: taken.file.name))
        }
    }

    private func open(_ taken: Taken) throws -> RecordFile {
        let file = taken.file
        guard case .stream(let member) = file.format else {
            let bytes = try FileBytes(path: file.path, name: file.name)
            let origin = FileOrigin(source: file.name, captures: taken.role.captures)
            return RecordFile(origin: origin) {
                let chunk = try bytes.read()
                try consumed(chunk.count)
                return chunk
            }
        }
        let archive = try ArchiveReader(
            .file(path: file.path), name: file.name, format: .stream(member: member), limits: limits)
        var isOpen = false
        let ahead = ReadAhead {
            if !isOpen {
                isOpen = true
                guard try archive.next() != nil else { return ReadAhead.Chunk(bytes: [], consumed: 0) }
            }
            let bytes = try archive.read()
            return ReadAhead.Chunk(bytes: bytes, consumed: min(archive.archiveBytesRead, file.bytes))
        }
        var told = 0
        let origin = FileOrigin(source: file.name, member: member, captures: taken.role.captures)
        return RecordFile(origin: origin) {
            let chunk = try ahead.next()
            try consumed(chunk.consumed - told)
            told = chunk.consumed
            return chunk.bytes
        }
    }

    /// Lets the reader of the file's source read it.
    /// - Throws: `IngestError.unlikeRecipe` when most of the file is not what the recipe says; `ForeignFormatError`.
    func hand(_ file: RecordFile, _ role: FileRole) throws {
        var file = file
        file.bytes = ForeignFormatError.checked(file.bytes, of: file.origin)
        var health = FileHealth()
        func check(atEnd: Bool) throws {
            guard let diagnosis = health.diagnosis(atEnd: atEnd) else { return }
            throw IngestError.unlikeRecipe(
                file: file.origin.provenance().description, records: diagnosis.records,
                failures: diagnosis.failures, looksLike: diagnosis.looksLike, detail: diagnosis.detail)
        }
        try recipe.sources[role.source].reader.read(file) { outcome in
            try handler(outcome)
            health.note(outcome)
            try check(atEnd: false)
        }
        try check(atEnd: true)
    }

    /// Hands out what stands for the rest of a file or an archive.
    func handOutForTheRest(_ rejection: Rejection) throws {
        note(SourceNote.notReadToEnd, 1)
        try handler(.rejection(rejection))
    }

    static func rejection(_ error: ArchiveError, in source: String, member prefix: String = "") -> Rejection {
        let position = error.position
        let member = position.member.map { prefix + $0 } ?? (prefix.isEmpty ? nil : String(prefix.dropLast()))
        return Rejection(
            ingest: error.reason, error.summary,
            at: Provenance(source: source, member: member, byteOffset: position.byteOffset))
    }
}
