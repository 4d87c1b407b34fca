import Foundation
import GRDB

/// Fills a folder with the shards of one set. The unit is the shard: written in one transaction under another name,
/// hashed, synchronized, renamed, and from then on never touched; the manifest is written last. Work that was
/// interrupted anywhere goes on at the first shard that is not sealed, and ends with the same bytes. A shard is sealed
/// on a thread of its own while the next one is filled.
public final class ShardSetWriter {
    public let output: String
    /// The finished set, when the folder already held it with the same configuration and inputs.
    public private(set) var completed: Manifest?
    /// What a person should know of the work that the folder held already.
    public private(set) var notes: [String] = []

    /// Bytes of a page of SQLite. Smaller ones make a small set smaller: a test flips every bit of one.
    package var pageSize: Int

    private var plan: ShardPlan
    /// Nil when the set is complete.
    private var lock: FolderLock?
    /// What is sealed, by shard.
    private var sealed: [Int: (info: ShardInfo, sha256: String)] = [:]
    private let encodings = RowEncodingPool()
    /// Filled, and not yet known to be sealed.
    private var pending: PendingSeal?

    /// Opens the folder for this work, or finds it done.
    /// - Parameters:
    ///   - configuration: everything that decides the rows, defaults resolved.
    ///   - facts: names and hashes that later stages compare; part of what must be equal to go on, but for
    ///     `ComputeFacts`, of which a difference is noted.
    ///   - inputs: what the rows are made from.
    /// - Throws: `ShardError`: the folder holds other work (another configuration or other inputs, named) or foreign
    ///   files; `FolderInUse`; `FileError`.
    public convenience init(
        output: String, kind: ShardKind, stage: String, configuration: some Encodable, seed: UInt64,
        facts: [String: String], inputs: [Manifest.Input]
    ) throws {
        try self.init(
            output: output,
            plan: ShardPlan(
                kind: kind, stage: stage, configuration: configuration, seed: seed, facts: facts,
                inputs: inputs))
    }

    /// Opens the folder for this work, or finds it done.
    /// - Throws: `ShardError`: the folder holds other work (the difference is named) or foreign files; `FolderInUse`;
    ///   `FileError`.
    init(output: String, plan: ShardPlan) throws {
        self.plan = plan
        self.output = output
        pageSize = ShardSchema.pageSize(of: plan.kind)

        let names = try Files.names(in: output) ?? []
        if names.contains(ShardFiles.manifest) {
            completed = try findComplete()
            // Left when the process died between the last steps; harmless where it cannot be deleted.
            try? removeTraces()
            return
        }
        if !names.contains(ShardFiles.plan) && !names.allSatisfy(ShardSetWriter.isOwn) {
            throw ShardError.foreignFiles(folder: output)
        }
        try Files.makeFolder(output)
        lock = try FolderLock(folder: output)
        // Another process may have finished the set between our look and our lock.
        if Files.exists(output + "/" + ShardFiles.manifest) {
            completed = try findComplete()
            lock = nil
        } else {
            try goOn()
        }
    }

    /// Nobody may take over the folder while a shard is being sealed.
    deinit { _ = try? pending?.wait() }

    /// The counts of a shard that is already sealed; `nil` when it is still to be written, or its bytes are not those
    /// that were sealed.
    /// - Throws: `ShardError.otherWork` when it is not the shard this work would have written.
    public func sealedCounts(ofShard index: Int) throws -> StageCounts? {
        if let sealed = sealed[index] { return sealed.info.counts }
        if pending?.index == index { return pending?.info.counts }
        let name = ShardFiles.shard(index)
        guard let hash = try ShardSeal.hash(of: name, in: output) else { return nil }
        let info = try ShardSetWriter.info(ofSealed: output + "/" + name)
        guard info.kind == plan.kind, info.index == index, info.configurationHash == plan.configurationHash,
            info.version == plan.formatVersion
        else {
            throw ShardError.otherWork(folder: output, difference: "\(name) is of other work")
        }
        sealed[index] = (info, hash)
        return info.counts
    }

    /// Writes one shard, and has it sealed while the next one is written. A shard that is already sealed is kept, and
    /// `body` is not called.
    /// - Parameter body: inserts the rows and returns what they account for. When it throws, nothing of the shard
    ///   remains, and the error passes through.
    /// - Throws: also what kept the shard before from being sealed.
    public func write(shard index: Int, _ body: (ShardWriter) throws -> StageCounts) throws {
        precondition(completed == nil, "a complete set is not written again")
        guard try sealedCounts(ofShard: index) == nil else { return }
        try fillAndSeal(index, body)
    }

    /// How the records of a sealed shard came to its prompts.
    func joins(ofShard index: Int) throws -> ShardJoins? {
        if pending?.index == index { try settle() }
        guard try sealedCounts(ofShard: index) != nil else { return nil }
        return sealed[index]?.info.joins
    }

    /// Writes a sealed shard once more, from its own rows and what is added to them. Until the new one is complete the old
    /// one stays.
    /// - Parameter body: inserts the rows and returns what they account for.
    func rewrite(shard index: Int, _ body: (ShardReader, ShardWriter) throws -> StageCounts) throws {
        precondition(completed == nil, "a complete set is not written again")
        try settle()
        let reader = try ShardReader(
            path: output + "/" + ShardFiles.shard(index), kind: plan.kind, index: index,
            configurationHash: plan.configurationHash, version: plan.formatVersion)
        try fillAndSeal(index) { try body(reader, $0) }
        sealed[index] = nil
    }

    private func fillAndSeal(_ index: Int, _ body: (ShardWriter) throws -> StageCounts) throws {
        let partial = output + "/" + ShardFiles.shard(index) + ShardFiles.partialSuffix
        try Files.remove(partial)
        do {
            let info = try ShardError.wrapping(partial, "write the shard") {
                try fill(partial, index: index, body)
            }
            try settle()
            pending = PendingSeal(index: index, info: info, partial: partial, folder: output)
        } catch {
            try? Files.remove(partial)
            throw error
        }
    }

    /// Waits for the shard that is being sealed.
    private func settle() throws {
        guard let pending else { return }
        self.pending = nil
        sealed[pending.index] = (pending.info, try pending.wait())
    }

    /// Writes the manifest: from here on the set is complete and immutable. It states the hashes that the shards were
    /// sealed with.
    /// - Throws: `ShardError.incomplete` when a shard between the first and the last is missing; what kept the last
    ///   shard from being sealed.
    public func finish() throws -> Manifest {
        if let completed { return completed }
        try settle()
        let files = (try Files.names(in: output) ?? []).filter(ShardFiles.isShard)
        var counts = StageCounts()
        var shards: [Manifest.Shard] = []
        for index in 0..<max(files.count, (sealed.keys.max() ?? -1) + 1) {
            let name = ShardFiles.shard(index)
            guard try sealedCounts(ofShard: index) != nil, let (info, hash) = sealed[index] else {
                throw ShardError.incomplete(folder: output, index: index)
            }
            guard let bytes = Files.size(output + "/" + name) else {
                throw ShardError.missingShard(path: output + "/" + name)
            }
            counts += info.counts
            shards.append(Manifest.Shard(file: name, bytes: bytes, sha256: hash, rows: info.rows))
        }
        let manifest = plan.manifest(counts: counts, shards: shards)
        try ManifestFile.write(manifest, in: output)
        try removeTraces()
        lock = nil
        completed = manifest
        return manifest
    }

    /// Deletes what only unfinished work needs.
    private func removeTraces() throws {
        try Files.remove(output + "/" + ShardFiles.plan)
        try ShardSeal.removeAll(in: output)
    }

    // MARK: - The folder

    private static func isOwn(_ name: String) -> Bool {
        name == FolderLock.file || PartialName.isOwn(name)
    }

    private func findComplete() throws -> Manifest {
        let manifest = try ManifestFile.read(in: output).manifest
        var made = ShardPlan(manifest)
        // What an older format holds is whole all the same.
        made.formatVersion = plan.formatVersion
        if let difference = made.difference(from: plan, verb: "made") {
            throw ShardError.otherWork(
                folder: output, difference: difference,
                isComplete: true)
        }
        if let difference = ComputeFacts.difference(of: manifest.facts, from: plan.facts) {
            notes.append(ComputeFacts.completeNote(difference))
        }
        for shard in manifest.shards {
            let path = output + "/" + shard.file
            guard let size = Files.size(path) else { throw ShardError.missingShard(path: path) }
            guard size == shard.bytes else {
                throw ShardError.wrongSize(path: path, expected: shard.bytes, found: size)
            }
        }
        return manifest
    }

    private func goOn() throws {
        let path = output + "/" + ShardFiles.plan
        var isKept = false
        if Files.exists(path) {
            let bytes = try Files.read(path)
            guard let found = try? JSONText.decode(ShardPlan.self, from: bytes) else {
                throw ShardError.otherWork(folder: output, difference: "its plan.json cannot be read")
            }
            if let difference = found.difference(from: plan, verb: "begun") {
                throw ShardError.otherWork(folder: output, difference: difference)
            }
            if found.toolVersion != plan.toolVersion {
                throw ShardError.otherWork(
                    folder: output, difference: "it was begun by version \(found.toolVersion) of this tool")
            }
            if try Files.names(in: output)?.contains(where: ShardFiles.isShard) == true {
                if let difference = ComputeFacts.difference(of: found.facts, from: plan.facts) {
                    notes.append(ComputeFacts.resumeNote(difference))
                }
                plan.facts = ComputeFacts.merged(found.facts, plan.facts)
            }
            isKept = plan == found
        }
        for name in try Files.names(in: output) ?? [] where ShardFiles.isPartial(name) {
            try Files.remove(output + "/" + name)
        }
        if !isKept {
            try Files.replace(output + "/" + ShardFiles.plan, with: try JSONText.data(plan))
        }
    }

    // MARK: - One shard

    private var tokenWidth: TokenWidth {
        TokenWidth(vocabulary: plan.facts["vocabulary"].flatMap { Int($0) })
    }

    private func fill(
        _ path: String, index: Int, _ body: (ShardWriter) throws -> StageCounts
    ) throws -> ShardInfo {
        let queue = try DatabaseQueue(path: path, configuration: writing)
        let info = try queue.inDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA page_size = \(pageSize);
                    PRAGMA application_id = \(ShardSchema.applicationID);
                    PRAGMA user_version = \(ShardSchema.userVersion);
                    BEGIN EXCLUSIVE
                    """)
            for statement in ShardSchema.statements(of: plan.kind) { try database.execute(sql: statement) }
            let writer = ShardWriter(
                database, kind: plan.kind, tokenWidth: tokenWidth, path: path, pool: encodings)
            defer { writer.abandon() }
            let counts = try body(writer)
            try writer.finish()
            let info = ShardInfo(
                kind: plan.kind, index: index, configurationHash: plan.configurationHash, counts: counts,
                rows: writer.rowCounts, prompts: writer.promptCounts, tokenWidth: tokenWidth,
                joins: writer.joins)
            try info.insert(into: database)
            try database.execute(sql: "COMMIT")
            return info
        }
        try queue.close()
        return info
    }

    /// Rows of pairs and of a corpus are appended, but for two small indexes: a page that is full is not touched again,
    /// and a small cache stays in the processor's. The others have indexes over ids, which touch pages everywhere: room
    /// for a usual shard, so that no page is written, read again and written once more. Taken only as far as the shard
    /// needs it.
    private var cacheKibibytes: Int {
        switch plan.kind {
        case .pairs: 1024
        case .corpus: 2048
        default: 65536
        }
    }

    /// The file is not real before it is renamed, so it needs no journal and no synchronization on the way. What the
    /// tables CHECK, `ShardWriter` guarantees; asking again costs a tenth of the insertion (`verify` does).
    private var writing: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        // When the body throws, the file is closed and deleted with its open transaction.
        configuration.allowsUnsafeTransactions = true
        let cache = cacheKibibytes
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA journal_mode = OFF;
                    PRAGMA synchronous = OFF;
                    PRAGMA locking_mode = EXCLUSIVE;
                    PRAGMA secure_delete = OFF;
                    PRAGMA ignore_check_constraints = ON;
                    PRAGMA cache_size = -\(cache);
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
