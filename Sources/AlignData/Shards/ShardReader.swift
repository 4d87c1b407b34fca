import Foundation
import GRDB

/// A sealed shard, open read-only. Rows come in a fixed order: prompts by position, their completions by rollout.
public final class ShardReader {
    public let path: String
    public let kind: ShardKind
    /// Of the shard within its set.
    public let index: Int
    /// What the rows of this shard account for.
    public let counts: StageCounts
    /// Rows by table, as stated when the shard was sealed.
    public let rowCounts: [String: Int]
    /// Prompts by split, as stated when the shard was sealed.
    public let promptCounts: [String: Int]

    /// Of the format.
    let version: Int

    let joins: ShardJoins
    let tokenWidth: TokenWidth
    private let queue: DatabaseQueue

    /// - Throws: `ShardError.notAShard` when the file is not the shard `index` of that configuration and format version.
    init(path: String, kind: ShardKind, index: Int, configurationHash: String, version: Int) throws {
        let queue = try ShardConnection.open(path)
        let info = try ShardError.wrapping(path, "read the shard") {
            try queue.inDatabase { try ShardInfo(from: $0, path: path) }
        }
        guard info.kind == kind, info.index == index, info.configurationHash == configurationHash,
            info.version == version
        else {
            throw ShardError.notAShard(path: path, detail: "its shard_info is that of another shard")
        }
        self.queue = queue
        self.path = path
        self.kind = kind
        self.index = index
        counts = info.counts
        rowCounts = info.rows
        promptCounts = info.prompts
        tokenWidth = info.tokenWidth
        self.version = version
        joins = info.joins
    }

    /// Runs `body` with the connection; SQLite's errors come out as `ShardError`.
    func read<T>(_ body: (Database) throws -> T) throws -> T {
        try ShardError.wrapping(path, "read the shard") { try queue.inDatabase(body) }
    }

    /// A query of this shard.
    func reader(_ database: Database, _ sql: String) throws -> RowReader {
        try RowReader(database, sql, path: path, tokenWidth: tokenWidth)
    }

    /// The tokens in blobs of so many bytes.
    func tokenCount(ofBytes bytes: Int) -> Int { bytes / tokenWidth.rawValue }

    /// Hands out the documents of a corpus, in the order they were inserted.
    func forEachDocument(_ body: (_ document: SourceRecord, _ id: RecordID) throws -> Void) throws {
        try read { database in
            let columns = "id, source_id, title, text, split, source, member, byte_offset, line"
            try reader(database, "SELECT \(columns) FROM document ORDER BY rowid").forEach { row in
                let split = row.optionalText(4).flatMap { Split(rawValue: $0) }
                try body(
                    SourceRecord(
                        sourceID: row.optionalText(1), document: row.text(3), title: row.optionalText(2),
                        split: split, provenance: row.provenance(5)), try row.id(0))
            }
        }
    }

    /// All rows of one query.
    @discardableResult
    func rows<T>(_ sql: String, body: (RowReader) throws -> T) throws -> [T] {
        try read { try reader($0, sql).map(body: body) }
    }

    /// The prompts in order of position, with their reference summaries; none in a reward set.
    public func prompts() throws -> [Prompt] {
        guard kind != .rewards else { return [] }
        var references: [Int: [ReferenceSummary]] = [:]
        for (position, reference) in try rows(
            "SELECT prompt_position, text, tokens FROM reference ORDER BY prompt_position, position",
            body: { ($0.integer(0), ReferenceSummary(text: $0.text(1), tokens: try $0.tokens(2))) })
        {
            references[position, default: []].append(reference)
        }
        let given = try givenCompletions()
        return try rows(promptQuery) { row in
            Prompt(
                id: try row.id(0), documentID: try row.id(1), split: try row.name(2), text: row.text(3),
                tokens: try row.tokens(4), truncatedCharacters: row.integer(5),
                references: references[row.integer(10)] ?? [], given: given[row.integer(10)] ?? [],
                sourceID: row.optionalText(11), extra: try row.extraFields(12),
                provenance: row.provenance(6))
        }
    }

    /// What came with a corpus, by the position of its prompt.
    private func givenCompletions() throws -> [Int: [GivenCompletion]] {
        guard kind == .corpus, rowCounts["given_completion", default: 0] > 0 else { return [:] }
        var given: [Int: [GivenCompletion]] = [:]
        try rows(
            "SELECT prompt_position, policy, text, tokens FROM given_completion ORDER BY prompt_position, position"
        ) { row in
            given[row.integer(0), default: []].append(
                GivenCompletion(
                    text: row.text(2), tokens: try row.tokens(3), policy: row.optionalText(1)))
        }
        try rows("SELECT prompt_position, position, name, value FROM given_score") { row in
            let (prompt, position) = (row.integer(0), row.integer(1))
            guard given[prompt]?.indices.contains(position) == true else {
                throw ShardError.notAShard(path: path, detail: "a score belongs to no completion of it")
            }
            given[prompt]?[position].scores[row.text(2)] = row.real(3)
        }
        return given
    }

    private var promptQuery: String {
        let columns = "prompt.id, document_id, prompt.split, prompt.text, tokens, truncated_characters"
        let provenance = "source, member, byte_offset, line, position"
        let extra = extraColumns
        return kind == .corpus
            ? """
            SELECT \(columns), \(provenance), \(extra) FROM prompt LEFT JOIN document ON document.id = prompt.document_id
            ORDER BY position
            """
            : "SELECT \(columns), \(provenance), \(extra) FROM prompt ORDER BY position"
    }

    /// The own id of a prompt's record, and its extra fields. A corpus of version 1 has ids of documents.
    var extraColumns: String {
        if ShardSchema.hasExtraFields(version: version) { return "prompt.source_id, prompt.fields" }
        return kind == .corpus ? "document.source_id, NULL" : "NULL, NULL"
    }

    /// Id and split of each prompt in order of position: what planning needs, without the texts.
    public func promptHeads() throws -> [(id: RecordID, split: Split)] {
        guard kind != .rewards else { return [] }
        return try rows("SELECT id, split FROM prompt ORDER BY position") { (try $0.id(0), try $0.name(1)) }
    }

    /// The completions in order of their prompt's position and their rollout index.
    public func completions() throws -> [Completion] {
        guard kind == .candidates || kind == .pairs else { return [] }
        return try rows(
            """
            SELECT completion.id, prompt.id, completion.text, completion.tokens, finish_reason, policy_id,
                rollout_index, log_probability, sampled_log_probability, reference_log_probability
            FROM completion JOIN prompt ON prompt.position = completion.prompt_position
            ORDER BY \(kind == .pairs ? "completion.position" : "prompt_position, rollout_index")
            """
        ) { row in
            Completion(
                id: try row.id(0), promptID: try row.id(1), text: row.text(2), tokens: try row.tokens(3),
                finishReason: try row.name(4), policyID: row.text(5), rolloutIndex: row.integer(6),
                logProbability: row.real(7), sampledLogProbability: row.real(8),
                referenceLogProbability: row.real(9))
        }
    }

    /// The rewards in order of completion id and scorer.
    public func rewards() throws -> [Reward] {
        guard kind == .rewards else { return [] }
        return try rows(
            "SELECT completion_id, prompt_id, scorer_id, value FROM reward ORDER BY completion_id, scorer_id"
        ) { row in
            Reward(
                completionID: try row.id(0), promptID: try row.id(1), scorerID: row.text(2),
                value: row.real(3))
        }
    }

    /// The scores of that name that came with completions of the corpus, by completion; of candidates.
    public func givenScores(named name: String) throws -> [RecordID: Double] {
        guard kind == .candidates, rowCounts["given_score", default: 0] > 0 else { return [:] }
        var scores: [RecordID: Double] = [:]
        try rows("SELECT completion_id, name, value FROM given_score") { row in
            if row.text(1) == name { scores[try row.id(0)] = row.real(2) }
        }
        return scores
    }

    /// The records of a corpus that a rule left out, in the order they were met.
    public func filtered() throws -> [FilteredRecord] {
        guard kind == .corpus, rowCounts["filtered", default: 0] > 0 else { return [] }
        return try rows("SELECT reason, source, member, byte_offset, line FROM filtered ORDER BY rowid") {
            FilteredRecord(reason: $0.text(0), provenance: $0.provenance(1))
        }
    }

    /// The records that were not taken, in the order they were met.
    public func rejections() throws -> [Rejection] {
        guard kind != .rewards else { return [] }
        return try rows(
            """
            SELECT stage, reason, detail, excerpt, source, member, byte_offset, line
            FROM rejection ORDER BY rowid
            """
        ) { row in
            Rejection(
                stage: row.text(0), reason: row.text(1), detail: row.text(2), provenance: row.provenance(4),
                excerpt: row.text(3))
        }
    }
}
