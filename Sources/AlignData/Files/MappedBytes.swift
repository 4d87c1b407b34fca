import Foundation

/// A whole file, mapped into memory for reading. Pages are read when they are first touched.
///
/// A file that shrinks while it is mapped cannot be guarded against; model files are immutable.
package final class MappedBytes: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer

    /// Why a file could not be mapped, for a person.
    package struct Failure: Error {
        package let reason: String
    }

    package convenience init(path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(reason: String(cString: strerror(errno)).lowercased()) }
        defer { close(descriptor) }
        try self.init(descriptor)
    }

    /// Of an open file, which may be closed then.
    init(_ descriptor: Int32) throws(Failure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw Failure(reason: String(cString: strerror(errno)).lowercased())
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(reason: "not a regular file") }
        let count = Int(status.st_size)
        guard count > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED
        else {
            throw Failure(reason: String(cString: strerror(errno)).lowercased())
        }
        bytes = UnsafeRawBufferPointer(start: address, count: count)
    }

    deinit {
        if let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
    }
}
