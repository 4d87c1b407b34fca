import Crypto
import Dispatch
package import Foundation

/// The file operations that sealing rests on. Every failure is a `ShardError` of category `inputOutput`.
package enum ShardFiles {
    static let manifest = "manifest.json"
    static let plan = "plan.json"
    static let lock = "writer.lock"
    static let partialSuffix = ".partial"

    /// `shard-00042.sqlite`
    static func shard(_ index: Int) -> String {
        let digits = String(index)
        return "shard-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".sqlite"
    }

    static func isShard(_ name: String) -> Bool { name.hasPrefix("shard-") && name.hasSuffix(".sqlite") }

    static func isSeal(_ name: String) -> Bool {
        name.hasPrefix("shard-") && name.hasSuffix(ShardSeal.suffix)
    }

    /// Whether something is a file of a shard set that has not got its name yet.
    static func isPartial(_ name: String) -> Bool {
        guard name.hasSuffix(partialSuffix) else { return false }
        let final = String(name.dropLast(partialSuffix.count))
        return isShard(final) || isSeal(final) || final == plan || final == manifest
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The names in a folder, sorted; `nil` when there is no such folder.
    static func names(in folder: String) throws -> [String]? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else { return nil }
        guard isFolder.boolValue else {
            throw ShardError.inputOutput(
                operation: "use the path as a folder", path: folder, detail: "it is a file")
        }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw ShardError.inputOutput(operation: "list the folder", path: folder, detail: reason())
        }
    }

    static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ShardError.inputOutput(operation: "make the folder", path: path, detail: reason())
        }
    }

    static func remove(_ path: String) throws {
        if unlink(path) != 0 && errno != ENOENT { throw failure("delete the file", path) }
    }

    /// Waits until the bytes (of a folder: the names) are on the disk.
    static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw failure("open the file", path) }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw failure("write the file to the disk", path) }
    }

    /// fsync, rename, fsync of the folder: afterwards `path` holds the whole file, whatever happens.
    static func seal(partial: String, as path: String, in folder: String) throws {
        try synchronize(partial)
        try rename(synchronized: partial, to: path, in: folder)
    }

    static func rename(synchronized partial: String, to path: String, in folder: String) throws {
        if Foundation.rename(partial, path) != 0 { throw failure("rename the file", path) }
        try synchronize(folder)
    }

    /// Writes a small file so that it is there whole or not at all.
    static func writeAtomically(_ bytes: Data, to name: String, in folder: String) throws {
        let path = folder + "/" + name
        let partial = path + partialSuffix
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw failure("make the file", partial) }
        do {
            defer { close(descriptor) }
            try write(bytes, to: descriptor, partial)
        } catch {
            unlink(partial)
            throw error
        }
        try seal(partial: partial, as: path, in: folder)
    }

    /// Whether a path is that of a pipe, a terminal or another device.
    static func isStream(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return [S_IFIFO, S_IFCHR, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }

    /// Opens a pipe or a device to write to it.
    /// - Parameter body: hands over bytes.
    static func appending<Result>(
        to path: String, _ body: (([UInt8]) throws -> Void) throws -> Result
    ) throws -> Result {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the output", path) }
        defer { close(descriptor) }
        return try body { try write($0, to: descriptor, path) }
    }

    private static func write(_ bytes: some ContiguousBytes, to descriptor: Int32, _ path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = Foundation.write(
                    descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { throw failure("write the file", path) }
                offset += count
            }
        }
    }

    static func read(_ path: String) throws -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ShardError.inputOutput(operation: "read the file", path: path, detail: reason())
        }
    }

    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    package static func sha256(_ bytes: Data) -> String { SHA256.hash(data: bytes).hexString }

    /// The hashes of several files, computed on all cores.
    static func sha256(ofFiles paths: [String]) throws -> [String] {
        var hashes = [Result<String, any Error>?](repeating: nil, count: paths.count)
        hashes.withUnsafeMutableBufferPointer { buffer in
            // Each iteration writes its own element.
            nonisolated(unsafe) let slots = buffer
            DispatchQueue.concurrentPerform(iterations: paths.count) { index in
                slots[index] = Result { try sha256(ofFile: paths[index]) }
            }
        }
        return try hashes.compactMap { try $0?.get() }
    }

    /// SHA-256 of a file's bytes, read a megabyte at a time.
    package static func sha256(ofFile path: String) throws -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw failure("open the file", path) }
        defer { close(descriptor) }
        var hash = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw failure("read the file", path) }
            if count == 0 { return hash.finalize().hexString }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    static func missing(_ folder: String) -> ShardError {
        .inputOutput(operation: "open the shard set", path: folder, detail: reason(ENOENT))
    }

    static func failure(_ operation: String, _ path: String) -> ShardError {
        let code = errno
        if code == ENOSPC || code == EDQUOT { return .diskFull(path: path) }
        return .inputOutput(operation: operation, path: path, detail: reason(code))
    }

    private static func reason(_ code: Int32 = errno) -> String {
        String(cString: strerror(code)).lowercased()
    }
}
