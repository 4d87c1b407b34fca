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
    var joins = ShardJoins()

    func insert(into database: Database) throws {
        var values = [
            "configuration_hash": configurationHash,
            "counts": try JSONText.string(counts),
            "index": String(index),
            "kind": kind.rawValue,
            "prompts": try JSONText.string(prompts),
            "rows": try JSONText.string(rows),
            "token_width": String(tokenWidth.rawValue),
        ]
        if !joins.leftOut.isEmpty { values["left_out"] = try JSONText.string(joins.leftOut) }
        if let rows = joins.laterRecords { values["later_records"] = String(rows) }
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
        if values["left_out"] != nil { joins.leftOut = try value("left_out", ShardInfo.decode) }
        if values["later_records"] != nil { joins.laterRecords = try value("later_records") { Int($0) } }
    }

    private static func decode<T: Decodable>(_ text: String) -> T? {
        try? JSONText.decode(T.self, from: Data(text.utf8))
    }

    init(
        kind: ShardKind, index: Int, configurationHash: String, counts: StageCounts, rows: [String: Int],
        prompts: [String: Int], tokenWidth: TokenWidth, joins: ShardJoins = ShardJoins()
    ) {
        self.kind = kind
        self.index = index
        self.configurationHash = configurationHash
        self.counts = counts
        self.rows = rows
        self.prompts = prompts
        self.tokenWidth = tokenWidth
        self.joins = joins
    }
}

/// How the records of a shard of a corpus came to its prompts.
struct ShardJoins: Equatable {
    /// The places, among the records of the shard that passed cleaning, of those that have no prompt; ascending.
    var leftOut: [Int] = []
    /// Records of later shards that belong to prompts of this one; nil until they have been joined to them.
    var laterRecords: Int?

    /// The position of the prompt of a record, by its place; nil when it has none.
    func position(ofRecord place: Int) -> Int? {
        var (low, high) = (0, leftOut.count)
        while low < high {
            let middle = (low + high) / 2
            if leftOut[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low < leftOut.count && leftOut[low] == place ? nil : place - low
    }
}
