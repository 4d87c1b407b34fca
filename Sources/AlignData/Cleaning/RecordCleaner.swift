/// A record that passed cleaning.
struct CleanRecord: Sendable {
    var record: SourceRecord
    /// The split that it belongs to.
    var split: Split
    /// Made of the cleaned document.
    var documentID: RecordID
    /// The records that were joined to it.
    var joined: [Provenance] = []
}

/// Cleans the texts of records and leaves out those that the rules name. What it holds in memory of the records before,
/// to find duplicates, is bounded; of near duplicates it forgets the first ones then.
struct RecordCleaner {
    enum Verdict {
        /// The first of its document and prompt. Those are numbered from 0.
        case sound(CleanRecord)
        /// Belongs to the sound record of that number.
        case joins(RecordAddition, to: Int)
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
    /// Its references, completions and scores were added to another record of the same document and prompt.
    static let joined = "joined"
    /// Equal to a record before it: in document, prompt, references, completions, scores and id.
    static let duplicate = "duplicate"
    /// Equal but for its id.
    static let duplicateWithOtherID = "duplicate-with-other-id"
    /// Belongs to a record that was left out when its prompt was made.
    static let documentLeftOut = "document-left-out"
    /// Rejected: it gives a completion another value of a score than a record before it.
    static let conflictingScore = "conflicting-score"
    /// Counted: a record that is joined, or equal, but whose extra fields are not those of the record that stays.
    static let otherExtraFields = "other-extra-fields"
    static let nearDuplicate = "near-duplicate"
    static let otherSplit = "duplicate-in-other-split"

    private let rules: CleaningRules
    private let splits: SplitFractions
    private let seed: UInt64
    /// Fields that, beside the document, make records of one document different ones.
    private let promptFields: [String]
    private let summaryTokens: ((String) -> Int)?
    private var texts = TextCleaner()
    /// Its numbers are those of the records where only the document tells them apart.
    private var documents: FingerprintIndex
    private var keys: FingerprintIndex
    private var similar: NearDuplicateIndex?
    private var emptyReferences = 0
    private var emptyCompletions = 0
    private var forgottenBefore = 0
    /// Sound records so far.
    private var count = 0

    /// Texts that are remembered in memory, and half as many keys.
    static let textsInMemory = 6_000_000

    /// - Parameters:
    ///   - summaryTokens: counts the tokens of a summary; nil where nobody asks for a rule that needs them.
    ///   - makeFile: makes a file for texts that do not fit in memory; nil where they all do.
    init(
        recipe: Recipe, seed: UInt64, summaryTokens: ((String) -> Int)? = nil,
        textsInMemory: Int = Self.textsInMemory, makeFile: (() throws -> UnnamedFile)? = nil
    ) {
        documents = FingerprintIndex(inMemory: textsInMemory, makeFile: makeFile)
        keys = FingerprintIndex(inMemory: max(1, textsInMemory / 2), makeFile: makeFile)
        rules = recipe.cleaning
        splits = recipe.splits
        self.seed = seed
        self.summaryTokens = recipe.cleaning.summary.needsTokens ? summaryTokens : nil
        promptFields = recipe.prompt.fieldNames.filter { $0 != "document" }
        similar = rules.nearDuplicates.map { NearDuplicateIndex(threshold: $0) }
    }

    /// What a record is joined to.
    func joiner(of record: SourceRecord) -> RecordJoiner {
        RecordJoiner(
            sourceID: record.sourceID, references: record.references, completions: record.completions,
            extra: record.extra, keepsEqual: !rules.dropDuplicates)
    }

    /// What was changed since the last call, by the names of the manifest.
    mutating func takeNotes() -> [String: Int] {
        var notes = texts.changes.byName
        if emptyReferences > 0 { notes["empty-references-dropped"] = emptyReferences }
        if emptyCompletions > 0 { notes["empty-completions-dropped"] = emptyCompletions }
        let forgotten = similar?.forgotten ?? 0
        if forgotten > forgottenBefore { notes["texts-no-longer-compared"] = forgotten - forgottenBefore }
        forgottenBefore = forgotten
        texts = TextCleaner()
        emptyReferences = 0
        emptyCompletions = 0
        return notes
    }

    mutating func judge(_ record: SourceRecord) throws -> Verdict {
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
            guard let summaryTokens else { continue }
            let tokens = summaryTokens(summary)
            if tokens < rules.summary.minTokens { return .filtered(Self.summaryTooShort) }
            if let maximum = rules.summary.maxTokens, tokens > maximum {
                return .filtered(Self.summaryTooLong)
            }
        }
        if record.references.contains(where: { $0.utf8.elementsEqual(document.utf8) }) {
            return .filtered(Self.documentEqualsSummary)
        }
        return try judgeDuplicates(record)
    }

    private mutating func judgeDuplicates(_ record: SourceRecord) throws -> Verdict {
        let document = record.document
        let documentID = RecordID(kind: "document", [document])
        var split = record.split ?? splits.split(of: documentID, seed: seed)
        let normalizedID =
            WhiteSpace.normalized(document).map { RecordID(kind: "document", [$0]) } ?? documentID
        let fingerprint = FingerprintIndex.Fingerprint(normalizedID)
        let seen = documents.entry(of: fingerprint)
        if let seen {
            // Whatever the other rules say: evaluation must not see what training saw.
            if seen.split != split {
                if record.split != nil { return .filtered(Self.otherSplit) }
                split = seen.split
            }
            if seen.number == Self.leftOut { return .filtered(Self.nearDuplicate) }
        } else {
            let isNear = similar?.insert(document) == true
            try documents.insert(
                fingerprint,
                .init(split: split, number: isNear ? Self.leftOut : UInt32(truncatingIfNeeded: count)))
            if isNear { return .filtered(Self.nearDuplicate) }
        }
        var known = seen
        if !rules.dropDuplicates || !promptFields.isEmpty || !rules.groupBy.isEmpty {
            // What the id of the prompt is made of: prompts with one id are one record.
            let values =
                promptFields.map { record.text(ofField: $0) }
                + rules.groupBy.map { record.value(ofField: $0) }
            let parts =
                rules.dropDuplicates
                ? [normalizedID.hex] + values.map { WhiteSpace.normalized($0) ?? $0 }
                : [documentID.hex] + values
            let key = FingerprintIndex.Fingerprint(RecordID(kind: "key", parts))
            known = keys.entry(of: key)
            if known == nil {
                try keys.insert(key, .init(split: split, number: UInt32(truncatingIfNeeded: count)))
            }
        }
        if let known {
            let back = UInt32(truncatingIfNeeded: count) &- known.number
            return .joins(RecordAddition(record), to: count - Int(back))
        }
        count += 1
        return .sound(CleanRecord(record: record, split: split, documentID: documentID))
    }

    /// The number of a document that is a near duplicate.
    private static let leftOut = UInt32.max

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

    /// What `group-by` tells records apart by.
    func value(ofField name: String) -> String {
        name == "id" ? sourceID ?? "" : extra[name] ?? text(ofField: name)
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
