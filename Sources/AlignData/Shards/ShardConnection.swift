import Foundation
import GRDB
import GRDBSQLite

/// Read-only connections to sealed shards.
enum ShardConnection {
    /// Opens a sealed file, which nobody changes any more: no locks, no journal, no file beside it, so it also
    /// works on a read-only or a shared file system.
    ///
    /// The connection stays in one read transaction until it is closed: otherwise every statement would begin by
    /// asking whether the file has changed.
    static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.foreignKeysEnabled = false
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            // 64 KiB: a stream keeps many shards open, and what it draws at random is in no cache.
            try database.execute(sql: "PRAGMA cache_size = -64; PRAGMA temp_store = MEMORY")
        }
        return try ShardError.wrapping(path, "open the shard") {
            let queue = try DatabaseQueue(path: uri(path), configuration: configuration)
            try queue.inDatabase { try $0.execute(sql: "BEGIN") }
            return queue
        }
    }

    /// `immutable=1` needs SQLite built to read URIs, as Debian's is; elsewhere read-only has to do.
    private static func uri(_ path: String) -> String {
        guard sqlite3_compileoption_used("USE_URI") == 1 else { return path }
        let absolute = URL(fileURLWithPath: path).path
        let allowed = CharacterSet(charactersIn: "/-._~").union(.alphanumerics)
        guard let encoded = absolute.addingPercentEncoding(withAllowedCharacters: allowed) else {
            return path
        }
        return "file:\(encoded)?mode=ro&immutable=1"
    }
}
