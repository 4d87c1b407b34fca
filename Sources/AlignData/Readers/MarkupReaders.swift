/// Reads the records of XML files: elements by path, their fields by XPath from there, in memory that depends on
/// the largest record alone. Of a file that is not well-formed, what was whole before the fault is kept.
public struct XMLRecordReader: RecordReader {
    private let assembler: RecordAssembler<MarkupNode>
    private let record: ElementPath?
    private let hasManyRoots: Bool
    private let decoder: TextDecoder

    /// - Parameter source: a recipe has checked that its `record` is a path of elements.
    public init(_ source: RecipeSource) {
        assembler = RecordAssembler(source, separator: "\n\n")
        record = source.record.flatMap { ElementPath($0) }
        hasManyRoots = source.hasManyRoots
        decoder = TextDecoder(source)
    }

    public func read(_ file: RecordFile, _ handler: RecordHandler) throws {
        guard let record else { return }
        guard let summaries = try TextFile.summaries(of: file, decoder, handler) else { return }
        let stream = XMLRecordStream(
            record: record, hasManyRoots: hasManyRoots, isUTF8: decoder.markupEncoding != nil)
        var isRepaired = false
        let bytes = decoder.markup(file.bytes) { isRepaired = true }
        var count = 0
        func handOut() throws {
            for piece in stream.take() {
                count += 1
                switch piece {
                case .record(let node, let line):
                    try assembler.handOut(
                        MarkupNode(value: .node(node)), origin: file.origin,
                        provenance: file.origin.provenance(line: line), summaries: summaries,
                        excerpt: { node.text }, to: handler)
                case .tooLarge(let line):
                    try handler(
                        .rejection(
                            Rejection(
                                ingest: "record-too-long", "the element is too large to be a record",
                                at: file.origin.provenance(line: line))))
                }
            }
        }
        do {
            while case let chunk = try bytes(), !chunk.isEmpty {
                try stream.feed(chunk)
                try handOut()
            }
            try stream.finish()
            try handOut()
        } catch let fault as XMLFault {
            try handOut()
            count += 1
            let place = file.origin.provenance(line: fault.line > 0 ? fault.line : nil)
            try Rejection(ingest: "not-xml", fault.detail, at: place).handOutForTheRest(to: handler)
        }
        if isRepaired { try handler(.noted(TextDecoder.repairNote, 1)) }
        if stream.droppedEntities > 0 {
            try handler(.noted("undeclared-entities-dropped", stream.droppedEntities))
        }
        if count == 0 {
            let detail = "no element matches \(record.text)"
            try handler(.rejection(Rejection(ingest: "no-record", detail, at: file.origin.provenance())))
        }
    }
}

/// Reads pages of HTML: each is a record, or what the recipe selects in it.
public struct HTMLRecordReader: RecordReader {
    private let assembler: RecordAssembler<MarkupNode>
    private let record: XPath?
    private let decoder: TextDecoder

    public init(_ source: RecipeSource) {
        assembler = RecordAssembler(source, separator: "\n\n")
        record = source.record.flatMap { XPath($0) }
        decoder = TextDecoder(source)
    }

    public func read(_ file: RecordFile, _ handler: RecordHandler) throws {
        guard let summaries = try TextFile.summaries(of: file, decoder, handler) else { return }
        let place = file.origin.provenance()
        let source = decoder.markupEncoding.map { decoder.source(file.bytes, $0) } ?? file.bytes
        guard let bytes = try TextFile.bytes(of: source) else {
            return try TextFile.tooLarge(place).handOutForTheRest(to: handler)
        }
        guard let page = decoder.page(bytes) else {
            let detail = "the page is not of the encoding that it declares, UTF-8"
            return try handler(.rejection(Rejection(ingest: "invalid-utf8", detail, at: place)))
        }
        if page.isRepaired { try handler(.noted(TextDecoder.repairNote, 1)) }
        let root = page.bytes.withUnsafeBufferPointer { HTMLDocument($0, encoding: page.encoding)?.root }
        let records = root.map { root in record.map { root.nodes($0) } ?? [root] } ?? []
        if records.isEmpty {
            let detail = record.map { "nothing in the page matches \($0.expression)" } ?? "the page is empty"
            try handler(.rejection(Rejection(ingest: "no-record", detail, at: place)))
        }
        for node in records {
            try assembler.handOut(
                MarkupNode(value: .node(node)), origin: file.origin,
                provenance: file.origin.provenance(line: node.line), summaries: summaries,
                excerpt: { node.text }, to: handler)
        }
    }
}

extension RecipeSource {
    /// What reads the files of this source.
    public var reader: any RecordReader {
        switch format {
        case .jsonLines: JSONLinesReader(self)
        case .json: JSONDocumentReader(self)
        case .csv, .tsv: DelimitedReader(self)
        case .xml: XMLRecordReader(self)
        case .html: HTMLRecordReader(self)
        case .text: TextReader(self)
        }
    }
}
