/// What a reader makes of a piece of its input: a record, or the reason why there is none.
public enum RecordOutcome: Hashable, Sendable {
    case record(SourceRecord)
    case rejection(Rejection)
    /// A record that the recipe's conditions leave out.
    case unselected(Provenance)
    /// No record, but something worth counting, by the name that the manifest gives it.
    case noted(String, Int)
}

/// Takes the outcomes in the order of the input. What it throws ends the reading.
public typealias RecordHandler = (RecordOutcome) throws -> Void

/// The next bytes of a file; empty at its end. What it throws passes through the reader, after every record
/// that was whole has been handed out.
public typealias ByteSource = () throws -> [UInt8]

/// A file on its way to a reader.
public struct RecordFile {
    public var origin: FileOrigin
    public var bytes: ByteSource
    /// The text files with its summaries; `nil` when the recipe has none.
    public var summaries: [RecordFile]?

    public init(origin: FileOrigin, summaries: [RecordFile]? = nil, bytes: @escaping ByteSource) {
        self.origin = origin
        self.summaries = summaries
        self.bytes = bytes
    }
}

/// Reads the files of one source of a recipe.
public protocol RecordReader {
    /// Hands out what the file holds, in its order.
    /// - Throws: what `file.bytes` or `handler` throw.
    func read(_ file: RecordFile, _ handler: RecordHandler) throws
}

/// Where a reader's bytes come from.
public struct FileOrigin: Hashable, Sendable {
    public var source: String
    public var member: String?
    /// What the recipe's pattern captured from the path.
    public var captures: [String: String]

    public init(source: String, member: String? = nil, captures: [String: String] = [:]) {
        self.source = source
        self.member = member
        self.captures = captures
    }

    public func provenance(byteOffset: Int? = nil, line: Int? = nil) -> Provenance {
        Provenance(source: source, member: member, byteOffset: byteOffset, line: line)
    }
}

extension Rejection {
    /// The stage of every rejection that readers and cleaning make.
    static let ingestStage = "ingest"

    init(ingest reason: String, _ detail: String, at provenance: Provenance, excerpt: String = "") {
        self.init(
            stage: Rejection.ingestStage, reason: reason, detail: detail, provenance: provenance,
            excerpt: excerpt)
    }
}
