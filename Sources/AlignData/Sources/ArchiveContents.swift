/// Reads the members of an archive in the order of their names, whatever their order in the archive, without
/// unpacking anything and in memory that does not depend on its size.
///
/// A first pass (the survey) learns the names, sizes and faults. Then, pass by pass, a member whose turn it is goes
/// straight from the archive to its reader, and those whose turn comes soon are held as far as there is room. An
/// archive whose members are sorted, or small, needs one such pass.
struct ArchiveContents {
    let reader: CorpusReader
    /// The file on disk that holds it all.
    let file: ListedFile
    /// The archive's path, with the archives on the way to it in front.
    let path: [String]
    let format: ArchiveFormat
    let limits: ArchiveLimits
    /// Told how far the outermost archive is consumed; `nil` for archives in archives.
    let progress: ((ArchiveReader) throws -> Void)?
    /// A fresh input that starts at the archive's first byte.
    let input: () throws -> ArchiveInput

    var name: String { ([file.name] + path.dropFirst()).joined(separator: "!") }
    /// What stands before a member's name in provenance.
    var prefix: String { path.dropFirst().map { $0 + "!" }.joined() }

    // MARK: - The survey

    struct Entry {
        var name: String
        /// Among all regular files of the archive.
        var ordinal: Int
        var bytes: Int
        /// The archive breaks off inside: what comes before may be used.
        var isCut: Bool
        var role: FileRole?
        var nested: ArchiveFormat?
        var isSevenZip = false
    }

    struct Survey {
        var entries: [Entry] = []
        var faults: [Rejection] = []
        var bytesOut = 0
    }

    func survey() throws -> Survey {
        var survey = Survey()
        let archive = try open()
        archive.onSkip = { reason, name in
            guard let kind = reason.passedOver else { return }
            if name.map({ reader.recipe.mightTake(path + [$0]) }) ?? true { reader.passOver(kind.rawValue) }
        }
        var ordinal = 0
        while try surveyMember(ordinal, of: archive, into: &survey) { ordinal += 1 }
        for (reason, count) in archive.skipped.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            reader.note(reason.rawValue, count)
        }
        survey.bytesOut = archive.bytesOut
        return survey
    }

    /// - Returns: whether there may be a member after it.
    private func surveyMember(
        _ ordinal: Int, of archive: ArchiveReader, into survey: inout Survey
    ) throws -> Bool {
        var entry: Entry?
        do {
            guard let member = try archive.next() else { return false }
            try progress?(archive)
            try identify(member, ordinal, archive, as: &entry)
            if entry != nil { try measure(&entry, archive) }
            if let entry { survey.entries.append(entry) }
            return entry?.isCut != true
        } catch let error as ArchiveError {
            let goesOn: Bool
            switch error {
            case .cannotOpen: throw error
            case .damaged, .overLimit:
                goesOn = false
                entry?.isCut = true
                if let entry { survey.entries.append(entry) }
            // Of a member that does not match its checksum any byte may be wrong.
            case .memberDamaged(_, let member, _, _), .encrypted(_, let member):
                goesOn = true
                // Nobody would have read it.
                if entry == nil, !reader.recipe.mightTake(path + [member]) { return true }
            }
            survey.faults.append(CorpusReader.rejection(error, in: file.name, member: prefix))
            return goesOn
        }
    }

    /// Tells what a member is by its name and first bytes.
    /// - Parameter entry: stays nil for a member that nobody takes. Of one whose first bytes cannot be read it is what
    ///   the name says.
    private func identify(
        _ member: ArchiveMember, _ ordinal: Int, _ archive: ArchiveReader, as entry: inout Entry?
    ) throws {
        let head: [UInt8]
        do { head = try self.head(of: member.name, archive) } catch let error as ArchiveError {
            entry = classify(member.name, ordinal, ArchiveFormat(path: member.name))
            throw error
        }
        let format = ArchiveFormat(name: member.name, start: head.prefix(FileSignature.length)) {
            ArchiveFormat.unfolded(.memory(head))
        }
        guard var found = classify(member.name, ordinal, format) else {
            reader.note("unmatched-members", 1)
            reader.seen.names.add(([file.relative] + path.dropFirst() + [member.name]).joined(separator: "!"))
            return
        }
        if member.isNameEscaped { reader.note(SourceNote.escapedNames, 1) }
        found.bytes = head.count
        found.isSevenZip = FileSignature(head.prefix(FileSignature.length)) == .sevenZip
        entry = found
    }

    /// Reads the rest of a member, as far as a preview goes.
    private func measure(_ entry: inout Entry?, _ archive: ArchiveReader) throws {
        while case let chunk = try archive.read(), !chunk.isEmpty {
            entry?.bytes += chunk.count
            try progress?(archive)
            if let preview = reader.archivePreview, archive.bytesOut > preview {
                entry?.isCut = true
                return
            }
        }
    }

    /// The first bytes of a member, enough to tell what it is; none of one that nobody would take, whatever it is.
    private func head(of member: String, _ archive: ArchiveReader) throws -> [UInt8] {
        guard reader.recipe.opens(archive: path + [member]) || reader.recipe.mightTake(path + [member]) else {
            return []
        }
        var head: [UInt8] = []
        repeat {
            let chunk = try archive.read()
            if chunk.isEmpty { break }
            head += chunk
        } while head.count < FileSignature.length
        return head
    }

    private func classify(_ name: String, _ ordinal: Int, _ format: ArchiveFormat?) -> Entry? {
        var entry = Entry(name: name, ordinal: ordinal, bytes: 0, isCut: false)
        let path = path + [name]
        entry.nested = format
        if format == .archive { return reader.recipe.opens(archive: path) ? entry : nil }
        entry.role = reader.recipe.role(of: path, as: format)
        return entry.role == nil ? nil : entry
    }

    // MARK: - What is to be done

    struct Item {
        enum Work {
            case records
            /// The summaries' files are among the entries, after the document's.
            case paired
            /// Line by line with the summaries' files.
            case parallel
            case archive
            case unpaired
        }

        var work: Work
        var entries: [Entry]

        var bytes: Int { entries.reduce(0) { $0 + $1.bytes } }
    }

    /// - Throws: `IngestError`, when two files could be meant.
    func items(of survey: Survey) throws -> [Item] {
        let entries = survey.entries.sorted {
            $0.name == $1.name
                ? $0.ordinal < $1.ordinal : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        let recipe = reader.recipe
        let pairing = try SummaryPairing(entries.map(\.role), of: recipe) { name + "!" + entries[$0].name }
        return entries.enumerated().compactMap { index, entry in
            guard let role = entry.role else { return Item(work: .archive, entries: [entry]) }
            if role.isSummary {
                return pairing.unpaired.contains(index) ? Item(work: .unpaired, entries: [entry]) : nil
            }
            guard let summaries = pairing.summaries[index] else {
                return Item(work: .records, entries: [entry])
            }
            let source = recipe.sources[role.source]
            let isParallel = source.format == .text && source.textRecord == .line
            return Item(
                work: isParallel ? .parallel : .paired, entries: [entry] + summaries.map { entries[$0] })
        }
    }
}
