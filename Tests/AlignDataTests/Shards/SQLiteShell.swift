import Foundation
import GRDB

/// Reads a shard as a stranger would: any SQLite, any statement.
struct SQLiteShell {
    private let queue: DatabaseQueue

    init(_ path: String, readonly: Bool = true) throws {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.foreignKeysEnabled = false
        queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Every value as text, NULL as "NULL".
    func rows(_ sql: String) throws -> [[String]] {
        try queue.read { database in
            try Row.fetchAll(database, sql: sql).map { row in
                row.databaseValues.map { String.fromDatabaseValue($0) ?? ($0.isNull ? "NULL" : "\($0)") }
            }
        }
    }

    /// As `sqlite3 -line` prints it, without blanks at the ends of lines.
    func lines(_ sql: String) throws -> [String] {
        try queue.read { database in
            let rows = try Row.fetchAll(database, sql: sql).map { row in
                let width = max(5, row.columnNames.map(\.count).max() ?? 0)
                return row.map { name, value -> String in
                    let text = String.fromDatabaseValue(value) ?? (value.isNull ? "" : "\(value)")
                    let line = String(repeating: " ", count: width - name.count) + "\(name) = \(text)"
                    return String(line.reversed().drop { $0 == " " }.reversed())
                }
            }
            return Array(rows.joined(separator: [""]))
        }
    }

    func execute(_ sql: String) throws { try queue.writeWithoutTransaction { try $0.execute(sql: sql) } }
}
