/// A record that passed cleaning.
struct CleanRecord: Sendable {
    var record: SourceRecord
    /// The split that it belongs to.
    var split: Split
    /// Made of the cleaned document.
    var documentID: RecordID
}

/// Cleans the texts of records and leaves out those that the rules name. What it remembers of the records before, to
/// find duplicates, is bounded.
struct RecordCleaner {
    enum Verdict {
        case sound(CleanRecord)
        /// Left out by rule; the reason code.
        case filtered(String)
    }

    static let unselected = "unselected"
    static let emptyDocument = "empty-document"
    static let tooShort = "too-short"
    static let tooLong = "too-long"
    static let summaryTooShort = "summary-too-short"
    static let summaryTooLong = "summary-too-long"
    static let noSummary = "no-summary"
    static let documentEqualsSummary = "document-equals-summary"
    static let duplicate = "duplicate"
    static let nearDuplicate = "near-duplicate"
    static let otherSplit = "duplicate-in-other-split"

    private let rules: CleaningRules
    private let splits: SplitFractions
    private let seed: UInt64
    /// Fields that, beside the document, make records of one document different ones.
    private let keyFields: [String]
    private var texts = TextCleaner()
    private var documents = FingerprintIndex()
    private var keys = FingerprintIndex(capacity: 3_000_000)
    private var similar: NearDuplicateIndex?
    private var emptyReferences = 0
    private var emptyCompletions = 0
    private var forgottenBefore = 0

    init(recipe: Recipe, seed: UInt64) {
        rules = recipe.cleaning
        splits = recipe.splits
        self.seed = seed
        let hasParts = recipe.sources.contains { !$0.each.isEmpty }
        let others = recipe.prompt.fieldNames.filter { $0 != "document" }
        // Without the rule only what would be the very same prompt is a duplicate.
        keyFields = rules.dropDuplicates ? (hasParts ? others.filter { $0 != "title" } : []) : others
        similar = rules.nearDuplicates.map { NearDuplicateIndex(threshold: $0) }
    }

    /// What was changed since the last call, by the names of the manifest.
    mutating func takeNotes() -> [String: Int] {
        var notes = texts.changes.byName
        if emptyReferences > 0 { notes["empty-references-dropped"] = emptyReferences }
        if emptyCompletions > 0 { notes["empty-completions-dropped"] = emptyCompletions }
        let forgotten = documents.forgotten + keys.forgotten + (similar?.forgotten ?? 0)
        if forgotten > forgottenBefore { notes["texts-no-longer-compared"] = forgotten - forgottenBefore }
        forgottenBefore = forgotten
        texts = TextCleaner()
        emptyReferences = 0
        emptyCompletions = 0
        return notes
    }

    mutating func judge(_ record: SourceRecord) -> Verdict {
        let record = cleaned(record)
        let document = record.document
        if document.isEmpty { return .filtered(Self.emptyDocument) }
        if document.hasFewerScalars(than: rules.document.minCharacters) { return .filtered(Self.tooShort) }
        if let maximum = rules.document.maxCharacters, document.hasMoreScalars(than: maximum) {
            return .filtered(Self.tooLong)
        }
        if rules.needsSummary, record.references.isEmpty { return .filtered(Self.noSummary) }
        for summary in record.references {
            if summary.hasFewerScalars(than: rules.summary.minCharacters) {
                return .filtered(Self.summaryTooShort)
            }
            if let maximum = rules.summary.maxCharacters, summary.hasMoreScalars(than: maximum) {
                return .filtered(Self.summaryTooLong)
            }
        }
        if record.references.contains(where: { $0.utf8.elementsEqual(document.utf8) }) {
            return .filtered(Self.documentEqualsSummary)
        }
        return judgeDuplicates(record)
    }

    private mutating func judgeDuplicates(_ record: SourceRecord) -> Verdict {
        let document = record.document
        let documentID = RecordID(kind: "document", [document])
        var split = record.split ?? splits.split(of: documentID, seed: seed)
        let normalizedID =
            WhiteSpace.normalized(document).map { RecordID(kind: "document", [$0]) } ?? documentID
        let seen = documents.insert(FingerprintIndex.Fingerprint(normalizedID), split: split)
        // Whatever the other rules say: evaluation must not see what training saw.
        if let seen, seen != split {
            if record.split != nil { return .filtered(Self.otherSplit) }
            split = seen
        }
        if rules.dropDuplicates, keyFields.isEmpty {
            if seen != nil { return .filtered(Self.duplicate) }
        } else {
            let values = keyFields.map { record.text(ofField: $0) }
            let parts =
                rules.dropDuplicates
                ? [normalizedID.hex] + values.map { WhiteSpace.normalized($0) ?? $0 }
                : [documentID.hex] + values
            let key = FingerprintIndex.Fingerprint(RecordID(kind: "key", parts))
            if keys.insert(key, split: split) != nil { return .filtered(Self.duplicate) }
        }
        // Another part of a document that was taken already is no near duplicate of itself.
        if seen == nil, similar?.insert(document) == true { return .filtered(Self.nearDuplicate) }
        return .sound(CleanRecord(record: record, split: split, documentID: documentID))
    }

    private mutating func cleaned(_ record: SourceRecord) -> SourceRecord {
        var record = record
        record.document = texts.clean(record.document)
        record.title = record.title.map { texts.clean($0) }
        for name in record.fields.keys.sorted() {
            record.fields[name] = texts.clean(record.fields[name] ?? "")
        }
        let references = record.references.map { texts.clean($0) }
        record.references = references.filter { !$0.isEmpty }
        emptyReferences += references.count - record.references.count
        let completions = record.completions.map { completion in
            var completion = completion
            completion.text = texts.clean(completion.text)
            return completion
        }
        record.completions = completions.filter { !$0.text.isEmpty }
        emptyCompletions += completions.count - record.completions.count
        return record
    }
}

extension String {
    /// A scalar has one to four bytes, so most texts need not be counted.
    fileprivate func hasFewerScalars(than count: Int) -> Bool {
        if utf8.count < count { return true }
        return utf8.count / 4 < count && unicodeScalars.count < count
    }

    fileprivate func hasMoreScalars(than count: Int) -> Bool {
        if utf8.count <= count { return false }
        return utf8.count / 4 > count || unicodeScalars.count > count
    }
}

extension SourceRecord {
    /// Bytes of everything that is kept of the record.
    var textBytes: Int {
        document.utf8.count + references.reduce(0) { $0 + $1.utf8.count }
            + fields.values.reduce(0) { $0 + $1.utf8.count }
            + extra.values.reduce(0) { $0 + $1.utf8.count }
            + completions.reduce(0) { $0 + $1.text.utf8.count }
    }

    /// What the prompt template gets for `{name}`.
    func text(ofField name: String) -> String {
        switch name {
        case "document": document
        case "title": title ?? ""
        default: fields[name] ?? ""
        }
    }
}
