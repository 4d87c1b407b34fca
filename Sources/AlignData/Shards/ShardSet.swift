import Foundation
import GRDB

/// A finished shard set, checked against its manifest and open for reading.
public final class ShardSet {
    public let path: String
    public let manifest: Manifest
    /// SHA-256 of `manifest.json`: the name under which later sets refer to this one.
    public let manifestHash: String

    public var name: String { URL(fileURLWithPath: path).lastPathComponent }
    public var kind: ShardKind { manifest.kind }
    public var shardCount: Int { manifest.shards.count }
    /// This set as the input of a later one.
    public var input: Manifest.Input { Manifest.Input(role: kind.rawValue, name: name, sha256: manifestHash) }

    private var readers: [Int: ShardReader] = [:]
    private var opened: [Int] = []
    /// Shards kept open at once; each costs a file descriptor and some 150 KiB.
    private static let maximumOpen = 256

    /// - Parameters:
    ///   - kind: what the caller needs.
    ///   - hashing: whether every shard's SHA-256 is computed and compared; without it only its size is.
    /// - Throws: `ShardError`: no manifest, another kind or version, a shard missing, changed or cut short.
    public convenience init(opening path: String, kind: ShardKind, hashing: Bool = true) throws {
        try self.init(opening: path, hashing: hashing) { found in
            guard found == kind else {
                throw ShardError.wrongKind(folder: path, found: found, expected: kind)
            }
        }
    }

    /// Opens a set of whatever kind it is.
    public convenience init(opening path: String, hashing: Bool = true) throws {
        try self.init(opening: path, hashing: hashing) { _ in }
    }

    /// The same set with connections of its own, for another thread; its hashes are not checked again.
    func reopened() -> ShardSet { ShardSet(sharing: self) }

    private init(sharing set: ShardSet) {
        path = set.path
        manifest = set.manifest
        manifestHash = set.manifestHash
    }

    /// Opens a set with a sound manifest whatever its shards are like, to find out.
    init(uncheckedAt path: String) throws {
        self.path = path
        (manifest, manifestHash) = try ManifestFile.read(in: path)
    }

    private init(opening path: String, hashing: Bool, check: (ShardKind) throws -> Void) throws {
        self.path = path
        (manifest, manifestHash) = try ManifestFile.read(in: path)
        try check(manifest.kind)
        for index in manifest.shards.indices { try checkSize(index) }
        if hashing {
            let hashes = try FileHash.sha256(ofFiles: manifest.shards.indices.map(file))
            for (index, hash) in hashes.enumerated() { try checkHash(hash, of: index) }
        }
    }

    /// The manifest of a set without a look at its shards, for finding sets by their hash.
    static func manifest(in folder: String) -> (manifest: Manifest, hash: String)? {
        try? ManifestFile.read(in: folder)
    }

    /// The shard at `index`, opened on first use.
    public func shard(at index: Int) throws -> ShardReader {
        if let reader = readers[index] { return reader }
        let reader = try ShardReader(
            path: file(index), kind: kind, index: index, configurationHash: manifest.configurationHash,
            version: manifest.formatVersion)
        if opened.count == ShardSet.maximumOpen { readers[opened.removeFirst()] = nil }
        readers[index] = reader
        opened.append(index)
        return reader
    }

    func file(_ index: Int) -> String { path + "/" + manifest.shards[index].file }

    func checkFile(_ index: Int, hashing: Bool) throws {
        try checkSize(index)
        if hashing { try checkHash(FileHash.sha256(ofFile: file(index)), of: index) }
    }

    private func checkSize(_ index: Int) throws {
        let shard = manifest.shards[index]
        let path = file(index)
        guard let size = Files.size(path) else { throw ShardError.missingShard(path: path) }
        guard size == shard.bytes else {
            throw ShardError.wrongSize(path: path, expected: shard.bytes, found: size)
        }
    }

    private func checkHash(_ hash: String, of index: Int) throws {
        guard hash == manifest.shards[index].sha256 else { throw ShardError.wrongHash(path: file(index)) }
    }
}
