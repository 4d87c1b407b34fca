import Foundation
import GRDB
import GRDBSQLite

extension ShardError {
    /// What a result code of SQLite means to a person.
    /// - Parameter message: SQLite's own words; they name tables and columns, never values.
    static func error(
        code: Int32, message: String, path: String, operation: String
    ) -> any DescribedError {
        switch code & 0xFF {
        case SQLITE_FULL: FileError(operation, path, code: ENOSPC)
        case SQLITE_CONSTRAINT: constraint(path: path, detail: message)
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT: notAShard(path: path, detail: message)
        default: FileError(operation, path, reason: message)
        }
    }

    /// Runs `body` and turns SQLite's errors into ours; others pass unchanged.
    static func wrapping<T>(_ path: String, _ operation: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw Self.error(
                code: error.extendedResultCode.rawValue, message: error.message ?? "unknown", path: path,
                operation: operation)
        }
    }
}
