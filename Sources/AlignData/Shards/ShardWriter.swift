import Foundation
import GRDB

/// Takes the rows of one shard, inside its one transaction. Prompts are numbered in the order they come.
public final class ShardWriter {
    public let kind: ShardKind
    /// Prompts inserted so far; the next one gets this position.
    public private(set) var promptCount = 0

    /// Of a corpus; stated when the shard is complete.
    var joins = ShardJoins()

    private let database: Database
    private let tokenWidth: TokenWidth
    private let groups: RowGroupWriter
    private var inserters: [String: RowInserter] = [:]
    /// Prompts inserted so far, by split.
    private var splits: [Split: Int] = [:]
    /// The position of the last prompts, for completions that come after their prompt.
    private var positions: [RecordID: Int] = [:]

    // Looked up once: a dictionary access for every row would cost as much as the row.
    private lazy var promptRows = Result { try inserter("prompt") }
    private lazy var referenceRows = Result { try inserter("reference") }
    private lazy var completionRows = Result { try inserter("completion") }
    private lazy var pairRows = Result { try inserter("pair") }
    private lazy var rewardRows = Result { try inserter("reward") }
    private lazy var documentRows = Result { try inserter("document") }
    private lazy var rejectionRows = Result { try inserter("rejection") }
    private lazy var filteredRows = Result { try inserter("filtered") }
    private lazy var givenRows = Result { try inserter("given_completion") }
    private lazy var scoreRows = Result { try inserter("given_score") }

    init(
        _ database: Database, kind: ShardKind, tokenWidth: TokenWidth, path: String, pool: RowEncodingPool
    ) {
        self.tokenWidth = tokenWidth
        self.database = database
        self.kind = kind
        groups = RowGroupWriter(path: path, pool: pool)
    }

    /// Waits until nobody uses the database, whatever became of the rows.
    func abandon() { groups.drain() }

    /// Ends the row groups and inserts their digests. No row may follow.
    func finish() throws {
        for (_, inserter) in inserters.sorted(by: { $0.key < $1.key }) { try inserter.finish() }
        for group in try groups.finish() {
            try database.execute(
                sql: "INSERT INTO row_group VALUES (?, ?, ?, ?)",
                arguments: [group.table, group.first, group.rows, Data(group.digest)])
        }
    }

    /// Rows by table, zero for tables without rows.
    var rowCounts: [String: Int] {
        var rows: [String: Int] = [:]
        for table in ShardSchema.tableNames(of: kind) { rows[table] = inserters[table]?.count ?? 0 }
        return rows
    }

    /// Prompts by split, none where there are no prompts.
    var promptCounts: [String: Int] {
        Dictionary(uniqueKeysWithValues: splits.map { ($0.key.rawValue, $0.value) })
    }

    /// One document of a corpus.
    public func insert(document: SourceRecord, id: RecordID) throws {
        precondition(kind == .corpus, "documents belong to a corpus")
        try documentRows.get().insert { row in
            row.append(id)
            row.append(document.sourceID)
            row.append(document.title)
            row.append(document.document)
            row.append(document.split?.rawValue)
            row.append(document.provenance)
        }
    }

    /// One prompt with its reference summaries. Its document, in a corpus, is inserted beside it.
    public func insert(prompt: Prompt) throws {
        precondition(kind == .corpus || kind == .candidates, "prompts of pairs come with their group")
        try promptRows.get().insert { row in
            append(prompt, to: row)
            if kind != .corpus { row.append(prompt.provenance) }
        }
        if kind == .candidates { positions[prompt.id] = promptCount }
        if kind == .corpus { try insertGiven(of: prompt) }
        try insertReferences(of: prompt)
    }

    private func insertGiven(of prompt: Prompt) throws {
        for (position, completion) in prompt.given.enumerated() {
            try givenRows.get().insert { row in
                row.append(promptCount)
                row.append(position)
                row.append(completion.policy)
                row.append(completion.text)
                row.append(completion.tokens, tokenWidth)
            }
            for (name, value) in completion.scores.sorted(by: { $0.key < $1.key }) {
                try scoreRows.get().insert { row in
                    row.append(promptCount)
                    row.append(position)
                    row.append(name)
                    row.append(value)
                }
            }
        }
    }

    /// The columns that the prompts of all kinds begin with.
    private func append(_ prompt: Prompt, to row: RowEncoding) {
        precondition(prompt.truncatedCharacters >= 0, "characters that were cut")
        row.append(promptCount)
        row.append(prompt.id)
        row.append(prompt.documentID)
        row.append(prompt.split.rawValue)
        row.append(prompt.text)
        row.append(prompt.tokens, tokenWidth)
        row.append(prompt.truncatedCharacters)
        row.append(prompt.sourceID)
        row.append(ExtraFields.json(prompt.extra))
    }

    private func insertReferences(of prompt: Prompt) throws {
        for (position, reference) in prompt.references.enumerated() {
            try referenceRows.get().insert { row in
                row.append(promptCount)
                row.append(position)
                row.append(reference.text)
                row.append(reference.tokens, tokenWidth)
            }
        }
        splits[prompt.split, default: 0] += 1
        promptCount += 1
    }

    public func insert(rejection: Rejection) throws {
        precondition(kind != .rewards, "rewards keep no rejections")
        try rejectionRows.get().insert { row in
            row.append(rejection.stage)
            row.append(rejection.reason)
            row.append(rejection.detail)
            row.append(rejection.provenance)
            row.append(rejection.excerpt)
        }
    }

    public func insert(filtered: FilteredRecord) throws {
        precondition(kind == .corpus, "a corpus says what was filtered")
        try filteredRows.get().insert { row in
            row.append(filtered.reason)
            row.append(filtered.provenance)
        }
    }

    /// One completion of a prompt that was inserted before it.
    /// - Parameter scores: those that came with it, by name.
    public func insert(completion: Completion, scores: [String: Double] = [:]) throws {
        precondition(kind == .candidates, "completions of pairs come with their group")
        guard let position = positions[completion.promptID] else {
            preconditionFailure("a completion comes after its prompt")
        }
        try completionRows.get().insert { row in
            row.append(position)
            row.append(completion.rolloutIndex)
            row.append(completion.id)
            row.append(completion.promptID)
            append(completion, to: row)
        }
        for (name, value) in scores.sorted(by: { $0.key < $1.key }) {
            try scoreRows.get().insert { row in
                row.append(completion.id)
                row.append(name)
                row.append(value)
            }
        }
    }

    public func insert(reward: Reward) throws {
        precondition(kind == .rewards, "rewards belong to a reward set")
        try rewardRows.get().insert { row in
            row.append(reward.completionID)
            row.append(reward.promptID)
            row.append(reward.scorerID)
            row.append(reward.value)
        }
    }

    /// One prompt with its scored completions and the pairs among them.
    /// - Parameters:
    ///   - group: no pair of it is listed twice.
    ///   - completions: the completions behind `group.candidates`, in the same order.
    ///   - rawRewards: their rewards before shaping; those of the candidates when nil.
    public func insert(
        group: CandidateGroup, prompt: Prompt, completions: [Completion], rawRewards: [Double]? = nil
    ) throws {
        precondition(kind == .pairs, "groups belong to pairs")
        precondition(completions.count == group.candidates.count, "each candidate has its completion")
        precondition(rawRewards.map { $0.count == completions.count } ?? true, "each has its raw reward")
        let completionRows = try completionRows.get()
        let pairRows = try pairRows.get()
        let firstCompletion = completionRows.count
        try promptRows.get().insert { row in
            append(prompt, to: row)
            row.append(prompt.provenance)
            row.append(firstCompletion)
            row.append(completions.count)
            row.append(pairRows.count)
            row.append(group.pairs.count)
        }
        for (index, completion) in completions.enumerated() {
            try completionRows.insert { row in
                row.append(firstCompletion + index)
                row.append(promptCount)
                row.append(completion.rolloutIndex)
                row.append(completion.id)
                append(completion, to: row)
                row.append(group.candidates[index].reward)
                row.append(rawRewards?[index] ?? group.candidates[index].reward)
            }
        }
        var last: CompletionPair?
        for pair in group.pairs.sorted() {
            precondition(pair != last && pair.first < pair.second, "a pair is listed once, in its order")
            last = pair
            try pairRows.insert { row in
                row.append(pairRows.count)
                row.append(firstCompletion + pair.first)
                row.append(firstCompletion + pair.second)
            }
        }
        try insertReferences(of: prompt)
    }

    /// The columns that the completions of all kinds have in common.
    private func append(_ completion: Completion, to row: RowEncoding) {
        precondition(completion.rolloutIndex >= 0, "rollouts count from 0")
        row.append(completion.text)
        row.append(completion.tokens, tokenWidth)
        row.append(completion.finishReason.rawValue)
        row.append(completion.policyID)
        row.append(completion.logProbability)
        row.append(completion.sampledLogProbability)
        row.append(completion.referenceLogProbability)
    }

    private func inserter(_ name: String) throws -> RowInserter {
        guard let table = ShardSchema.tables(of: kind).first(where: { $0.name == name }) else {
            preconditionFailure("shards of \(kind.rawValue) have no table \(name)")
        }
        let inserter = try RowInserter(database, table: table, writer: groups)
        inserters[name] = inserter
        return inserter
    }
}
