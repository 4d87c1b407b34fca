import Foundation

/// A file written aside, under a name that nothing else has, that takes its own only when it is whole and on the disk.
package final class PartialFile {
    private let path: String
    private let descriptor: Int32
    private let partialPath: String
    private var isOpen = true

    package init(path: String) throws(FileError) {
        self.path = path
        (descriptor, partialPath) = PartialName.make(beside: path) {
            open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        }
        guard descriptor >= 0 else { throw FileError("write the file", path) }
    }

    package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try Files.write(bytes, to: descriptor, path)
    }

    /// Flushes to the disk, renames, and flushes the folder's entry.
    package func commit() throws {
        guard fsync(descriptor) == 0 else { throw FileError("write the file to the disk", path) }
        isOpen = false
        guard close(descriptor) == 0 else { throw FileError("write the file", path) }
        try Files.rename(synchronized: partialPath, to: path)
    }

    /// Removes what was written so far. Nothing after a successful `commit`.
    package func discard() {
        if isOpen { close(descriptor) }
        isOpen = false
        unlink(partialPath)
    }
}
