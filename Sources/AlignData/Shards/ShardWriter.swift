import Foundation
import GRDB

/// Takes the rows of one shard, inside its one transaction. Prompts are numbered in the order they come.
public final class ShardWriter {
    public let kind: ShardKind
    /// Prompts inserted so far; the next one gets this position.
    public private(set) var promptCount = 0

    private let database: Database
    private let path: String
    private var inserters: [String: RowInserter] = [:]
    /// The position of the last prompts, for completions that come after their prompt.
    private var positions: [RecordID: Int] = [:]

    // Looked up once: a dictionary access for every row would cost as much as the row.
    private lazy var promptRows = Result { try inserter("prompt", promptColumns) }
    private lazy var referenceRows = Result {
        try inserter("reference", ["prompt_id", "position", "text", "tokens"])
    }
    private lazy var completionRows = Result { try inserter("completion", completionColumns) }
    private lazy var pairRows = Result { try inserter("pair", ["prompt_position", "first", "second"]) }
    private lazy var rewardRows = Result {
        try inserter("reward", ["completion_id", "prompt_id", "scorer_id", "value"])
    }
    private lazy var documentRows = Result {
        try inserter(
            "document", ["id", "source_id", "title", "text", "split"] + ShardWriter.provenanceColumns)
    }
    private lazy var rejectionRows = Result {
        try inserter(
            "rejection", ["stage", "reason", "detail"] + ShardWriter.provenanceColumns + ["excerpt"])
    }

    private static let provenanceColumns = ["source", "member", "byte_offset", "line"]

    private var promptColumns: [String] {
        ["position", "id", "document_id", "split", "text", "tokens", "truncated_characters"]
            + (kind == .corpus ? [] : ShardWriter.provenanceColumns)
    }

    private var completionColumns: [String] {
        ["prompt_position"] + (kind == .pairs ? ["position"] : [])
            + [
                "rollout_index", "id", "prompt_id", "text", "tokens", "finish_reason", "policy_id",
                "log_probability", "sampled_log_probability", "reference_log_probability",
            ] + (kind == .pairs ? ["reward", "raw_reward"] : [])
    }

    init(_ database: Database, kind: ShardKind, path: String) {
        self.database = database
        self.kind = kind
        self.path = path
    }

    /// Rows by table, zero for tables without rows.
    var rowCounts: [String: Int] {
        var rows: [String: Int] = [:]
        for table in ShardSchema.tables(of: kind) { rows[table] = inserters[table]?.count ?? 0 }
        return rows
    }

    /// One document of a corpus.
    public func insert(document: SourceRecord, id: RecordID) throws {
        precondition(kind == .corpus, "documents belong to a corpus")
        let row = try documentRows.get()
        row.add(id)
        row.add(document.sourceID)
        row.add(document.title)
        row.add(document.document)
        row.add(document.split?.rawValue)
        row.add(document.provenance)
        try row.insert()
    }

    /// One prompt with its reference summaries. Its document, in a corpus, is inserted beside it.
    public func insert(prompt: Prompt) throws {
        precondition(kind != .rewards, "rewards have no prompts")
        let row = try promptRows.get()
        row.add(promptCount)
        row.add(prompt.id)
        row.add(prompt.documentID)
        row.add(prompt.split.rawValue)
        row.add(prompt.text)
        row.add(prompt.tokens)
        row.add(prompt.truncatedCharacters)
        if kind != .corpus { row.add(prompt.provenance) }
        try row.insert()
        if kind == .candidates { positions[prompt.id] = promptCount }
        promptCount += 1
        for (position, reference) in prompt.references.enumerated() {
            let row = try referenceRows.get()
            row.add(prompt.id)
            row.add(position)
            row.add(reference.text)
            row.add(reference.tokens)
            try row.insert()
        }
    }

    public func insert(rejection: Rejection) throws {
        precondition(kind != .rewards, "rewards keep no rejections")
        let row = try rejectionRows.get()
        row.add(rejection.stage)
        row.add(rejection.reason)
        row.add(rejection.detail)
        row.add(rejection.provenance)
        row.add(rejection.excerpt)
        try row.insert()
    }

    /// One completion of a prompt that was inserted before it.
    public func insert(completion: Completion) throws {
        precondition(kind == .candidates, "completions of pairs come with their group")
        guard let position = positions[completion.promptID] else {
            preconditionFailure("a completion comes after its prompt")
        }
        let row = try completionRows.get()
        row.add(position)
        add(completion, to: row)
        try row.insert()
    }

    public func insert(reward: Reward) throws {
        precondition(kind == .rewards, "rewards belong to a reward set")
        let row = try rewardRows.get()
        row.add(reward.completionID)
        row.add(reward.promptID)
        row.add(reward.scorerID)
        row.add(reward.value)
        try row.insert()
    }

    /// One prompt with its scored completions and the pairs among them.
    /// - Parameters:
    ///   - completions: the completions behind `group.candidates`, in the same order.
    ///   - rawRewards: their rewards before shaping; those of the candidates when nil.
    public func insert(
        group: CandidateGroup, prompt: Prompt, completions: [Completion], rawRewards: [Double]? = nil
    ) throws {
        precondition(kind == .pairs, "groups belong to pairs")
        precondition(completions.count == group.candidates.count, "each candidate has its completion")
        precondition(rawRewards.map { $0.count == completions.count } ?? true, "each has its raw reward")
        let position = promptCount
        try insert(prompt: prompt)
        let row = try completionRows.get()
        for (index, completion) in completions.enumerated() {
            row.add(position)
            row.add(index)
            add(completion, to: row)
            row.add(group.candidates[index].reward)
            row.add(rawRewards?[index] ?? group.candidates[index].reward)
            try row.insert()
        }
        let pairs = try pairRows.get()
        for pair in group.pairs.sorted() {
            pairs.add(position)
            pairs.add(pair.first)
            pairs.add(pair.second)
            try pairs.insert()
        }
    }

    private func add(_ completion: Completion, to row: RowInserter) {
        row.add(completion.rolloutIndex)
        row.add(completion.id)
        row.add(completion.promptID)
        row.add(completion.text)
        row.add(completion.tokens)
        row.add(completion.finishReason.rawValue)
        row.add(completion.policyID)
        row.add(completion.logProbability)
        row.add(completion.sampledLogProbability)
        row.add(completion.referenceLogProbability)
    }

    private func inserter(_ table: String, _ columns: [String]) throws -> RowInserter {
        let inserter = try RowInserter(database, table: table, columns: columns, path: path)
        inserters[table] = inserter
        return inserter
    }
}
