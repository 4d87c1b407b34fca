extension ArchiveContents {
    /// - Returns: whether anything in it was what the recipe asks for, or could not be told because of damage.
    func read() throws -> Bool {
        let survey = try survey()
        let items = try items(of: survey)
        try read(items, survey)
        for fault in survey.faults { try reader.handOutForTheRest(fault) }
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
            if next == first {
                // Around damage, libarchive may find other members when it skips those before than when it reads them.
                try reader.handOutForTheRest(lost(items[next].entries[0]))
                next += 1
                try settle()
            }
        }
    }

    private func lost(_ entry: Entry) -> Rejection {
        let error = ArchiveError.memberDamaged(archive: name, member: entry.name, memberOffset: 0, code: 0)
        return CorpusReader.rejection(error, in: file.name, member: prefix)
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
            if !entry.isCut { try reader.handOutForTheRest(rejection(error, in: entry)) }
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
            try readNested(entry, survey) {
                let bytes = try reopened(entry).bytes
                return entry.isSevenZip ? .memory(try whole(bytes)) : .stream(bytes)
            }
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
            return try reader.handOutForTheRest(
                CorpusReader.rejection(error, in: file.name, member: prefix))
        }
        if entry.isSevenZip, entry.bytes > limits.maxNested7zBytes {
            let error = ArchiveError.overLimit(
                archive: name, member: entry.name, memberOffset: 0, limit: "bytes of a 7z inside an archive",
                value: limits.maxNested7zBytes)
            return try reader.handOutForTheRest(
                CorpusReader.rejection(error, in: file.name, member: prefix))
        }
        let contents = ArchiveContents(
            reader: reader, file: file, path: path + [entry.name], format: .archive, limits: inner,
            progress: nil, input: input)
        do {
            _ = try contents.read()
        } catch let error as ArchiveError {
            if !entry.isCut { try reader.handOutForTheRest(rejection(error, in: entry)) }
        }
    }

    private func whole(_ source: ByteSource) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while case let chunk = try source(), !chunk.isEmpty { bytes += chunk }
        return bytes
    }

    func open() throws -> ArchiveReader {
        try ArchiveReader(try input(), name: name, format: format, limits: limits)
    }
}
