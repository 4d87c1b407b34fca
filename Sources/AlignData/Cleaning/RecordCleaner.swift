import Crypto
import Foundation

/// Cleans the texts of records and leaves out those that the rules name. Remembers 16 bytes of every
/// document, to find duplicates.
struct RecordCleaner {
    enum Verdict {
        case sound(SourceRecord)
        /// Left out by rule; the reason code.
        case filtered(String)
    }

    static let emptyDocument = "empty-document"
    static let tooShort = "too-short"
    static let tooLong = "too-long"
    static let documentEqualsSummary = "document-equals-summary"
    static let duplicate = "duplicate"

    private let rules: CleaningRules
    private var texts = TextCleaner()
    private var seen: Set<Digest> = []
    private var emptyReferences = 0

    init(rules: CleaningRules) { self.rules = rules }

    /// What was changed since the last call, by the names of the manifest.
    mutating func takeNotes() -> [String: Int] {
        var notes = texts.changes.byName
        if emptyReferences > 0 { notes["empty-references-dropped"] = emptyReferences }
        texts = TextCleaner()
        emptyReferences = 0
        return notes
    }

    mutating func judge(_ record: SourceRecord) -> Verdict {
        var record = record
        record.document = texts.clean(record.document)
        record.title = record.title.map { texts.clean($0) }
        for name in record.fields.keys.sorted() {
            record.fields[name] = texts.clean(record.fields[name] ?? "")
        }
        let references = record.references.map { texts.clean($0) }
        record.references = references.filter { !$0.isEmpty }
        emptyReferences += references.count - record.references.count

        let length = record.document.unicodeScalars.count
        if length == 0 { return .filtered(Self.emptyDocument) }
        if length < rules.minCharacters { return .filtered(Self.tooShort) }
        if let maximum = rules.maxCharacters, length > maximum { return .filtered(Self.tooLong) }
        if record.references.contains(where: { $0.utf8.elementsEqual(record.document.utf8) }) {
            return .filtered(Self.documentEqualsSummary)
        }
        if rules.dropDuplicates, !seen.insert(Digest(of: record.document)).inserted {
            return .filtered(Self.duplicate)
        }
        return .sound(record)
    }

    /// 128 bits of the SHA-256 of a text whose runs of white space are single blanks.
    private struct Digest: Hashable {
        let high: UInt64
        let low: UInt64

        init(of text: String) {
            var normalized: [UInt8] = []
            normalized.reserveCapacity(text.utf8.count)
            for word in text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
                normalized.append(contentsOf: String(word).utf8)
                normalized.append(0x20)
            }
            let bytes = Array(SHA256.hash(data: normalized))
            high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
            low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
