import Dispatch
import Foundation

/// The SHA-256 of a sealed shard, kept beside it until the manifest states it: `shard-00000.sqlite.sha256`, a line as
/// `sha256sum` writes and checks it. A shard without one, or whose bytes have another hash, is not sealed: it is
/// written again. So a byte that changes before the manifest is written is noticed like one that changes after.
enum ShardSeal {
    static let suffix = ".sha256"

    /// Hashes a filled shard and gives it its name: from then on it is sealed, whatever happens.
    /// - Returns: the SHA-256 of its bytes.
    static func seal(partial: String, as name: String, in folder: String) throws -> String {
        // The disk takes the bytes while they are hashed.
        let synchronized = Synchronization(partial)
        let hash = Result { try FileHash.sha256(ofFile: partial) }
        try synchronized.wait()
        try Files.replace(folder + "/" + name + suffix, with: Data(line(try hash.get(), name).utf8))
        try Files.rename(synchronized: partial, to: folder + "/" + name)
        return try hash.get()
    }

    /// A file being synchronized on a thread of its own.
    private final class Synchronization: @unchecked Sendable {
        // Written once, before `done` is signalled.
        private var result: Result<Void, any Error>?
        private let done = DispatchGroup()

        init(_ path: String) {
            DispatchQueue.global(qos: .userInitiated).start(in: done) { [self] in
                result = Result { try Files.synchronize(path) }
            }
        }

        func wait() throws {
            done.wait()
            try result?.get()
        }
    }

    /// The hash of a sealed shard; nil when it is not there, or not what was sealed.
    static func hash(of name: String, in folder: String) throws -> String? {
        let path = folder + "/" + name
        guard Files.exists(path), Files.exists(path + suffix) else { return nil }
        let hash = try FileHash.sha256(ofFile: path)
        return try Files.read(path + suffix) == Data(line(hash, name).utf8) ? hash : nil
    }

    /// Deletes all seals of a folder, whose manifest states the hashes.
    static func removeAll(in folder: String) throws {
        for name in try Files.names(in: folder) ?? [] where ShardFiles.isSeal(name) {
            try Files.remove(folder + "/" + name)
        }
    }

    private static func line(_ hash: String, _ name: String) -> String { "\(hash)  \(name)\n" }
}

/// One shard being sealed on a thread of its own, while the next one is filled.
final class PendingSeal: @unchecked Sendable {
    let index: Int
    let info: ShardInfo
    // Written once, before `done` is signalled.
    private var result: Result<String, any Error>?
    private let done = DispatchGroup()

    init(index: Int, info: ShardInfo, partial: String, folder: String) {
        self.index = index
        self.info = info
        DispatchQueue.global(qos: .userInitiated).start(in: done) { [self] in
            result = Result { try ShardSeal.seal(partial: partial, as: ShardFiles.shard(index), in: folder) }
            if case .failure = result { try? Files.remove(partial) }
        }
    }

    /// Waits until the shard is sealed.
    /// - Returns: the SHA-256 of its bytes.
    func wait() throws -> String {
        done.wait()
        guard let result else { preconditionFailure("the work is done") }
        return try result.get()
    }
}
