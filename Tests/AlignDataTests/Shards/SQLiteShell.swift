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

    func execute(_ sql: String) throws { try queue.writeWithoutTransaction { try $0.execute(sql: sql) } }
}
