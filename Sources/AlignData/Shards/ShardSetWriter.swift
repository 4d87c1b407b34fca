import Foundation
import GRDB

/// Fills a folder with the shards of one set. The unit is the shard: written in one transaction under another name,
/// synchronized, renamed, and from then on never touched; the manifest is written last. Work that was
/// interrupted anywhere goes on at the first shard that is not sealed, and ends with the same bytes.
public final class ShardSetWriter {
    public let output: String
    /// The finished set, when the folder already held it with the same configuration and inputs.
    public private(set) var completed: Manifest?

    private let plan: ShardPlan
    /// Nil when the set is complete.
    private var lock: FolderLock?
    /// What is sealed, by shard.
    private var sealed: [Int: ShardInfo] = [:]

    /// Opens the folder for this work, or finds it done.
    /// - Parameters:
    ///   - configuration: everything that decides the rows, defaults resolved.
    ///   - facts: names and hashes that later stages compare; part of what must be equal to go on.
    ///   - inputs: what the rows are made from.
    /// - Throws: `ShardError`: the folder holds other work (another configuration or other inputs, named) or foreign
    ///   files, another process is writing it, or the file system refuses.
    public init(
        output: String, kind: ShardKind, stage: String, configuration: some Encodable, seed: UInt64,
        facts: [String: String], inputs: [Manifest.Input]
    ) throws {
        let text = try CanonicalJSON.string(configuration)
        plan = ShardPlan(
            kind: kind, stage: stage, toolVersion: alignDataVersion, seed: seed, configuration: text,
            configurationHash: ShardFiles.sha256(Data(text.utf8)), facts: facts, inputs: inputs)
        self.output = output

        let names = try ShardFiles.names(in: output) ?? []
        if names.contains(ShardFiles.manifest) {
            completed = try findComplete()
            // Left when the process died between the last two steps; harmless where it cannot be deleted.
            try? ShardFiles.remove(output + "/" + ShardFiles.plan)
            return
        }
        if !names.contains(ShardFiles.plan) && !names.allSatisfy(ShardSetWriter.isOwn) {
            throw ShardError.foreignFiles(folder: output)
        }
        try ShardFiles.makeFolder(output)
        lock = try FolderLock(folder: output)
        // Another process may have finished the set between our look and our lock.
        if ShardFiles.exists(output + "/" + ShardFiles.manifest) {
            completed = try findComplete()
            lock = nil
        } else {
            try goOn()
        }
    }

    /// The counts of a shard that is already sealed; `nil` when it is still to be written.
    /// - Throws: `ShardError.notAShard` when a file of that name is not the shard this work would have written.
    public func sealedCounts(ofShard index: Int) throws -> StageCounts? {
        if let info = sealed[index] { return info.counts }
        let path = output + "/" + ShardFiles.shard(index)
        guard ShardFiles.exists(path) else { return nil }
        let info = try ShardSetWriter.info(ofSealed: path)
        guard info.kind == plan.kind, info.index == index, info.configurationHash == plan.configurationHash
        else {
            throw ShardError.otherWork(
                folder: output, difference: "\(ShardFiles.shard(index)) is of other work")
        }
        sealed[index] = info
        return info.counts
    }

    /// Writes and seals one shard. A shard that is already sealed is kept, and `body` is not called.
    /// - Parameter body: inserts the rows and returns what they account for. When it throws, nothing of the shard
    ///   remains, and the error passes through.
    public func write(shard index: Int, _ body: (ShardWriter) throws -> StageCounts) throws {
        precondition(completed == nil, "a complete set is not written again")
        guard try sealedCounts(ofShard: index) == nil else { return }
        let path = output + "/" + ShardFiles.shard(index)
        let partial = path + ShardFiles.partialSuffix
        try ShardFiles.remove(partial)
        do {
            let info = try ShardError.wrapping(partial, "write the shard") {
                try fill(partial, index: index, body)
            }
            try ShardFiles.seal(partial: partial, as: path, in: output)
            sealed[index] = info
        } catch {
            try? ShardFiles.remove(partial)
            throw error
        }
    }

    /// Hashes every shard and writes the manifest: from here on the set is complete and immutable.
    /// - Throws: `ShardError.incomplete` when a shard between the first and the last is missing.
    public func finish() throws -> Manifest {
        if let completed { return completed }
        let files = (try ShardFiles.names(in: output) ?? []).filter(ShardFiles.isShard)
        var counts = StageCounts()
        var rows: [[String: Int]] = []
        for index in 0..<max(files.count, (sealed.keys.max() ?? -1) + 1) {
            guard try sealedCounts(ofShard: index) != nil, let info = sealed[index] else {
                throw ShardError.incomplete(folder: output, index: index)
            }
            counts += info.counts
            rows.append(info.rows)
        }
        let paths = rows.indices.map { output + "/" + ShardFiles.shard($0) }
        let hashes = try ShardFiles.sha256(ofFiles: paths)
        let shards = rows.indices.map { index in
            Manifest.Shard(
                file: ShardFiles.shard(index), bytes: ShardFiles.size(paths[index]) ?? 0,
                sha256: hashes[index], rows: rows[index])
        }
        let manifest = plan.manifest(counts: counts, shards: shards)
        try ManifestFile.write(manifest, in: output)
        try ShardFiles.remove(output + "/" + ShardFiles.plan)
        lock = nil
        completed = manifest
        return manifest
    }

    // MARK: - The folder

    private static func isOwn(_ name: String) -> Bool {
        name == ShardFiles.lock || name == ShardFiles.plan + ShardFiles.partialSuffix
    }

    private func findComplete() throws -> Manifest {
        let manifest = try ManifestFile.read(in: output).manifest
        if let difference = ShardPlan(manifest).difference(from: plan) {
            throw ShardError.otherWork(
                folder: output, difference: difference.replacingOccurrences(of: "begun", with: "made"))
        }
        for shard in manifest.shards {
            let path = output + "/" + shard.file
            guard let size = ShardFiles.size(path) else { throw ShardError.missingShard(path: path) }
            guard size == shard.bytes else {
                throw ShardError.wrongSize(path: path, expected: shard.bytes, found: size)
            }
        }
        return manifest
    }

    private func goOn() throws {
        let path = output + "/" + ShardFiles.plan
        if ShardFiles.exists(path) {
            let bytes = try ShardFiles.read(path)
            guard let found = try? JSONDecoder().decode(ShardPlan.self, from: bytes) else {
                throw ShardError.otherWork(folder: output, difference: "its plan.json cannot be read")
            }
            if let difference = found.difference(from: plan) {
                throw ShardError.otherWork(folder: output, difference: difference)
            }
            if found.toolVersion != plan.toolVersion {
                throw ShardError.otherWork(
                    folder: output, difference: "it was begun by version \(found.toolVersion) of this tool")
            }
        }
        for name in try ShardFiles.names(in: output) ?? [] where name.hasSuffix(ShardFiles.partialSuffix) {
            try ShardFiles.remove(output + "/" + name)
        }
        if !ShardFiles.exists(path) {
            try ShardFiles.writeAtomically(try CanonicalJSON.data(plan), to: ShardFiles.plan, in: output)
        }
    }

    // MARK: - One shard

    private func fill(
        _ path: String, index: Int, _ body: (ShardWriter) throws -> StageCounts
    ) throws -> ShardInfo {
        let queue = try DatabaseQueue(path: path, configuration: ShardSetWriter.writing)
        let info = try queue.inDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA page_size = 4096;
                    PRAGMA application_id = \(ShardSchema.applicationID);
                    PRAGMA user_version = \(ShardSchema.userVersion);
                    BEGIN EXCLUSIVE
                    """)
            for statement in ShardSchema.statements(of: plan.kind) { try database.execute(sql: statement) }
            let writer = ShardWriter(database, kind: plan.kind, path: path)
            let counts = try body(writer)
            let info = ShardInfo(
                kind: plan.kind, index: index, configurationHash: plan.configurationHash, counts: counts,
                rows: writer.rowCounts)
            try info.insert(into: database)
            try database.execute(sql: "COMMIT")
            return info
        }
        try queue.close()
        return info
    }

    /// Room for the pages of a usual shard, so that none is written before the shard is complete, read again to add to
    /// its indexes, and written once more. Taken only as far as the shard needs it.
    private static let cacheKibibytes = 65536

    /// The file is not real before it is renamed, so it needs no journal and no synchronization on the way.
    private static var writing: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        // When the body throws, the file is closed and deleted with its open transaction.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA journal_mode = OFF;
                    PRAGMA synchronous = OFF;
                    PRAGMA locking_mode = EXCLUSIVE;
                    PRAGMA secure_delete = OFF;
                    PRAGMA cache_size = -\(cacheKibibytes);
                    PRAGMA temp_store = MEMORY
                    """)
        }
        return configuration
    }

    private static func info(ofSealed path: String) throws -> ShardInfo {
        let queue = try ShardConnection.open(path)
        return try ShardError.wrapping(path, "read the shard") {
            try queue.inDatabase { try ShardInfo(from: $0, path: path) }
        }
    }
}
