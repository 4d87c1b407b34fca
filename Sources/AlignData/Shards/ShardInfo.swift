import Foundation
import GRDB

/// The `shard_info` table: what a shard says of itself, so that a sealed shard is recognised when work goes on.
struct ShardInfo: Equatable {
    var kind: ShardKind
    var index: Int
    var configurationHash: String
    var counts: StageCounts
    /// Rows by table.
    var rows: [String: Int]
    /// Prompts by split.
    var prompts: [String: Int]
    var tokenWidth: TokenWidth
    /// Of the format.
    var version = ShardSchema.userVersion

    func insert(into database: Database) throws {
        let values = [
            "configuration_hash": configurationHash,
            "counts": try CanonicalJSON.string(counts),
            "index": String(index),
            "kind": kind.rawValue,
            "prompts": try CanonicalJSON.string(prompts),
            "rows": try CanonicalJSON.string(rows),
            "token_width": String(tokenWidth.rawValue),
        ]
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            try database.execute(sql: "INSERT INTO shard_info VALUES (?, ?)", arguments: [key, value])
        }
    }

    /// - Throws: `ShardError.notAShard` when the file is another database or lacks a value.
    init(from database: Database, path: String) throws {
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id")
        guard application == ShardSchema.applicationID else {
            throw ShardError.notAShard(path: path, detail: "its application id is another one")
        }
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard Manifest.readableFormatVersions.contains(version) else {
            throw ShardError.unsupportedVersion(path: path, found: version)
        }
        self.version = version
        var values: [String: String] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT key, value FROM shard_info") {
            values[row[0]] = row[1]
        }
        func value<T>(_ key: String, _ convert: (String) -> T?) throws -> T {
            guard let value = values[key].flatMap(convert) else {
                throw ShardError.notAShard(path: path, detail: "shard_info has no valid \(key)")
            }
            return value
        }
        kind = try value("kind") { ShardKind(rawValue: $0) }
        index = try value("index") { Int($0) }
        configurationHash = try value("configuration_hash") { $0 }
        counts = try value("counts", ShardInfo.decode)
        rows = try value("rows", ShardInfo.decode)
        prompts = try value("prompts", ShardInfo.decode)
        tokenWidth = try value("token_width") { Int($0).flatMap(TokenWidth.init) }
    }

    private static func decode<T: Decodable>(_ text: String) -> T? {
        try? JSONDecoder().decode(T.self, from: Data(text.utf8))
    }

    init(
        kind: ShardKind, index: Int, configurationHash: String, counts: StageCounts, rows: [String: Int],
        prompts: [String: Int], tokenWidth: TokenWidth
    ) {
        self.kind = kind
        self.index = index
        self.configurationHash = configurationHash
        self.counts = counts
        self.rows = rows
        self.prompts = prompts
        self.tokenWidth = tokenWidth
    }
}
