/// One table of a shard, described once: the statement that makes it, the columns that a row is bound to and read
/// from, in this order, and what `verify` asks of them.
struct ShardTable: Sendable {
    var name: String
    var columns: [ShardColumn]
    /// Conditions on several columns at once, in SQL.
    var conditions: [String] = []
    /// Tables without are kept in the order of their primary key.
    var hasRowID = true

    /// The statement that makes the table.
    var statement: String {
        let lines = (columns.map(\.definition) + conditions).map { "    " + $0 }
        return "CREATE TABLE \(name) (\n" + lines.joined(separator: ",\n") + "\n) STRICT"
            + (hasRowID ? "" : ", WITHOUT ROWID")
    }

    /// Inserts `rows` rows, whose values are bound one after the other.
    func insertion(rows: Int) -> String {
        let row = "(" + Array(repeating: "?", count: columns.count).joined(separator: ", ") + ")"
        return "INSERT INTO \(name) VALUES " + Array(repeating: row, count: rows).joined(separator: ", ")
    }
}

/// A column of a table.
struct ShardColumn: Sendable {
    enum Content: String { case integer = "INTEGER", real = "REAL", text = "TEXT", blob = "BLOB" }

    var name: String
    var content: Content
    var isOptional = false
    var holdsTokens = false
    /// What its values must satisfy, in SQL.
    var rule: String?

    /// The column in the statement that makes its table.
    var definition: String {
        "\(name) \(content.rawValue)" + (isOptional ? "" : " NOT NULL") + (rule.map { " " + $0 } ?? "")
    }

    static func text(_ name: String, _ rule: String? = nil) -> ShardColumn {
        ShardColumn(name: name, content: .text, rule: rule)
    }

    static func optionalText(_ name: String) -> ShardColumn {
        ShardColumn(name: name, content: .text, isOptional: true)
    }

    static func integer(_ name: String, _ rule: String? = nil) -> ShardColumn {
        ShardColumn(name: name, content: .integer, rule: rule)
    }

    static func optionalInteger(_ name: String) -> ShardColumn {
        ShardColumn(name: name, content: .integer, isOptional: true)
    }

    /// A number that counts, from 0.
    static func count(_ name: String) -> ShardColumn { integer(name, "CHECK (\(name) >= 0)") }

    /// The place of a row among those of its table, from 0, which is also its rowid.
    static func position() -> ShardColumn {
        ShardColumn(name: "position", content: .integer, isOptional: true, rule: "PRIMARY KEY")
    }

    static func real(_ name: String) -> ShardColumn { ShardColumn(name: name, content: .real) }

    /// Token ids, each in the bytes that `token_width` states.
    static let tokens = ShardColumn(
        name: "tokens", content: .blob, holdsTokens: true, rule: "CHECK (length(tokens) % 2 = 0)")
}
