/// Reads everything that a recipe takes from the given sources, in an order that only the names decide:
/// sources as given, files and members by the bytes of their paths, records as they stand. The records of an
/// archive are held until its end, because its members may stand in any order; a compressed single file is
/// not.
struct CorpusReader {
    let recipe: Recipe
    let limits: ArchiveLimits
    /// Told the bytes of input consumed since the last call.
    let consumed: (Int) throws -> Void
    let handler: RecordHandler
    /// Told what is worth counting that is no record.
    let note: (String, Int) -> Void

    /// A file of one source, or a member of an archive, on its way to become records.
    private struct Item {
        var origin: FileOrigin
        var role: FileRole
        /// Reads a text file whole. `nil` for records that were read already.
        var text: (() throws -> [UInt8])?
        var outcomes: [RecordOutcome] = []
    }

    /// - Throws: `IngestError.nothingMatched`; `ReadError`; `ArchiveError.cannotOpen`; what the closures
    ///   throw.
    func read(_ listing: SourceListing) throws {
        var texts: [Item] = []
        var matched = false
        let plain = listing.files.map { recipe.role(ofFile: $0.relative) }
        for (file, role) in zip(listing.files, plain) {
            guard let role, role.kind != .records, ArchiveFormat(path: file.relative) == nil else { continue }
            texts.append(
                Item(origin: origin(file, role), role: role, text: { try self.whole(file) }))
        }
        let pairs = Pairs(texts, recipe: recipe)
        for (file, role) in zip(listing.files, plain) {
            if let format = ArchiveFormat(path: file.relative) {
                if try read(file, format) { matched = true }
            } else if let role {
                matched = true
                let origin = origin(file, role)
                if role.kind == .records {
                    let bytes = try FileBytes(path: file.path, name: file.name)
                    try records(role, origin, handler) {
                        let chunk = try bytes.read()
                        try consumed(chunk.count)
                        return chunk
                    }
                } else {
                    try pair(Item(origin: origin, role: role, text: { try self.whole(file) }), pairs, handler)
                }
            } else {
                note("unmatched-files", 1)
                try consumed(file.bytes)
            }
        }
        if !matched {
            throw IngestError.nothingMatched(
                path: listing.source, seen: listing.files.prefix(4).map(\.relative),
                patterns: recipe.allPatterns.map(\.text))
        }
    }

    private func origin(_ file: ListedFile, _ role: FileRole) -> FileOrigin {
        FileOrigin(source: file.name, captures: role.captures)
    }

    private func whole(_ file: ListedFile) throws -> [UInt8] {
        let bytes = try FileBytes(path: file.path, name: file.name)
        return try whole {
            let chunk = try bytes.read()
            try consumed(chunk.count)
            return chunk
        }
    }

    private func whole(_ bytes: ByteSource) throws -> [UInt8] {
        var content: [UInt8] = []
        while case let chunk = try bytes(), !chunk.isEmpty { content += chunk }
        return content
    }

    // MARK: - Records and pairs

    private func records(
        _ role: FileRole, _ origin: FileOrigin, _ handler: RecordHandler, _ bytes: @escaping ByteSource
    ) throws {
        let source = recipe.sources[role.source]
        switch source.layout {
        case .jsonLines(let mapping):
            try JSONLinesReader(mapping: mapping, split: source.split).read(bytes, origin: origin, handler)
        case .xml(let record, let mapping):
            guard let reader = XMLRecordReader(record: record, mapping: mapping, split: source.split) else {
                preconditionFailure("a recipe's expressions are checked when it is read")
            }
            try reader.read(bytes, origin: origin, handler)
        case .textPairs: preconditionFailure("text files are read as pairs")
        }
    }

    /// The documents and summaries of one source or archive, by what ties them together.
    private struct Pairs {
        var documents: Set<String> = []
        var summaries: [String: [Item]] = [:]

        init(_ items: [Item], recipe: Recipe) {
            for item in items {
                guard let key = recipe.pairKey(item.role) else { continue }
                if item.role.kind == .document {
                    documents.insert(key)
                } else {
                    summaries[key, default: []].append(item)
                }
            }
        }
    }

    private func pair(_ item: Item, _ pairs: Pairs, _ handler: RecordHandler) throws {
        let key = recipe.pairKey(item.role)
        if item.role.kind == .summary {
            guard let key, !pairs.documents.contains(key) else { return }
            let detail = "no document belongs to this summary file"
            return try handler(
                .rejection(Rejection(ingest: "unpaired-summary", detail, at: item.origin.provenance())))
        }
        let source = recipe.sources[item.role.source]
        guard case .textPairs(_, let titleIsFirstLine) = source.layout else { return }
        let file = { (item: Item) in
            TextPairReader.File(origin: item.origin, bytes: try item.text?() ?? [])
        }
        let reader = TextPairReader(titleIsFirstLine: titleIsFirstLine, split: source.split)
        try handler(
            reader.outcome(
                document: file(item), summaries: try key.map { try (pairs.summaries[$0] ?? []).map(file) }))
    }

    // MARK: - Archives

    /// - Returns: whether anything in it was what the recipe asks for, or could not be told because of
    ///   damage.
    private func read(_ file: ListedFile, _ format: ArchiveFormat) throws -> Bool {
        let streamRole: FileRole?
        if case .stream(let member) = format {
            streamRole = recipe.role(ofStream: file.relative, member: member)
        } else {
            streamRole = nil
        }
        let isWanted = format == .archive ? recipe.opens(archive: file.relative) : streamRole != nil
        guard isWanted else {
            note("unmatched-files", 1)
            try consumed(file.bytes)
            return false
        }
        let archive = try ArchiveReader(path: file.path, name: file.name, format: format, limits: limits)
        var told = 0
        let tell = {
            let now = min(archive.archiveBytesRead, file.bytes)
            try consumed(now - told)
            told = now
        }
        var items: [Item] = []
        var damage: [RecordOutcome] = []
        var isAtEnd = false
        while !isAtEnd {
            do {
                guard let member = try archive.next() else { break }
                try tell()
                guard let role = streamRole ?? recipe.role(ofMember: member.name, in: file.relative) else {
                    note("unmatched-members", 1)
                    continue
                }
                let origin = FileOrigin(source: file.name, member: member.name, captures: role.captures)
                let bytes: ByteSource = {
                    try tell()
                    return try archive.read()
                }
                if role.kind != .records {
                    let content = try whole(bytes)
                    items.append(Item(origin: origin, role: role, text: { content }))
                } else if streamRole != nil {
                    try records(role, origin, handler, bytes)
                    items.append(Item(origin: origin, role: role))
                } else {
                    try collect(role, origin, bytes, into: &items)
                }
            } catch let error as ArchiveError {
                switch error {
                case .cannotOpen: throw error
                case .damaged, .overLimit: isAtEnd = true
                case .memberDamaged, .encrypted: break
                }
                damage.append(.rejection(rejection(error, in: file)))
            }
        }
        for (reason, count) in archive.skipped { note(reason.rawValue, count) }
        items.sort {
            ($0.origin.member ?? "").utf8.lexicographicallyPrecedes(($1.origin.member ?? "").utf8)
        }
        let pairs = Pairs(items.filter { $0.role.kind != .records }, recipe: recipe)
        for item in items {
            if item.role.kind == .records {
                for outcome in item.outcomes { try handler(outcome) }
            } else {
                try pair(item, pairs, handler)
            }
        }
        for outcome in damage { try handler(outcome) }
        try consumed(file.bytes - told)
        return !items.isEmpty || !damage.isEmpty
    }

    /// Reads a member. What was read whole before the archive broke off is kept; of a member that does not
    /// match its checksum nothing is, because any of it may be wrong.
    private func collect(
        _ role: FileRole, _ origin: FileOrigin, _ bytes: @escaping ByteSource, into items: inout [Item]
    ) throws {
        var item = Item(origin: origin, role: role)
        do {
            try records(role, origin, { item.outcomes.append($0) }, bytes)
        } catch let error as ArchiveError {
            if case .memberDamaged = error { throw error }
            items.append(item)
            throw error
        }
        items.append(item)
    }

    private func rejection(_ error: ArchiveError, in file: ListedFile) -> Rejection {
        let position = error.position
        return Rejection(
            ingest: error.reason, error.summary,
            at: Provenance(source: file.name, member: position.member, byteOffset: position.byteOffset))
    }
}
