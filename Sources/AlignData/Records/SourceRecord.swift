/// Where something came from: enough to find the byte again.
public struct Provenance: Hashable, Sendable, Codable {
    /// The source as it was named, relative to the folder of sources (never an absolute path).
    public var source: String
    /// The member inside an archive, with `!` between nested archives.
    public var member: String?
    /// Offset of the record's first byte within the source or the member (uncompressed).
    public var byteOffset: Int?
    /// 1-based line, where the format has lines.
    public var line: Int?

    public init(source: String, member: String? = nil, byteOffset: Int? = nil, line: Int? = nil) {
        self.source = source
        self.member = member
        self.byteOffset = byteOffset
        self.line = line
    }
}

extension Provenance: CustomStringConvertible {
    /// `posts.tar.gz!train.jsonl:12`
    public var description: String {
        var text = source
        if let member { text += "!" + member }
        if let line { text += ":\(line)" } else if let byteOffset { text += "@\(byteOffset)" }
        return text
    }
}

/// One document as a reader found it, before it is cleaned: text, reference summaries, and where it was found.
public struct SourceRecord: Hashable, Sendable {
    /// The record's own id where the corpus has one.
    public var sourceID: String?
    public var document: String
    public var title: String?
    /// Zero or more reference summaries.
    public var references: [String]
    /// Other fields that the prompt template may name.
    public var fields: [String: String]
    /// Fields that go with the record to the end, by name.
    public var extra: [String: String]
    /// What policies wrote for the document already.
    public var completions: [SourceCompletion]
    public var split: Split?
    public var provenance: Provenance

    public init(
        sourceID: String? = nil, document: String, title: String? = nil, references: [String] = [],
        fields: [String: String] = [:], extra: [String: String] = [:],
        completions: [SourceCompletion] = [], split: Split? = nil, provenance: Provenance
    ) {
        self.sourceID = sourceID
        self.document = document
        self.title = title
        self.references = references
        self.fields = fields
        self.extra = extra
        self.completions = completions
        self.split = split
        self.provenance = provenance
    }
}

/// A completion that came with a corpus: text, who wrote it, and what it was given for it.
public struct SourceCompletion: Hashable, Sendable, Codable {
    public var text: String
    /// The name that the corpus has for its writer.
    public var policy: String?
    /// By the name of the scorer.
    public var scores: [String: Double]

    public init(text: String, policy: String? = nil, scores: [String: Double] = [:]) {
        self.text = text
        self.policy = policy
        self.scores = scores
    }

    /// `completion by t5 score 0.5`: all but its text.
    var heading: String {
        let scores = scores.sorted { $0.key < $1.key }.map { " \($0.key) \($0.value)" }
        return "completion by \(policy ?? "nobody named")" + scores.joined()
    }
}

/// Which part of the corpus a record belongs to.
public enum Split: String, Hashable, Sendable, Codable, CaseIterable {
    case train, validation, test

    /// The names under which published corpora know the splits.
    public init?(published name: String) {
        switch name.lowercased() {
        case "train", "training": self = .train
        case "validation", "valid", "val", "dev", "development": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }
}

/// A record that a rule left out, though nothing is wrong with it.
public struct FilteredRecord: Hashable, Sendable, Codable {
    /// A stable code in kebab case, for instance `duplicate` or `too-short`.
    public var reason: String
    public var provenance: Provenance

    public init(reason: String, provenance: Provenance) {
        self.reason = reason
        self.provenance = provenance
    }
}

/// A record that was not taken. Counted, kept and reported; the run goes on.
public struct Rejection: Hashable, Sendable, Codable {
    /// The stage that refused it.
    public var stage: String
    /// A stable code in kebab case, for instance `not-json` or `missing-field`.
    public var reason: String
    /// One sentence for a person, without the record's own text.
    public var detail: String
    public var provenance: Provenance
    /// The first characters of the record. Never shown unless asked for.
    public var excerpt: String

    public init(stage: String, reason: String, detail: String, provenance: Provenance, excerpt: String) {
        self.stage = stage
        self.reason = reason
        self.detail = detail
        self.provenance = provenance
        self.excerpt = String(excerpt.unicodeScalars.prefix(120))
    }
}
