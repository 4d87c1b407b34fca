import GRDB

/// What `verify` asks of a shard beyond its rows.
extension ShardReader {
    /// What SQLite finds wrong with the file and with references between its tables; empty when sound.
    func integrityProblems() throws -> [String] {
        try read { database in
            var problems = try String.fetchAll(database, sql: "PRAGMA integrity_check(5)").filter {
                $0 != "ok"
            }
            for row in try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").prefix(5) {
                let (table, parent): (String, String) = (row[0], row[2])
                problems.append("a row of \(table) refers to a row of \(parent) that is not there")
            }
            return problems
        }
    }

    /// The statements that made the tables and views, in the order they were run.
    func schema() throws -> [String] {
        try read {
            try String.fetchAll($0, sql: "SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY rowid")
        }
    }

    /// Rows by table, counted.
    func countRows() throws -> [String: Int] {
        try read { database in
            var rows: [String: Int] = [:]
            for table in ShardSchema.tables(of: kind) {
                rows[table] = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
            }
            return rows
        }
    }

    /// The ids of a table that has them.
    func ids(of table: String) throws -> [RecordID] { try rows("SELECT id FROM \(table)") { $0.id(0) } }

    /// Every list of token ids, with the table it is in.
    func forEachTokens(_ body: (_ table: String, _ tokens: [TokenID]) throws -> Void) throws {
        for table in ["prompt", "reference", "completion"] where ShardSchema.tables(of: kind).contains(table)
        {
            try read { database in
                try RowReader(database, "SELECT tokens FROM \(table)", path: path).forEach { row in
                    try body(table, try row.tokens(0))
                }
            }
        }
    }

    /// What the completions of a pair shard were rewarded with, in order of position.
    func rewardedCompletions() throws -> [RewardedCompletion] {
        precondition(kind == .pairs, "only pairs hold completions with rewards")
        return try rows(
            """
            SELECT prompt_position, id, finish_reason, reward, raw_reward
            FROM completion ORDER BY prompt_position, position
            """
        ) {
            RewardedCompletion(
                promptPosition: $0.integer(0), id: $0.id(1), finishReason: try $0.name(2), reward: $0.real(3),
                rawReward: $0.real(4))
        }
    }
}

/// A completion of a pair shard with its reward before and after shaping.
struct RewardedCompletion {
    var promptPosition: Int
    var id: RecordID
    var finishReason: FinishReason
    var reward: Double
    var rawReward: Double
}
