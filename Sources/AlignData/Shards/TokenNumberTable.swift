import Foundation
import GRDB

/// A number for every token of every completion, by the completion's id, in a file beside a run and not in memory, which
/// does not grow with the data: what is read at every step and belongs to no shard.
///
/// The file is sealed as shards are, its SHA-256 beside it.
package final class TokenNumberTable {
    /// Nil for a table that is kept in memory.
    private let path: String?
    private let queue: DatabaseQueue

    private init(_ queue: DatabaseQueue, at path: String?) {
        self.queue = queue
        self.path = path
    }

    /// Makes a table of what `body` adds; when it throws, nothing of it remains.
    /// - Parameter path: of the file; nil for memory.
    /// - Throws: `ShardError`; what `body` throws.
    package static func make(
        at path: String?, _ body: (_ add: (_ id: RecordID, _ numbers: [Double]) throws -> Void) throws -> Void
    ) throws -> TokenNumberTable {
        var configuration = Configuration()
        // Not real before it is renamed.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        }
        guard let path else {
            let table = TokenNumberTable(try DatabaseQueue(configuration: configuration), at: nil)
            try table.fill(body)
            return table
        }
        let partial = path + ShardFiles.partialSuffix
        try Files.remove(partial)
        do {
            let table = try ShardError.wrapping(partial, "make the table") {
                TokenNumberTable(
                    try DatabaseQueue(path: partial, configuration: configuration), at: partial)
            }
            try table.fill(body)
            try table.queue.close()
            let (folder, name) = parts(of: path)
            _ = try ShardSeal.seal(partial: partial, as: name, in: folder)
        } catch {
            try? Files.remove(partial)
            throw error
        }
        return TokenNumberTable(try ShardConnection.open(path), at: path)
    }

    /// What `make` left.
    /// - Returns: nil when it is not there, or its bytes are not those that were sealed.
    package static func kept(at path: String) throws -> TokenNumberTable? {
        let (folder, name) = parts(of: path)
        guard try ShardSeal.hash(of: name, in: folder) != nil else { return nil }
        return TokenNumberTable(try ShardConnection.open(path), at: path)
    }

    private static func parts(of path: String) -> (folder: String, name: String) {
        let url = URL(fileURLWithPath: path)
        return (url.deletingLastPathComponent().path, url.lastPathComponent)
    }

    private func fill(_ body: (_ add: (RecordID, [Double]) throws -> Void) throws -> Void) throws {
        try wrapping("write the table") {
            try queue.inDatabase { database in
                try database.execute(
                    sql: """
                        CREATE TABLE token_numbers (id TEXT NOT NULL PRIMARY KEY, numbers BLOB NOT NULL)
                            STRICT, WITHOUT ROWID;
                        BEGIN
                        """)
                // A completion of two groups has the same numbers in both.
                let insertion = try database.makeStatement(
                    sql: "INSERT OR REPLACE INTO token_numbers VALUES (?, ?)")
                try body { id, numbers in
                    let bytes = numbers.withUnsafeBytes { Data($0) }
                    try insertion.execute(arguments: [id.hex, bytes])
                }
                try database.execute(sql: "COMMIT")
            }
        }
    }

    /// - Returns: nil for a completion that was not added.
    /// - Throws: `ShardError`.
    package func numbers(of id: RecordID) throws -> [Double]? {
        try wrapping("read the table") {
            try queue.inDatabase { database in
                let query = try database.cachedStatement(
                    sql: "SELECT numbers FROM token_numbers WHERE id = ?")
                return try Data.fetchOne(query, arguments: [id.hex]).map { bytes in
                    bytes.withUnsafeBytes { raw in
                        (0..<(raw.count / 8)).map {
                            raw.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)
                        }
                    }
                }
            }
        }
    }

    private func wrapping<Result>(_ operation: String, _ body: () throws -> Result) throws -> Result {
        try ShardError.wrapping(path ?? "memory", operation, body)
    }
}
