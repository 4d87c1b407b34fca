/// Reads rows of separated values, the first of which names the columns unless the recipe does. A row that cannot
/// be used costs that row alone.
public struct DelimitedReader: RecordReader {
    /// Longer rows are rejected, in bounded memory.
    public static let maxRowBytes = 8 << 20

    private let assembler: RecordAssembler<NamedTexts>
    private let decoder: TextDecoder
    private let columns: [String]?
    /// The names that the recipe takes.
    private let taken: Set<String>
    private let isQuoted: Bool
    private let separator: UInt8

    public init(_ source: RecipeSource) {
        assembler = RecordAssembler(source, separator: "\n")
        separator = source.format == .tsv ? 0x09 : source.delimiter?.utf8.first ?? UInt8(ascii: ",")
        decoder = TextDecoder(source)
        columns = source.columns
        taken = Set(source.allPaths)
        isQuoted = source.format == .csv
    }

    public func read(_ file: RecordFile, _ handler: RecordHandler) throws {
        guard let summaries = try TextFile.summaries(of: file, decoder, handler) else { return }
        var columns = columns
        var rows = RowSplitter(separator: separator, isQuoted: isQuoted, maxRowBytes: Self.maxRowBytes)
        var suggestion: String?
        let take = { (row: RowSplitter.Row, position: LineReader.Position) in
            let place = file.origin.provenance(byteOffset: position.byteOffset, line: position.line)
            func reject(_ reason: String, _ detail: String) throws {
                try handler(.rejection(Rejection(ingest: reason, detail, at: place)))
            }
            let fields: [[UInt8]]
            switch row {
            case .fields(let found): fields = found
            case .tooLong:
                return try reject("line-too-long", "the row is longer than \(Self.maxRowBytes) bytes")
            case .unclosed: return try reject("not-csv", "a quoted field of the row has no end")
            case .malformed: return try reject("not-csv", "a quoted field of the row has text after its end")
            }
            var texts: [String] = []
            for field in fields {
                guard let decoded = decoder.text(field) else {
                    return try reject("invalid-utf8", "the row is not UTF-8")
                }
                if decoded.isRepaired { try handler(.noted(TextDecoder.repairNote, 1)) }
                texts.append(decoded.text)
            }
            guard let names = columns else {
                columns = texts.map { TextCleaner.trimmed($0) }
                suggestion = isQuoted ? Self.suggestion(texts) : nil
                return
            }
            if let name = NamedTexts.repeated(names, of: taken) {
                return try reject(
                    "repeated-column", "two columns have the name \(name), and the recipe takes only one")
            }
            guard names.count == texts.count else {
                return try reject(
                    "wrong-columns", "the row has \(texts.count) columns, the file has \(names.count)")
            }
            try assembler.handOut(
                NamedTexts(fields: zip(names, texts).map { ($0, $1) }), origin: file.origin,
                provenance: place, summaries: summaries, excerpt: { texts.joined(separator: " ") }
            ) { outcome in
                guard let suggestion, case .rejection(var rejection) = outcome,
                    rejection.reason == RecordAssembler<NamedTexts>.missingField
                else { return try handler(outcome) }
                rejection.detail += suggestion
                try handler(.rejection(rejection))
            }
        }
        let bytes = decoder.source(file.bytes)
        while case let chunk = try bytes(), !chunk.isEmpty { try rows.feed(chunk, take) }
        try rows.finish(take)
    }
}

extension DelimitedReader {
    /// A single column whose name holds what others part their columns with.
    private static func suggestion(_ names: [String]) -> String? {
        guard names.count == 1, let name = names.first else { return nil }
        let others = [(";", "';'"), ("\t", "tab"), ("|", "'|'"), (",", "','")]
        guard let other = others.first(where: { name.contains($0.0) }) else { return nil }
        return "; the file has one column, whose name looks like several (delimiter: \(other.1))"
    }
}

/// Cuts a stream of bytes into rows of fields (RFC 4180). Where a quoted field has no end, the row it stands in is
/// one line, and the next line is read as a row again.
struct RowSplitter {
    enum Row: Equatable {
        case fields([[UInt8]])
        case tooLong
        case unclosed
        case malformed
    }

    private enum State {
        /// At the start of a field.
        case start
        case plain
        case quoted
        /// After a quote inside a quoted field: its end, or the first of two.
        case quote
    }

    let separator: UInt8
    let isQuoted: Bool
    let maxRowBytes: Int
    private var state = State.start
    private var fields: [[UInt8]] = []
    private var field: [UInt8] = []
    /// The first bytes, until there are enough to know a byte order mark.
    private var head: [UInt8] = []
    private var isBegun = false
    /// What is wrong with the row so far.
    private var fault: Row?
    /// The bytes of the row so far.
    private var raw: [UInt8] = []
    /// Bytes that are read again, in which no field goes on in another line.
    private var isRecovering = false
    private var start = LineReader.Position(byteOffset: 0, line: 1)
    private var here = LineReader.Position(byteOffset: 0, line: 1)

    init(separator: UInt8, isQuoted: Bool, maxRowBytes: Int) {
        self.separator = separator
        self.isQuoted = isQuoted
        self.maxRowBytes = maxRowBytes
    }

    typealias Body = (Row, LineReader.Position) throws -> Void

    mutating func feed(_ chunk: [UInt8], _ body: Body) throws {
        guard isBegun else { return try begin(chunk, isLast: false, body) }
        for byte in chunk {
            try take(byte, body)
            if raw.count > maxRowBytes { try recover(.tooLong, body) }
        }
    }

    mutating func finish(_ body: Body) throws {
        if !isBegun { try begin([], isLast: true, body) }
        if case .quoted = state { try recover(.unclosed, body) }
        if !raw.isEmpty || fault != nil { try endRow(body) }
    }

    /// Passes over a byte order mark: it may stand before a quotation mark, which begins a field all the same.
    private mutating func begin(_ chunk: [UInt8], isLast: Bool, _ body: Body) throws {
        head += chunk
        guard head.count >= 3 || isLast else { return }
        isBegun = true
        let mark = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        here.byteOffset = mark
        let first = Array(head.dropFirst(mark))
        head = []
        try feed(first, body)
    }

    private mutating func take(_ byte: UInt8, _ body: Body) throws {
        raw.append(byte)
        here.byteOffset += 1
        if byte == 0x0A { here.line += 1 }
        let isLineEnd = byte == 0x0A
        switch state {
        case .quoted where !(isLineEnd && isRecovering):
            if byte == UInt8(ascii: "\"") { state = .quote } else { field.append(byte) }
        case _ where isLineEnd: try endRow(body)
        case .quote where byte == UInt8(ascii: "\""):
            field.append(byte)
            state = .quoted
        case _ where byte == separator: endField()
        case .start where isQuoted && byte == UInt8(ascii: "\""): state = .quoted
        case .quote where byte != 0x0D:
            fault = fault ?? .malformed
            state = .plain
        case .quote: break
        default:
            state = .plain
            field.append(byte)
        }
    }

    private mutating func endField() {
        fields.append(field)
        field = []
        state = .start
    }

    private mutating func endRow(_ body: Body) throws {
        if case .quoted = state { fault = fault ?? .unclosed }
        if case .plain = state, field.last == 0x0D { field.removeLast() }
        if let fault, !isRecovering, raw.dropLast().contains(0x0A) { return try recover(fault, body) }
        let isBlank = fault == nil && fields.isEmpty && field.isEmpty && raw.count <= 2
        endField()
        let row = fault ?? .fields(fields)
        let position = start
        reset()
        if !isBlank { try body(row, position) }
    }

    private mutating func reset() {
        fields = []
        field = []
        raw.removeAll(keepingCapacity: true)
        fault = nil
        state = .start
        start = here
    }

    /// The row ends with its first line; the lines after it are read again, each for itself.
    private mutating func recover(_ row: Row, _ body: Body) throws {
        guard let end = raw.firstIndex(of: 0x0A).map({ $0 + 1 }) else {
            // A single line goes on until its end.
            raw.removeAll(keepingCapacity: true)
            field = []
            fields = []
            fault = row
            return
        }
        let again = Array(raw[end...])
        let position = start
        here.byteOffset -= again.count
        here.line -= again.count { $0 == 0x0A }
        reset()
        try body(fault ?? row, position)
        isRecovering = true
        defer { isRecovering = false }
        for byte in again { try take(byte, body) }
    }
}
