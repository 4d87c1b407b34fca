/// Reads plain text: a file, a line or a stanza is a record.
public struct TextReader: RecordReader {
    private let assembler: RecordAssembler<NamedTexts>
    private let decoder: TextDecoder
    private let unit: RecipeSource.TextRecord
    /// The names that the recipe takes.
    private let taken: Set<String>

    public init(_ source: RecipeSource) {
        taken = Set(source.allPaths)
        assembler = RecordAssembler(source, separator: "\n\n")
        decoder = TextDecoder(source)
        unit = source.textRecord
    }

    public func read(_ file: RecordFile, _ handler: RecordHandler) throws {
        switch unit {
        case .file: try readFile(file, handler)
        case .line: try readLines(file, handler)
        case .stanza: try readStanzas(file, handler)
        }
    }

    private func readFile(_ file: RecordFile, _ handler: RecordHandler) throws {
        guard let summaries = try TextFile.summaries(of: file, decoder, handler) else { return }
        switch try TextFile.text(of: file, decoder) {
        case .rejection(let rejection): try handler(.rejection(rejection))
        case .text(let decoded):
            if decoded.isRepaired { try handler(.noted(TextDecoder.repairNote, 1)) }
            let text = decoded.text
            try assembler.handOut(
                NamedTexts(fields: [(RecipeSource.textField, text)]), origin: file.origin,
                provenance: file.origin.provenance(byteOffset: 0), summaries: summaries,
                excerpt: { String(text.prefix(480)) }, to: handler)
        }
    }

    // MARK: - Lines

    /// The lines of the summary files belong to the lines of the document file one by one.
    private func readLines(_ file: RecordFile, _ handler: RecordHandler) throws {
        if file.summaries?.isEmpty == true {
            _ = try TextFile.summaries(of: file, decoder, handler)
            return
        }
        let partners = (file.summaries ?? []).map { LineSource(decoder.source($0.bytes)) }
        let lines = LineSource(decoder.source(file.bytes))
        while let line = try lines.next() {
            let matching = try partners.map { try $0.next() }
            let place = file.origin.provenance(byteOffset: line.position.byteOffset, line: line.position.line)
            var texts: [String] = []
            for line in [line] + matching {
                guard let line else {
                    let detail = "a summary file has fewer lines than the document file"
                    try handler(.rejection(Rejection(ingest: "missing-summary", detail, at: place)))
                    break
                }
                guard let bytes = line.bytes else {
                    let detail = "the line is longer than \(LineSource.maxLineBytes) bytes"
                    try handler(.rejection(Rejection(ingest: "line-too-long", detail, at: place)))
                    break
                }
                guard let decoded = decoder.text(bytes) else {
                    try handler(
                        .rejection(Rejection(ingest: "invalid-utf8", "the line is not UTF-8", at: place)))
                    break
                }
                if decoded.isRepaired { try handler(.noted(TextDecoder.repairNote, 1)) }
                texts.append(decoded.text)
            }
            guard texts.count == matching.count + 1 else { continue }
            try assembler.handOut(
                NamedTexts(fields: [(RecipeSource.textField, texts[0])]), origin: file.origin,
                provenance: place,
                summaries: Array(texts.dropFirst()), excerpt: { texts[0] }, to: handler)
        }
        for (partner, summary) in zip(partners, file.summaries ?? []) {
            while let line = try partner.next() {
                let detail = "the summary file has more lines than its document file"
                let place = summary.origin.provenance(
                    byteOffset: line.position.byteOffset, line: line.position.line)
                try handler(.rejection(Rejection(ingest: "unpaired-summary", detail, at: place)))
            }
        }
    }

    // MARK: - Stanzas

    /// Paragraphs of `Name: value` lines; a line that begins with a blank goes on with the value, a lone dot in
    /// it is an empty line (deb822).
    private func readStanzas(_ file: RecordFile, _ handler: RecordHandler) throws {
        guard let summaries = try TextFile.summaries(of: file, decoder, handler) else { return }
        let lines = LineSource(decoder.source(file.bytes))
        var stanza = Stanza()
        func end() throws {
            defer { stanza = Stanza() }
            guard let start = stanza.start else { return }
            let place = file.origin.provenance(byteOffset: start.byteOffset, line: start.line)
            if let fault = stanza.fault {
                return try handler(.rejection(Rejection(ingest: fault.reason, fault.detail, at: place)))
            }
            if let name = NamedTexts.repeated(stanza.fields.lazy.map(\.name), of: taken) {
                return try handler(
                    .rejection(
                        Rejection(
                            ingest: RecordAssembler<NamedTexts>.severalValues,
                            "two fields of the stanza have the name \(name), and the recipe takes only one",
                            at: place)))
            }
            try assembler.handOut(
                NamedTexts(fields: stanza.fields), origin: file.origin, provenance: place,
                summaries: summaries,
                excerpt: { stanza.fields.map(\.text).joined(separator: " ") }, to: handler)
        }
        while let line = try lines.next() {
            if let bytes = line.bytes, bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                try end()
                continue
            }
            if stanza.start == nil { stanza.start = line.position }
            guard let bytes = line.bytes else {
                stanza.fail("line-too-long", "a line is longer than \(LineSource.maxLineBytes) bytes")
                continue
            }
            guard let decoded = decoder.text(bytes) else {
                stanza.fail("invalid-utf8", "the stanza is not UTF-8")
                continue
            }
            if decoded.isRepaired { try handler(.noted(TextDecoder.repairNote, 1)) }
            stanza.take(decoded.text)
        }
        try end()
    }

    private struct Stanza {
        /// Longer stanzas are rejected.
        static let maxBytes = 8 << 20

        var start: LineReader.Position?
        var fields: [(name: String, text: String)] = []
        var fault: (reason: String, detail: String)?
        private var bytes = 0

        mutating func fail(_ reason: String, _ detail: String) {
            if fault == nil { fault = (reason, detail) }
            fields = []
        }

        mutating func take(_ line: String) {
            guard fault == nil else { return }
            bytes += line.utf8.count + 1
            if bytes > Self.maxBytes {
                fail("record-too-long", "the stanza is longer than \(Self.maxBytes) bytes")
            } else if line.hasPrefix(" ") || line.hasPrefix("\t") {
                guard !fields.isEmpty else {
                    return fail("not-a-stanza", "the stanza begins with a continued line")
                }
                let rest = line.dropFirst()
                fields[fields.count - 1].text += "\n" + (rest == "." ? "" : rest)
            } else if let colon = line.firstIndex(of: ":") {
                let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                fields.append((String(line[..<colon]), String(value)))
            } else {
                fail("not-a-stanza", "a line of the stanza is not of the form name: value")
            }
        }
    }
}

/// The lines of a stream, one at a time.
final class LineSource {
    /// Longer lines have no bytes.
    static let maxLineBytes = 8 << 20

    struct Line {
        /// `nil` for a line that is too long.
        var bytes: [UInt8]?
        var position: LineReader.Position
    }

    private let bytes: ByteSource
    private var reader = LineReader(maxLineBytes: LineSource.maxLineBytes)
    private var lines: [Line] = []
    private var index = 0
    private var isAtEnd = false

    init(_ bytes: @escaping ByteSource) { self.bytes = bytes }

    func next() throws -> Line? {
        while index == lines.count {
            if isAtEnd { return nil }
            lines.removeAll(keepingCapacity: true)
            index = 0
            let take = { (line: LineReader.Line, position: LineReader.Position) in
                if case .whole(let bytes) = line {
                    self.lines.append(Line(bytes: Array(bytes), position: position))
                } else {
                    self.lines.append(Line(bytes: nil, position: position))
                }
            }
            let chunk = try bytes()
            if chunk.isEmpty {
                isAtEnd = true
                try reader.finish(take)
            } else {
                try reader.feed(chunk, take)
            }
        }
        defer { index += 1 }
        return lines[index]
    }
}
