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

    private var name: String { ([file.name] + path.dropFirst()).joined(separator: "!") }
    /// What stands before a member's name in provenance.
    private var prefix: String { path.dropFirst().map { $0 + "!" }.joined() }

    // MARK: - The survey

    private struct Entry {
        var name: String
        /// Among all regular files of the archive.
        var ordinal: Int
        var bytes: Int
        /// The archive breaks off inside: what comes before may be used.
        var isCut: Bool
        var role: FileRole?
        var nested: ArchiveFormat?
    }

    private struct Survey {
        var entries: [Entry] = []
        var faults: [Rejection] = []
        var bytesOut = 0
    }

    private func survey() throws -> Survey {
        var survey = Survey()
        let archive = try open()
        var ordinal = -1
        var isAtEnd = false
        while !isAtEnd {
            var entry: Entry?
            do {
                ordinal += 1
                guard let member = try archive.next() else { break }
                try progress?(archive)
                guard let found = classify(member.name, ordinal) else {
                    reader.note("unmatched-members", 1)
                    continue
                }
                entry = found
                while case let chunk = try archive.read(), !chunk.isEmpty {
                    entry?.bytes += chunk.count
                    try progress?(archive)
                    if let preview = reader.archivePreview, archive.bytesOut > preview {
                        entry?.isCut = true
                        isAtEnd = true
                        break
                    }
                }
                if let entry { survey.entries.append(entry) }
            } catch let error as ArchiveError {
                switch error {
                case .cannotOpen: throw error
                case .damaged, .overLimit:
                    isAtEnd = true
                    entry?.isCut = true
                    if let entry { survey.entries.append(entry) }
                // Of a member that does not match its checksum any byte may be wrong.
                case .memberDamaged, .encrypted: break
                }
                survey.faults.append(CorpusReader.rejection(error, in: file.name, member: prefix))
            }
        }
        for (reason, count) in archive.skipped.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            reader.note(reason.rawValue, count)
        }
        survey.bytesOut = archive.bytesOut
        return survey
    }

    private func classify(_ name: String, _ ordinal: Int) -> Entry? {
        var entry = Entry(name: name, ordinal: ordinal, bytes: 0, isCut: false)
        let path = path + [name]
        switch ArchiveFormat(path: name) {
        case .archive?:
            guard reader.recipe.opens(archive: path) else { return nil }
            entry.nested = .archive
        case .stream(let member)?:
            entry.nested = .stream(member: member)
            entry.role = reader.recipe.role(ofStream: path, member: member)
            if entry.role == nil { return nil }
        case nil:
            entry.role = reader.recipe.role(of: path)
            if entry.role == nil { return nil }
        }
        return entry
    }

    // MARK: - What is to be done

    private struct Item {
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

    private func items(of survey: Survey) -> [Item] {
        let entries = survey.entries.sorted {
            $0.name == $1.name
                ? $0.ordinal < $1.ordinal : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        let recipe = reader.recipe
        var summaries: [String: [Entry]] = [:]
        var documents: Set<String> = []
        for entry in entries {
            guard let role = entry.role, let key = recipe.pairKey(role) else { continue }
            if role.isSummary { summaries[key, default: []].append(entry) } else { documents.insert(key) }
        }
        return entries.compactMap { entry in
            guard let role = entry.role else { return Item(work: .archive, entries: [entry]) }
            guard let key = recipe.pairKey(role) else { return Item(work: .records, entries: [entry]) }
            if role.isSummary {
                return documents.contains(key) ? nil : Item(work: .unpaired, entries: [entry])
            }
            let source = recipe.sources[role.source]
            let isParallel = source.format == .text && source.textRecord == .line
            return Item(
                work: isParallel ? .parallel : .paired, entries: [entry] + (summaries[key] ?? []))
        }
    }

    // MARK: - Reading

    /// - Returns: whether anything in it was what the recipe asks for, or could not be told because of damage.
    func read() throws -> Bool {
        let survey = try survey()
        let items = items(of: survey)
        try read(items, survey)
        for fault in survey.faults { try reader.handler(.rejection(fault)) }
        return !items.isEmpty || !survey.faults.isEmpty
    }

    private struct Held {
        var bytes: [UInt8]
        var error: ArchiveError?
    }

    private func read(_ items: [Item], _ survey: Survey) throws {
        var sums = [0]
        var owner: [Int: [Int]] = [:]
        for (index, item) in items.enumerated() {
            sums.append(sums[index] + item.bytes)
            for entry in item.entries { owner[entry.ordinal, default: []].append(index) }
        }
        var next = 0
        var held: [Int: Held] = [:]
        /// Deals with everything whose turn it is and that needs no more reading.
        func settle() throws {
            while next < items.count, try deal(with: items[next], held, survey) {
                for entry in items[next].entries where owner[entry.ordinal]?.last == next {
                    held[entry.ordinal] = nil
                }
                next += 1
            }
        }
        try settle()
        while next < items.count {
            let first = next
            let archive = try open()
            var ordinal = -1
            while next < items.count {
                ordinal += 1
                do {
                    guard try archive.next() != nil else { break }
                } catch let error as ArchiveError {
                    if case .encrypted = error { continue }
                    break
                }
                try progress?(archive)
                guard held[ordinal] == nil, let index = owner[ordinal]?.first(where: { $0 >= next }) else {
                    continue
                }
                if index == next, items[next].work == .records {
                    try stream(items[next].entries[0], archive)
                    next += 1
                } else if index == next || sums[index + 1] - sums[next] <= reader.heldBytes {
                    held[ordinal] = try hold(archive)
                }
                try settle()
            }
            guard next > first else {
                throw ReadError(name: name, reason: "the archive changed while it was read")
            }
        }
    }

    private func origin(_ entry: Entry) -> FileOrigin {
        var member = prefix + entry.name
        if case .stream(let inner)? = entry.nested { member += "!" + inner }
        return FileOrigin(source: file.name, member: member, captures: entry.role?.captures ?? [:])
    }

    /// Straight from the archive to the reader.
    private func stream(_ entry: Entry, _ archive: ArchiveReader) throws {
        try hand(
            RecordFile(origin: origin(entry)) {
                let chunk = try archive.read()
                try progress?(archive)
                return chunk
            }, entry)
    }

    /// Reads a member that is no archive, compressed or not.
    private func hand(_ raw: RecordFile, _ entry: Entry) throws {
        guard let role = entry.role else { return }
        var file = raw
        file.bytes = try content(entry, raw.bytes)
        do {
            try reader.hand(file, role)
        } catch let error as ArchiveError {
            // Where the archive breaks off, the survey has said so.
            if !entry.isCut { try reader.handler(.rejection(rejection(error, in: entry))) }
        }
    }

    private func rejection(_ error: ArchiveError, in entry: Entry) -> Rejection {
        CorpusReader.rejection(error, in: file.name, member: prefix + entry.name + "!")
    }

    /// What is in a compressed member; any other member as it is.
    private func content(_ entry: Entry, _ raw: @escaping ByteSource) throws -> ByteSource {
        guard case .stream(let inner)? = entry.nested else { return raw }
        let archive = try ArchiveReader(
            .stream(raw), name: name + "!" + entry.name, format: .stream(member: inner), limits: limits)
        var isOpen = false
        return {
            if !isOpen {
                isOpen = true
                guard try archive.next() != nil else { return [] }
            }
            return try archive.read()
        }
    }

    /// A member's bytes, as many as a text file or an archive in memory may have.
    private func hold(_ archive: ArchiveReader) throws -> Held {
        var held = Held(bytes: [])
        do {
            while case let chunk = try archive.read(), !chunk.isEmpty {
                if held.bytes.count <= reader.heldBytes { held.bytes += chunk }
                try progress?(archive)
            }
        } catch let error as ArchiveError {
            held.error = error
        }
        return held
    }

    /// - Returns: false when something of the item is still to be read.
    private func deal(with item: Item, _ held: [Int: Held], _ survey: Survey) throws -> Bool {
        let entry = item.entries[0]
        switch item.work {
        case .unpaired: try reader.handler(.rejection(CorpusReader.unpaired(origin(entry))))
        case .parallel:
            var file = try reopened(entry)
            file.summaries = try item.entries.dropFirst().map { entry in
                var summary = try reopened(entry)
                summary.bytes = try content(entry, summary.bytes)
                return summary
            }
            try hand(file, entry)
        case .archive where entry.bytes > reader.heldBytes:
            try readNested(entry, survey) { .stream(try reopened(entry).bytes) }
        case .archive:
            guard let bytes = held[entry.ordinal]?.bytes else { return false }
            try readNested(entry, survey) { .memory(bytes) }
        case .records:
            guard let content = held[entry.ordinal] else { return false }
            try hand(file(entry, content), entry)
        case .paired:
            guard item.entries.allSatisfy({ held[$0.ordinal] != nil }) else { return false }
            let files = try item.entries.compactMap { entry in
                try held[entry.ordinal].map { content in
                    var file = file(entry, content)
                    file.bytes = try self.content(entry, file.bytes)
                    return file
                }
            }
            var document = file(entry, held[entry.ordinal] ?? Held(bytes: []))
            document.summaries = Array(files.dropFirst())
            try hand(document, entry)
        }
        return true
    }

    private func file(_ entry: Entry, _ held: Held) -> RecordFile {
        var isDone = false
        return RecordFile(origin: origin(entry)) {
            if !isDone, !held.bytes.isEmpty {
                isDone = true
                return held.bytes
            }
            if let error = held.error { throw error }
            return []
        }
    }

    /// A member read through an archive of its own, opened on the first byte asked for.
    private func reopened(_ entry: Entry) throws -> RecordFile {
        var archive: ArchiveReader?
        let raw: ByteSource = {
            if archive == nil {
                let opened = try open()
                archive = opened
                for _ in 0...entry.ordinal {
                    do {
                        guard try opened.next() != nil else { return [] }
                    } catch ArchiveError.encrypted {
                        continue
                    }
                }
            }
            return try archive?.read() ?? []
        }
        return RecordFile(origin: origin(entry), bytes: raw)
    }

    // MARK: - Archives in archives

    private func readNested(
        _ entry: Entry, _ survey: Survey, _ input: @escaping () throws -> ArchiveInput
    ) throws {
        let depth = path.count + 1
        var inner = limits
        inner.maxBytes = max(0, limits.maxBytes - survey.bytesOut)
        if depth > limits.maxDepth {
            let error = ArchiveError.overLimit(
                archive: name, member: entry.name, memberOffset: 0, limit: "depth", value: limits.maxDepth)
            return try reader.handler(
                .rejection(CorpusReader.rejection(error, in: file.name, member: prefix)))
        }
        let needsSeeking =
            entry.name.lowercased().hasSuffix(".zip") || entry.name.lowercased().hasSuffix(".7z")
        if needsSeeking, entry.bytes > reader.heldBytes {
            let error = ArchiveError.overLimit(
                archive: name, member: entry.name, memberOffset: 0,
                limit: "bytes of a zip or 7z inside an archive",
                value: reader.heldBytes)
            return try reader.handler(
                .rejection(CorpusReader.rejection(error, in: file.name, member: prefix)))
        }
        let contents = ArchiveContents(
            reader: reader, file: file, path: path + [entry.name], format: .archive, limits: inner,
            progress: nil, input: input)
        do {
            _ = try contents.read()
        } catch let error as ArchiveError {
            if !entry.isCut { try reader.handler(.rejection(rejection(error, in: entry))) }
        }
    }

    private func open() throws -> ArchiveReader {
        try ArchiveReader(try input(), name: name, format: format, limits: limits)
    }
}

extension CorpusReader {
    /// - Returns: whether anything in it was what the recipe asks for, or could not be told because of damage.
    func read(archive file: ListedFile) throws -> Bool {
        // The survey and the first pass after it consume the file once each; later passes do not count.
        let goal = file.bytes * Self.passes(file)
        var told = 0
        var current: ObjectIdentifier?
        var pass = -1
        let contents = ArchiveContents(
            reader: self, file: file, path: [file.relative], format: .archive, limits: limits,
            progress: { archive in
                if current != ObjectIdentifier(archive) {
                    current = ObjectIdentifier(archive)
                    pass += 1
                }
                let now = min(pass * file.bytes + min(archive.archiveBytesRead, file.bytes), goal)
                try consumed(max(0, now - told))
                told = max(told, now)
            },
            input: { .file(path: file.path) })
        let matched = try contents.read()
        try consumed(goal - told)
        return matched
    }
}
