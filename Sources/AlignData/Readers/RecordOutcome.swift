/// What a reader makes of a piece of its input: a record, or the reason why there is none.
public enum RecordOutcome: Hashable, Sendable {
    case record(SourceRecord)
    case rejection(Rejection)
}

/// Takes the outcomes in the order of the input. What it throws ends the reading.
public typealias RecordHandler = (RecordOutcome) throws -> Void

/// The next bytes of a file; empty at its end. What it throws passes through the reader, after every record
/// that was whole has been handed out.
public typealias ByteSource = () throws -> [UInt8]

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
