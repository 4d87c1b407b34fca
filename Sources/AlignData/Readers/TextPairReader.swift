/// Makes a record of a text file and the summaries that stand in files of their own.
public struct TextPairReader {
    /// A file's bytes and where they came from.
    public struct File {
        public var origin: FileOrigin
        public var bytes: [UInt8]

        public init(origin: FileOrigin, bytes: [UInt8]) {
            self.origin = origin
            self.bytes = bytes
        }
    }

    private let titleIsFirstLine: Bool
    private let split: Split?

    /// - Parameters:
    ///   - titleIsFirstLine: the document's first line is its title.
    ///   - split: the split of every record, where it is fixed; otherwise the captured `{split}`, if any.
    public init(titleIsFirstLine: Bool, split: Split? = nil) {
        self.titleIsFirstLine = titleIsFirstLine
        self.split = split
    }

    /// - Parameter summaries: in the order in which they become references; `nil` when the recipe has none.
    public func outcome(document: File, summaries: [File]?) -> RecordOutcome {
        let provenance = document.origin.provenance(byteOffset: 0)
        if summaries?.isEmpty == true {
            return .rejection(
                Rejection(
                    ingest: "missing-summary", "no summary file belongs to this document", at: provenance))
        }
        var texts: [String] = []
        for file in [document] + (summaries ?? []) {
            guard let text = file.bytes.withUnsafeBufferPointer(UTF8Validation.text) else {
                return .rejection(
                    Rejection(
                        ingest: "invalid-utf8", "the file is not UTF-8",
                        at: file.origin.provenance(byteOffset: 0)))
            }
            texts.append(text)
        }
        var record = SourceRecord(
            sourceID: document.origin.captures["key"], document: texts.removeFirst(), references: texts,
            split: split, provenance: provenance)
        if titleIsFirstLine {
            let lines = record.document.split(
                maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            record.title = lines.first.map(String.init)
            record.document = lines.count == 2 ? String(lines[1]) : ""
        }
        if split == nil, let published = document.origin.captures["split"] {
            record.split = Split(published: published)
            if record.split == nil {
                return .rejection(
                    Rejection(
                        ingest: "unknown-split",
                        "the split is none of train, validation, test and their usual other names",
                        at: provenance))
            }
        }
        return .record(record)
    }
}
