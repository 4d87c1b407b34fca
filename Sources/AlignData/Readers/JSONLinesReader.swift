/// Reads one JSON object a line. A line that cannot be used costs that line alone.
public struct JSONLinesReader: RecordReader {
    /// Longer lines are rejected, in bounded memory.
    public static let maxLineBytes = 32 << 20

    private let assembler: RecordAssembler<JSONNode>
    private let decoder: TextDecoder
    /// The members that the paths begin with (UTF-8); nil where a path begins with something else.
    private let members: [[UInt8]]?

    public init(_ source: RecipeSource) {
        assembler = RecordAssembler(source, separator: " ")
        decoder = TextDecoder(source)
        var members: [[UInt8]]? = []
        for text in source.allPaths {
            if case .key(let name)? = JSONPath(text)?.steps.first {
                members?.append(Array(name.utf8))
            } else {
                members = nil
            }
        }
        self.members = members
    }

    /// Hands out every line in order, but for blank ones.
    public func read(_ file: RecordFile, _ handler: RecordHandler) throws {
        guard let summaries = try TextFile.summaries(of: file, decoder, handler) else { return }
        var lines = LineReader(maxLineBytes: Self.maxLineBytes)
        let take = { (line: LineReader.Line, position: LineReader.Position) in
            let place = file.origin.provenance(byteOffset: position.byteOffset, line: position.line)
            var bytes = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            if case .whole(let whole) = line { bytes = whole }
            try hand(
                JSONLine(line, members: members, at: place), of: bytes, "line", file.origin, summaries,
                handler)
        }
        let bytes = decoder.source(file.bytes)
        while case let chunk = try bytes(), !chunk.isEmpty { try lines.feed(chunk, take) }
        try lines.finish(take)
    }

    /// Hands out what `bytes` hold, which `name` is the name of.
    fileprivate func hand(
        _ bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ origin: FileOrigin, _ provenance: Provenance,
        _ summaries: [String], _ handler: RecordHandler
    ) throws {
        try hand(
            JSONLine(bytes, named: name, members: members, at: provenance), of: bytes, name, origin,
            summaries, handler)
    }

    private func hand(
        _ line: JSONLine, of bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ origin: FileOrigin,
        _ summaries: [String], _ handler: RecordHandler
    ) throws {
        switch line {
        case .blank: return
        case .rejection(let rejection):
            guard rejection.reason == JSONLine.invalidUTF8, let repaired = decoder.repaired(bytes) else {
                return try handler(.rejection(rejection))
            }
            try handler(.noted(TextDecoder.repairNote, 1))
            try repaired.withUnsafeBufferPointer {
                try hand($0, name, origin, rejection.provenance, summaries, handler)
            }
        case .object(var value, let provenance, let excerpt):
            if decoder.repair == .replace, let mended = value.mended {
                try handler(.noted(JSONLine.mendedNote, 1))
                value = mended
            }
            try assembler.handOut(
                JSONNode(value: value, isWhole: members == nil), origin: origin, provenance: provenance,
                summaries: summaries, excerpt: excerpt
            ) { outcome in
                guard members != nil, case .rejection(var rejection) = outcome,
                    rejection.reason == RecordAssembler<JSONNode>.missingField,
                    !rejection.detail.contains(RecordAssembler<JSONNode>.listed),
                    let whole = try? JSONParser.parse(bytes, allowsBrokenStrings: true)
                else { return try handler(outcome) }
                // Who looks for the right field wants to know all that are there.
                rejection.detail += RecordAssembler.listing(JSONNode(value: whole))
                try handler(.rejection(rejection))
            }
        }
    }
}

/// Reads JSON documents of any size: a list of records, records somewhere inside, or documents one after the other.
public struct JSONDocumentReader: RecordReader {
    private let records: JSONLinesReader
    private let decoder: TextDecoder
    private let path: JSONPath?

    /// - Parameter source: its `record` is a JSON path; without one, the elements of a list are the records, or
    ///   what is no list.
    public init(_ source: RecipeSource) {
        records = JSONLinesReader(source)
        decoder = TextDecoder(source)
        path = source.record.flatMap { JSONPath($0) }
    }

    public func read(_ file: RecordFile, _ handler: RecordHandler) throws {
        guard let summaries = try TextFile.summaries(of: file, decoder, handler) else { return }
        var splitter = JSONRecordSplitter(path: path, maxRecordBytes: JSONLinesReader.maxLineBytes)
        let bytes = decoder.source(file.bytes)
        let take = { (piece: JSONRecordSplitter.Piece, position: LineReader.Position) in
            let place = file.origin.provenance(byteOffset: position.byteOffset, line: position.line)
            switch piece {
            case .record(let bytes):
                try records.hand(bytes, "record", file.origin, place, summaries, handler)
            case .tooLong:
                let detail = "the record is longer than \(JSONLinesReader.maxLineBytes) bytes"
                try handler(.rejection(Rejection(ingest: "record-too-long", detail, at: place)))
            case .broken(let detail):
                try Rejection(ingest: "not-json", detail, at: place).handOutForTheRest(to: handler)
            }
        }
        while !splitter.isBroken, case let chunk = try bytes(), !chunk.isEmpty {
            try splitter.feed(chunk, take)
        }
        if !splitter.isBroken { try splitter.finish(take) }
        if splitter.count == 0 {
            let detail =
                path == nil ? "the file holds no record" : "nothing in the file is what record selects"
            try handler(.rejection(Rejection(ingest: "no-record", detail, at: file.origin.provenance())))
        }
    }
}
