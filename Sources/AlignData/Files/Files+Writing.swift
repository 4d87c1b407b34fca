package import Foundation

extension Files {
    /// Waits until the bytes (of a folder: the names) are on the disk.
    package static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw FileError("open the file", path) }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw FileError("write the file to the disk", path) }
    }

    /// A folder, and everything in it.
    package static func synchronizeTree(_ path: String) throws {
        if isFolder(path) { for name in try names(in: path) ?? [] { try synchronizeTree(path + "/" + name) } }
        try synchronize(path)
    }

    /// Renames what is on the disk already, and waits until the folder's names are.
    package static func rename(synchronized partial: String, to path: String) throws {
        if Foundation.rename(partial, path) != 0 { throw FileError("rename the file", path) }
        try synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// Writes a file so that it is there whole or not at all, in place of one that is there.
    package static func replace(_ path: String, with bytes: Data) throws {
        let file = try PartialFile(path: path)
        do {
            try bytes.withUnsafeBytes { try file.write($0) }
            try file.commit()
        } catch {
            file.discard()
            throw error
        }
    }

    /// JSON with sorted keys, for a person to read.
    package static func replace(_ path: String, withJSON value: some Encodable) throws {
        try replace(path, with: JSONText.pretty(value))
    }

    /// Makes the file when there is none.
    package static func append(_ bytes: Data, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
        guard descriptor >= 0 else { throw FileError("append to", path) }
        defer { close(descriptor) }
        try bytes.withUnsafeBytes { try write($0, to: descriptor, path) }
    }

    /// Makes the file when there is none.
    package static func truncate(_ path: String, to length: Int) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw FileError("shorten", path) }
    }

    /// Opens a pipe or a device to write to it.
    /// - Parameter body: hands over bytes.
    static func appending<Result>(
        to path: String, _ body: (([UInt8]) throws -> Void) throws -> Result
    ) throws -> Result {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open the output", path) }
        defer { close(descriptor) }
        return try body { try $0.withUnsafeBytes { try write($0, to: descriptor, path) } }
    }

    /// Writes all bytes.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws(FileError)
    {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let count = Foundation.write(descriptor, start, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError("write the file", path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
