/// What records bring to the first record of their document and prompt: references, completions, scores.
struct RecordAddition: Hashable, Sendable {
    /// The record's own id.
    var sourceID: String?
    var references: [String]
    var completions: [SourceCompletion]
    /// Its extra fields, which are not joined.
    var extra: [String: String]
    var provenance: Provenance

    init(
        sourceID: String?, references: [String], completions: [SourceCompletion],
        extra: [String: String] = [:], provenance: Provenance
    ) {
        self.sourceID = sourceID
        self.references = references
        self.completions = completions
        self.extra = extra
        self.provenance = provenance
    }

    init(_ record: SourceRecord) {
        self.init(
            sourceID: record.sourceID, references: record.references, completions: record.completions,
            extra: record.extra, provenance: record.provenance)
    }
}

/// The references and completions of one record, to which other records of its document and prompt are joined.
struct RecordJoiner {
    /// What is new in an addition.
    struct News: Hashable {
        var references: [String] = []
        var completions: [SourceCompletion] = []
        /// Scores of completions that are there, by the completion's place.
        var scores: [(completion: Int, name: String, value: Double)] = []

        static func == (a: News, b: News) -> Bool {
            a.references == b.references && a.completions == b.completions
                && a.scores.elementsEqual(b.scores, by: ==)
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(references)
            hasher.combine(completions)
        }
    }

    enum Outcome {
        case joined(News)
        /// Nothing in it is new; whether its own id is.
        case equal(hasOtherID: Bool)
        /// It gives a completion another value of the score.
        case contradiction(score: String)
    }

    private struct Written: Hashable {
        var text: String
        var policy: String?
    }

    private let sourceID: String?
    private let extra: [String: String]
    private let keepsEqual: Bool
    private var references: Set<String>
    private var completions: [SourceCompletion]
    /// The first completion of a text by a writer.
    private var places: [Written: Int] = [:]

    /// - Parameter keepsEqual: texts that are there already are added all the same, as references and completions of
    ///   their own.
    init(
        sourceID: String?, references: [String], completions: [SourceCompletion], extra: [String: String],
        keepsEqual: Bool
    ) {
        self.sourceID = sourceID
        self.extra = extra
        self.keepsEqual = keepsEqual
        self.references = Set(references)
        self.completions = completions
        for (place, completion) in completions.enumerated().reversed() {
            places[Written(text: completion.text, policy: completion.policy)] = place
        }
    }

    /// Whether an addition has a value of an extra field that the record lacks, or has another value of.
    func hasOtherExtra(_ addition: RecordAddition) -> Bool {
        addition.extra.contains { extra[$0.key] != $0.value }
    }

    /// Takes in what is new in an addition, or all of it where equal texts are kept.
    mutating func add(_ addition: RecordAddition) -> Outcome {
        if keepsEqual {
            return .joined(News(references: addition.references, completions: addition.completions))
        }
        if let score = contradiction(in: addition.completions) { return .contradiction(score: score) }
        var news = News()
        for reference in addition.references where references.insert(reference).inserted {
            news.references.append(reference)
        }
        let before = completions.count
        for completion in addition.completions {
            let written = Written(text: completion.text, policy: completion.policy)
            guard let place = places[written] else {
                places[written] = completions.count
                completions.append(completion)
                continue
            }
            for (name, value) in completion.scores.sorted(by: { $0.key < $1.key })
            where completions[place].scores.updateValue(value, forKey: name) == nil && place < before {
                news.scores.append((place, name, value))
            }
        }
        news.completions = Array(completions[before...])
        if news == News() {
            let hasOtherID = addition.sourceID != nil && addition.sourceID != sourceID
            return .equal(hasOtherID: hasOtherID)
        }
        return .joined(news)
    }

    /// A score that a completion has with another value, here or among themselves.
    private func contradiction(in additions: [SourceCompletion]) -> String? {
        var scores: [Written: [String: Double]] = [:]
        for completion in additions {
            let written = Written(text: completion.text, policy: completion.policy)
            let known = scores[written] ?? places[written].map { completions[$0].scores } ?? [:]
            if let score = completion.scores.keys.sorted().first(where: { name in
                known[name].map { $0 != completion.scores[name] } ?? false
            }) {
                return score
            }
            scores[written] = known.merging(completion.scores) { known, _ in known }
        }
        return nil
    }
}

extension SourceRecord {
    mutating func add(_ news: RecordJoiner.News) {
        references += news.references
        for (completion, name, value) in news.scores { completions[completion].scores[name] = value }
        completions += news.completions
    }
}

extension RecordCleaner {
    static func reason(ofEqualWithOtherID hasOtherID: Bool) -> String {
        hasOtherID ? duplicateWithOtherID : duplicate
    }

    static func rejection(of addition: RecordAddition, contradicting score: String) -> Rejection {
        Rejection(
            ingest: conflictingScore,
            "it gives a completion another value of the score \(score) than a record before it",
            at: addition.provenance)
    }
}

extension RecordJoiner.News {
    var textBytes: Int {
        references.reduce(0) { $0 + $1.utf8.count } + completions.reduce(0) { $0 + $1.text.utf8.count }
    }
}
