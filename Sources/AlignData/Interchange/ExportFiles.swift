import Crypto
import Foundation

/// A file, or a folder of files, that appears whole or not at all: written under a name that nothing else has,
/// synchronized, renamed. The same files at the output already count as done; anything else there is refused. One process
/// at a time writes an output.
final class ExportFiles {
    /// A finished file: its path within the output (empty when the output is the file), and what is in it.
    struct File: Hashable {
        var name: String
        var bytes: Int
        var sha256: String
    }

    private let output: String
    private let partial: String
    private let isFolder: Bool
    /// Nobody else writes this output while it is held.
    private let lock: FolderLock
    private var isPending = true
    private(set) var files: [File] = []

    /// - Throws: `FolderInUse`; `FileError`.
    init(output: String, isFolder: Bool) throws {
        var path = output
        while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        self.output = path
        self.isFolder = isFolder
        let parent = ExportFiles.parent(of: path)
        try Files.makeFolder(parent)
        lock = try FolderLock(path: PartialName.lock(of: path), of: path)
        // What was written aside by exports that were killed.
        for name in try Files.names(in: parent) ?? [] where PartialName.isOwn(name, of: path) {
            try Files.removeTree(parent + "/" + name)
        }
        let made = PartialName.make(beside: path) { partial in
            if isFolder { return mkdir(partial, 0o777) }
            let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL, 0o666)
            return descriptor < 0 ? descriptor : close(descriptor)
        }
        partial = made.path
        guard made.result >= 0 else { throw FileError("make the file", partial) }
    }

    private static func parent(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().path
    }

    /// Writes one file; `body` hands it over piece by piece. What it throws passes through.
    func write(_ name: String, _ body: (_ write: ([UInt8]) throws -> Void) throws -> Void) throws {
        let path = name.isEmpty ? partial : partial + "/" + name
        try Files.makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        guard let file = fopen(path, "wb") else { throw FileError("make the file", path) }
        var isOpen = true
        defer { if isOpen { fclose(file) } }
        var hash = SHA256()
        var count = 0
        try body { bytes in
            guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
                throw FileError("write the file", path)
            }
            bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
            count += bytes.count
        }
        isOpen = false
        guard fclose(file) == 0 else { throw FileError("write the file", path) }
        try Files.synchronize(path)
        files.append(File(name: name, bytes: count, sha256: hash.finalize().hexString))
    }

    /// Puts the files in their place.
    /// - Returns: false when they were there already.
    /// - Throws: `InterchangeError.otherOutput`; `FileError`.
    func commit() throws -> Bool {
        if Files.exists(output) {
            let found = try present()
            try discard()
            guard Set(found) == Set(files) else { throw InterchangeError.otherOutput(path: output) }
            return false
        }
        let folders = files.map {
            URL(fileURLWithPath: partial + "/" + $0.name).deletingLastPathComponent().path
        }
        if isFolder { for folder in Set(folders).sorted() { try Files.synchronize(folder) } }
        try place()
        return true
    }

    private func place() throws {
        let parent = ExportFiles.parent(of: output)
        // A name that has come up in the meantime is not taken away from what has it.
        if !isFolder, link(partial, output) == 0 {
            try discard()
            try Files.synchronize(parent)
            return
        }
        if !isFolder, errno == EEXIST { throw InterchangeError.otherOutput(path: output) }
        // Not every file system has links.
        try Files.rename(synchronized: partial, to: output)
        isPending = false
    }

    /// Deletes what was written under the other name.
    func discard() throws {
        guard isPending else { return }
        isPending = false
        try Files.removeTree(partial)
    }

    /// What lies at the output.
    private func present() throws -> [File] {
        func file(_ name: String, _ path: String) throws -> File {
            File(
                name: name, bytes: Files.size(path) ?? 0, sha256: try FileHash.sha256(ofFile: path))
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: output, isDirectory: &isFolder) else { return [] }
        guard isFolder.boolValue == self.isFolder else {
            try discard()
            throw InterchangeError.otherOutput(path: output)
        }
        guard self.isFolder else { return [try file("", output)] }
        return try (FileManager.default.subpaths(atPath: output) ?? []).compactMap { name in
            let path = output + "/" + name
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
                !isFolder.boolValue
            else { return nil }
            return try file(name, path)
        }
    }
}
