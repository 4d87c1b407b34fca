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

        let length = Self.scalarCount(of: &record.document)
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

    private static func scalarCount(of text: inout String) -> Int {
        // Of each scalar one byte is no continuation byte.
        text.withUTF8 { $0.reduce(into: 0) { if $1 & 0xC0 != 0x80 { $0 += 1 } } }
    }

    /// 128 bits of the SHA-256 of a text whose runs of white space are single blanks.
    private struct Digest: Hashable {
        let high: UInt64
        let low: UInt64

        init(of text: String) {
            var text = text
            var hash = SHA256()
            text.withUTF8 { Self.addWords(of: $0, to: &hash) }
            let bytes = Array(hash.finalize())
            high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
            low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        }

        /// The words, each with a blank after it.
        private static func addWords(of text: UnsafeBufferPointer<UInt8>, to hash: inout SHA256) {
            var normalized: [UInt8] = []
            normalized.reserveCapacity(text.count + 1)
            var start = 0
            var position = 0
            while position <= text.count {
                let space = position < text.count ? whiteSpace(text, at: position) : 1
                if space > 0 {
                    if start < position {
                        normalized.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<position]))
                        normalized.append(0x20)
                    }
                    start = position + space
                }
                position += max(space, 1)
            }
            normalized.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }

        /// The length of the white space (Unicode property White_Space) that stands at a place; 0 for none.
        @inline(__always)
        private static func whiteSpace(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
            let byte = text[place]
            if byte < 0x80 { return byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) ? 1 : 0 }
            guard byte == 0xC2 || (byte >= 0xE1 && byte <= 0xE3) else { return 0 }
            let length = byte == 0xC2 ? 2 : 3
            guard place + length <= text.count else { return 0 }
            var scalar = UInt32(byte & (0x7F >> UInt8(length)))
            for i in 1..<length { scalar = scalar << 6 | UInt32(text[place + i] & 0x3F) }
            return Unicode.Scalar(scalar)?.properties.isWhitespace == true ? length : 0
        }
    }
}
