/// Reads the records of an XML file: elements by XPath, their fields by XPath from there. A file that is not
/// well-formed costs that file alone.
public struct XMLRecordReader {
    /// Larger files are rejected: the file is held as a tree.
    public static let maxFileBytes = 256 << 20

    private let assembler: RecordAssembler
    private let record: XPath
    private let paths: [Field: XPath]

    /// - Parameters:
    ///   - record: XPath of the record elements.
    ///   - mapping: fields as XPath from a record element.
    ///   - split: the split of every record, where it is fixed.
    /// - Returns: `nil` when an expression is not XPath; a recipe has checked that they are.
    public init?(record: String, mapping: FieldMapping, split: Split? = nil) {
        assembler = RecordAssembler(mapping: mapping, split: split, separator: "\n\n")
        guard let expression = XPath(record) else { return nil }
        self.record = expression
        var paths: [Field: XPath] = [:]
        for field in mapping.all where field.captureName == nil {
            guard let path = XPath(field.expression) else { return nil }
            paths[field] = path
        }
        self.paths = paths
    }

    public func read(_ bytes: ByteSource, origin: FileOrigin, _ handler: RecordHandler) throws {
        var content: [UInt8] = []
        while case let chunk = try bytes(), !chunk.isEmpty {
            content.append(contentsOf: chunk)
            if content.count > Self.maxFileBytes {
                let detail = "the file is larger than \(Self.maxFileBytes) bytes"
                return try handler(
                    .rejection(Rejection(ingest: "file-too-large", detail, at: origin.provenance())))
            }
        }
        let document: XMLDocument
        do {
            document = try XMLDocument(content)
        } catch let fault as XMLDocument.Fault {
            let provenance = origin.provenance(line: fault.line > 0 ? fault.line : nil)
            return try handler(.rejection(Rejection(ingest: "not-xml", fault.detail, at: provenance)))
        }
        let records = document.nodes(record)
        if records.isEmpty {
            let detail = "no element matches \(record.expression)"
            try handler(.rejection(Rejection(ingest: "no-record", detail, at: origin.provenance())))
        }
        for node in records {
            try handler(
                assembler.outcome(
                    origin: origin, provenance: origin.provenance(line: node.line), excerpt: { "" }
                ) { field in
                    let texts = paths[field].map { node.texts($0) } ?? []
                    return texts.isEmpty ? .missing : .texts(texts)
                })
        }
    }
}
