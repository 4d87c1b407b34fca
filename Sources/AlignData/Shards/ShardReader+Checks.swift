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
            for table in ShardSchema.tableNames(of: kind) {
                rows[table] = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
            }
            return rows
        }
    }

    /// Hands out an id of every row of a table.
    func forEachID(of table: String, column: String = "id", _ body: (RecordID) -> Void) throws {
        try read { database in
            try reader(database, "SELECT \(column) FROM \(table)").forEach {
                body(try $0.id(0))
            }
        }
    }

    /// Hands out the id of every document, and an id made of its text.
    func forEachDocumentText(_ body: (_ id: RecordID, _ text: RecordID) -> Void) throws {
        try read { database in
            try reader(database, "SELECT id, text FROM document").forEach {
                body(try $0.id(0), RecordID(kind: "text", [$0.text(1)]))
            }
        }
    }

    /// Hands out an id for each reward, made of what may not be there twice: its completion and scorer.
    func forEachRewardKey(_ body: (RecordID) -> Void) throws {
        try read { database in
            try reader(database, "SELECT completion_id, scorer_id FROM reward").forEach {
                body(RecordID(kind: "reward", [$0.text(0), $0.text(1)]))
            }
        }
    }

    /// Whether the completions and pairs of the prompts of a pair shard follow each other as the prompts say: a
    /// sentence for each rule that is broken.
    func groupProblems() throws -> [String] {
        let rules = [
            (
                "positions of prompts are not 0, 1, 2, …",
                "SELECT position, row_number() OVER (ORDER BY position) - 1 FROM prompt"
            ),
            (
                "completions do not lie where their prompts say",
                """
                SELECT first_completion, sum(completions) OVER (ORDER BY position) - completions FROM prompt
                UNION ALL SELECT completions, (SELECT count(*) FROM completion WHERE
                    completion.position BETWEEN first_completion AND first_completion + completions - 1
                    AND prompt_position = prompt.position) FROM prompt
                """
            ),
            (
                "pairs do not lie where their prompts say",
                """
                SELECT first_pair, sum(pairs) OVER (ORDER BY position) - pairs FROM prompt
                UNION ALL SELECT pairs, (SELECT count(*) FROM pair WHERE
                    pair.position BETWEEN first_pair AND first_pair + pairs - 1
                    AND first >= first_completion AND second < first_completion + completions) FROM prompt
                """
            ),
            (
                "pairs are not in order, or are listed twice",
                """
                SELECT 1, (lag(first, 1, -1) OVER rows, lag(second, 1, -1) OVER rows) < (first, second) FROM pair
                WINDOW rows AS (ORDER BY position)
                """
            ),
        ]
        return try rules.compactMap { problem, query in
            try read { database in
                var holds = true
                try reader(database, query).forEach {
                    if $0.integer(0) != $0.integer(1) { holds = false }
                }
                return holds ? nil : problem
            }
        }
    }

    /// Whether the rows are those whose digests were taken when they were inserted: a sentence for each that is not.
    func rowGroupProblems() throws -> [String] {
        let stated = try rows("SELECT table_name, first, rows, sha256 FROM row_group ORDER BY 1, 2") { row in
            (table: row.text(0), first: row.integer(1), rows: row.integer(2), digest: row.blob(3))
        }
        var problems: [String] = []
        for table in Set(stated.map(\.table)).union(ShardSchema.tableNames(of: kind)).sorted() {
            guard ShardSchema.tableNames(of: kind).contains(table) else {
                problems.append("digests are stated of a table that it has not")
                continue
            }
            var groups = stated.filter { $0.table == table }[...]
            let encoding = RowEncoding()
            var (first, rows) = (0, 0)
            func end() {
                let found = RowGroup(table: table, first: first, rows: rows, encoding: encoding)
                encoding.removeAll()
                if let group = groups.first, (group.first, group.rows) == (first, rows) {
                    if group.digest != found.digest {
                        problems.append("rows \(first) to \(first + rows - 1) of \(table) have changed")
                    }
                } else {
                    problems.append("rows \(first) to \(first + rows - 1) of \(table) have no digest")
                }
                groups = groups.dropFirst()
                (first, rows) = (first + rows, 0)
            }
            try read { database in
                try reader(database, "SELECT * FROM \(table) ORDER BY rowid").forEach { row in
                    row.append(to: encoding)
                    rows += 1
                    if rows == groups.first?.rows { end() }
                }
            }
            if rows > 0 { end() }
            if !groups.isEmpty { problems.append("rows of \(table) that have digests are not there") }
        }
        return problems
    }

    /// Every list of token ids, with the table it is in.
    func forEachTokens(_ body: (_ table: String, _ tokens: [TokenID]) throws -> Void) throws {
        for table in ShardSchema.tables(of: kind, version: version) {
            for column in table.columns where column.holdsTokens {
                try read { database in
                    try reader(database, "SELECT \(column.name) FROM \(table.name)").forEach { row in
                        try body(table.name, try row.tokens(0))
                    }
                }
            }
        }
    }

    /// What the completions of a pair shard were rewarded with, in order of position.
    func rewardedCompletions() throws -> [RewardedCompletion] {
        precondition(kind == .pairs, "only pairs hold completions with rewards")
        return try rows(
            "SELECT prompt_position, id, finish_reason, reward, raw_reward FROM completion ORDER BY position"
        ) {
            RewardedCompletion(
                promptPosition: $0.integer(0), id: try $0.id(1), finishReason: try $0.name(2),
                reward: $0.real(3),
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
