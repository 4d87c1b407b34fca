import AlignData
import Foundation

/// A file written aside, under a name that nothing else has, that takes its own only when it is whole and on the disk.
final class PartialFile {
    private let path: String
    private let descriptor: Int32
    private let partialPath: String
    private var isOpen = true

    init(path: String) throws(ModelFileError) {
        self.path = path
        (descriptor, partialPath) = PartialName.make(beside: path) {
            open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        }
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    private static func failure(_ path: String) -> ModelFileError {
        .unwritable(path: path, reason: String(cString: strerror(errno)).lowercased())
    }

    func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            #if canImport(Darwin)
                let count = Darwin.write(descriptor, base, rest.count)
            #else
                let count = Glibc.write(descriptor, base, rest.count)
            #endif
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Flushes to the disk, renames, and flushes the folder's entry.
    func commit() throws(ModelFileError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
        isOpen = false
        guard close(descriptor) == 0, rename(partialPath, path) == 0 else { throw Self.failure(path) }
        let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure(path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Self.failure(path) }
    }

    /// Removes what was written so far. Nothing after `commit`.
    func discard() {
        guard isOpen else { return }
        isOpen = false
        close(descriptor)
        unlink(partialPath)
    }
}
