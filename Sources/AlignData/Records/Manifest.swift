/// What a shard set holds.
public enum ShardKind: String, Sendable, Codable, CaseIterable {
    case corpus, candidates, rewards, pairs
}

/// How many records went where in a stage. Conservation: `recordsIn == recordsOut + filtered + rejected`.
public struct StageCounts: Hashable, Sendable, Codable {
    public var recordsIn: Int = 0
    public var recordsOut: Int = 0
    /// Sound records left out by rule, by reason code.
    public var filtered: [String: Int] = [:]
    /// Records that could not be taken, by reason code.
    public var rejected: [String: Int] = [:]
    /// Things worth knowing that are not records left out ("truncated-prompts", "ties"), by name.
    public var noted: [String: Int] = [:]

    public init() {}

    /// Counted among the filtered: records that became part of another one (ingest's reason of that name).
    public static let joined = "joined"

    public var filteredTotal: Int { filtered.values.reduce(0, +) }
    public var rejectedTotal: Int { rejected.values.reduce(0, +) }
    public var isConserved: Bool { recordsIn == recordsOut + filteredTotal + rejectedTotal }

    public static func += (a: inout StageCounts, b: StageCounts) {
        a.recordsIn += b.recordsIn
        a.recordsOut += b.recordsOut
        a.filtered.merge(b.filtered, uniquingKeysWith: +)
        a.rejected.merge(b.rejected, uniquingKeysWith: +)
        a.noted.merge(b.noted, uniquingKeysWith: +)
    }
}

/// The last file written into a shard set: with it the set is complete and immutable, without it the folder is
/// unfinished work. Written as JSON with sorted keys; holds no time, host name or absolute path, so that the same
/// input gives the same bytes.
public struct Manifest: Hashable, Sendable, Codable {
    /// The version of the shard format and of this file that is written.
    public static let currentFormatVersion = 2
    /// Those that are read.
    public static let readableFormatVersions = 1...2

    public struct Input: Hashable, Sendable, Codable {
        /// What the input is to the stage: "corpus", "candidates", "rewards", "source", "policy".
        public var role: String
        /// The last component of its path.
        public var name: String
        /// SHA-256 of the input's manifest, or of the file itself where it is not a shard set.
        public var sha256: String

        public init(role: String, name: String, sha256: String) {
            self.role = role
            self.name = name
            self.sha256 = sha256
        }
    }

    public struct Shard: Hashable, Sendable, Codable {
        /// Within the folder: `shard-00000.sqlite`.
        public var file: String
        public var bytes: Int
        public var sha256: String
        /// Rows by table.
        public var rows: [String: Int]

        public init(file: String, bytes: Int, sha256: String, rows: [String: Int]) {
            self.file = file
            self.bytes = bytes
            self.sha256 = sha256
            self.rows = rows
        }
    }

    public var formatVersion: Int
    public var kind: ShardKind
    public var stage: String
    public var toolVersion: String
    public var seed: UInt64
    /// The resolved configuration, as canonical JSON (sorted keys, no white space), and its SHA-256.
    public var configuration: String
    public var configurationHash: String
    /// Named hashes and names that later stages compare: "tokenizer", "template", "chat-template", "policy",
    /// "scorer".
    public var facts: [String: String]
    public var inputs: [Input]
    public var counts: StageCounts
    public var shards: [Shard]

    public init(
        formatVersion: Int = Manifest.currentFormatVersion, kind: ShardKind, stage: String,
        toolVersion: String,
        seed: UInt64, configuration: String, configurationHash: String, facts: [String: String],
        inputs: [Input],
        counts: StageCounts, shards: [Shard]
    ) {
        self.formatVersion = formatVersion
        self.kind = kind
        self.stage = stage
        self.toolVersion = toolVersion
        self.seed = seed
        self.configuration = configuration
        self.configurationHash = configurationHash
        self.facts = facts
        self.inputs = inputs
        self.counts = counts
        self.shards = shards
    }
}

/// The version of this tool, in every manifest.
public let alignDataVersion = "0.1.0"
