/// Watches whether a file is what the recipe takes it for, so that a wrong recipe costs a sentence and not a corpus
/// of rejections.
public struct FileHealth {
    /// Rejections before anything is said.
    static let minFailures = 20
    /// Reasons that speak against the recipe or the file, not against single records.
    private static let reasons: Set<String> = [
        "not-json", "not-an-object", "invalid-utf8", "missing-field", "missing-marker", "several-values",
        "unusable-field", "wrong-columns",
        "not-csv", "not-a-stanza", "line-too-long", "unknown-split",
    ]

    private var records = 0
    private var failures: [String: Int] = [:]
    private var failureTotal = 0
    private var nextCheck = 1000
    private var example: Rejection?

    public init() {}

    public mutating func note(_ outcome: RecordOutcome) {
        switch outcome {
        case .noted: return
        case .record, .unselected: records += 1
        case .rejection(let rejection):
            records += 1
            guard Self.reasons.contains(rejection.reason) else { return }
            failures[rejection.reason, default: 0] += 1
            failureTotal += 1
            if example == nil { example = rejection }
        }
    }

    /// What is wrong with a file of which most records fail: at 1000 records, at each doubling, and at the end.
    /// - Returns: `nil` for a file in good health, or when it is not time to tell.
    public mutating func diagnosis(atEnd: Bool) -> Diagnosis? {
        guard atEnd || records >= nextCheck else { return nil }
        while nextCheck <= records { nextCheck *= 2 }
        guard failureTotal >= Self.minFailures, failureTotal * 2 > records, let example else { return nil }
        return Diagnosis(
            records: records, failures: failureTotal, looksLike: Self.appearance(of: example),
            detail: example.detail)
    }

    public struct Diagnosis: Hashable, Sendable {
        public var records: Int
        public var failures: Int
        /// What the first of them looks like, where it can be told.
        public var looksLike: String?
        /// What is wrong with the first of them.
        public var detail: String
    }

    // MARK: - What a line looks like

    private static func appearance(of rejection: Rejection) -> String? {
        guard ["not-json", "not-an-object", "invalid-utf8"].contains(rejection.reason) else { return nil }
        let scalars = rejection.excerpt.unicodeScalars
        if scalars.contains(where: { $0.value == 0 }) {
            return "binary data or UTF-16 without a byte order mark"
        }
        if rejection.reason == "invalid-utf8" {
            return "text in another encoding than UTF-8 (see `encoding`)"
        }
        let text = rejection.excerpt.drop { $0 == " " || $0 == "\t" }
        let isPython =
            text.hasPrefix("{'") || text.hasPrefix("[{'")
            || (text.hasPrefix("{")
                && [": None", ": True", ": False", ": u'"].contains { text.contains($0) })
        if isPython { return "Python dictionaries instead of JSON (write them with json.dumps)" }
        if text.hasPrefix("<") { return "XML or HTML (format: xml or html)" }
        if text.hasPrefix("[[") || text.hasPrefix("[{") || text == "[" || text == "{" || text == "},"
            || text.hasPrefix("\"") && text.contains("\":")
        {
            return "a JSON document of several lines instead of one record a line (format: json)"
        }
        if text.hasPrefix("[") { return "JSON lists instead of objects" }
        if text.hasPrefix("{") { return "damaged JSON" }
        if text.contains("\t") { return "tab-separated values (format: tsv)" }
        if text.count(where: { $0 == "," }) >= 2 { return "comma-separated values (format: csv)" }
        return "plain text (format: text)"
    }
}
