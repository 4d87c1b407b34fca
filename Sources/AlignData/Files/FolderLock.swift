import Foundation

/// An exclusive lock of a folder, or of a file that is to appear, held by one process and given back by the system when it dies.
package final class FolderLock {
    /// The name of the lock file.
    package static let file = "writer.lock"

    private let path: String
    private var descriptor: Int32

    /// - Throws: `FolderInUse` when another process (or another writer of this one) holds it; `FileError`.
    package convenience init(folder: String) throws {
        try self.init(path: folder + "/" + Self.file, of: folder)
    }

    /// - Parameters:
    ///   - path: of the lock file.
    ///   - output: what is locked.
    /// - Throws: `FolderInUse` when another process (or another writer of this one) holds it; `FileError`.
    init(path: String, of output: String) throws {
        self.path = path
        while true {
            descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw FileError("make the lock file", path) }
            if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                let code = errno
                close(descriptor)
                descriptor = -1
                if code == EWOULDBLOCK { throw FolderInUse(path: output) }
                errno = code
                throw FileError("lock the folder", path)
            }
            // The holder before us may have removed the file between our open and our lock.
            var ours = stat()
            var named = stat()
            if fstat(descriptor, &ours) == 0, stat(path, &named) == 0, ours.st_ino == named.st_ino { return }
            close(descriptor)
        }
    }

    /// Removes the lock file and gives the lock back.
    deinit {
        guard descriptor >= 0 else { return }
        unlink(path)
        close(descriptor)
    }
}
