import Foundation

/// A file for what does not fit in memory. It loses its name as soon as it is made, so that nothing of it can remain.
final class UnnamedFile {
    /// Open for reading and writing.
    let descriptor: Int32
    /// Bytes so far.
    private(set) var count = 0
    private let folder: String

    /// Makes one in `folder`.
    /// - Parameter purpose: the start of the name that it has for a moment.
    init(in folder: String, for purpose: String) throws {
        let made = PartialName.make(beside: folder + "/" + purpose) {
            open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        }
        guard made.result >= 0 else { throw FileError("make the file", made.path) }
        self.folder = folder
        descriptor = made.result
        do { try Files.remove(made.path) } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        try Files.write(bytes, to: descriptor, folder)
        count += bytes.count
    }

    /// The bytes of a part that has been written.
    func read(_ range: Range<Int>) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                pread(
                    descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled,
                    off_t(range.lowerBound + filled))
            }
            if got < 0 && errno == EINTR { continue }
            if got <= 0 { throw FileError("read a file without a name in", folder) }
            filled += got
        }
        return bytes
    }

    /// All of it, mapped into memory.
    func mapped() throws -> MappedBytes {
        do {
            return try MappedBytes(descriptor)
        } catch {
            throw FileError("map a file without a name in", folder)
        }
    }
}
