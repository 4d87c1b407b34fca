import Foundation

/// `manifest.json`: the manifest as JSON with sorted keys and one more key, `digest`: the SHA-256 of the file's own
/// bytes with the 64 digits of the digest written as zeros. So every changed byte of the manifest shows, as the
/// manifest's hashes show every changed byte of the shards.
enum ManifestFile {
    private struct Content: Encodable {
        var manifest: Manifest

        private enum Key: String, CodingKey { case digest }

        func encode(to encoder: any Encoder) throws {
            try manifest.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(ManifestFile.blank, forKey: .digest)
        }
    }

    private struct Version: Decodable { var formatVersion: Int }

    private static let blank = String(repeating: "0", count: 64)
    private static let key = Data("\"digest\" : \"".utf8)

    static func write(_ manifest: Manifest, in folder: String) throws {
        var bytes = try JSONText.pretty(Content(manifest: manifest))
        let digest = FileHash.sha256(bytes)
        guard let place = digestRange(in: bytes) else { preconditionFailure("the manifest has its digest") }
        bytes.replaceSubrange(place, with: Data(digest.utf8))
        try Files.replace(folder + "/" + ShardFiles.manifest, with: bytes)
    }

    /// - Returns: the manifest and the SHA-256 of the file, by which later sets name it as their input.
    static func read(in folder: String) throws -> (manifest: Manifest, hash: String) {
        let path = folder + "/" + ShardFiles.manifest
        guard Files.exists(path) else {
            guard Files.exists(folder) else {
                throw FileError("open the shard set", folder, code: ENOENT)
            }
            let unfinished = Files.exists(folder + "/" + ShardFiles.plan)
            throw unfinished ? ShardError.unfinished(folder: folder) : ShardError.notAShardSet(folder: folder)
        }
        let bytes = try Files.read(path)
        guard let version = try? JSONText.decode(Version.self, from: bytes).formatVersion else {
            throw ShardError.damagedManifest(path: path, detail: "it is not a manifest in JSON")
        }
        guard Manifest.readableFormatVersions.contains(version) else {
            throw ShardError.unsupportedVersion(path: path, found: version)
        }
        guard let place = digestRange(in: bytes) else {
            throw ShardError.damagedManifest(path: path, detail: "it has no digest")
        }
        var blanked = bytes
        blanked.replaceSubrange(place, with: Data(blank.utf8))
        guard Data(FileHash.sha256(blanked).utf8) == bytes[place] else {
            throw ShardError.damagedManifest(path: path, detail: "its bytes do not match its digest")
        }
        guard let manifest = try? JSONText.decode(Manifest.self, from: bytes) else {
            throw ShardError.damagedManifest(path: path, detail: "a field is missing or has another type")
        }
        // Also keeps a forged manifest from naming files outside its folder.
        guard manifest.shards.map(\.file) == manifest.shards.indices.map(ShardFiles.shard) else {
            throw ShardError.damagedManifest(path: path, detail: "its shards are not numbered from 0 on")
        }
        return (manifest, FileHash.sha256(bytes))
    }

    private static func digestRange(in bytes: Data) -> Range<Data.Index>? {
        guard let key = bytes.range(of: key), bytes.endIndex - key.upperBound >= 64 else { return nil }
        return key.upperBound..<(key.upperBound + 64)
    }
}
