import Foundation

/// An exclusive lock of a folder, or of a file that is to appear, held by one process and given back by the system when it dies.
package final class FolderLock {
    /// The name of the lock file.
    package static let file = ShardFiles.lock

    private let path: String
    private var descriptor: Int32

    /// - Throws: `ShardError.inUse` when another process (or another writer of this one) holds it.
    package convenience init(folder: String) throws {
        try self.init(path: folder + "/" + ShardFiles.lock, inUse: ShardError.inUse(folder: folder))
    }

    /// - Parameters:
    ///   - path: of the lock file.
    ///   - inUse: thrown when another process (or another writer of this one) holds it.
    init(path: String, inUse: any Error) throws {
        self.path = path
        while true {
            descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw ShardFiles.failure("make the lock file", path) }
            if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                let code = errno
                close(descriptor)
                descriptor = -1
                if code == EWOULDBLOCK { throw inUse }
                errno = code
                throw ShardFiles.failure("lock the folder", path)
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
