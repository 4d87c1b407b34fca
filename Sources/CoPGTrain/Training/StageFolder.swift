import AlignData
import Foundation

/// The output folder of a stage that writes no shard set: claimed by one process at a time, and only where it is empty
/// or holds work of that stage already.
enum StageFolder {
    /// Makes the folder and claims it until the lock goes.
    /// - Parameter mark: the file or folder that the stage writes first: a folder without it that is not empty is
    ///   somebody else's.
    /// - Throws: `TrainingError.foreignFiles`, `FileError`; `FolderInUse`.
    static func claim(_ path: String, mark: String) throws -> FolderLock {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            guard isFolder.boolValue else {
                throw FileError("use the path as a folder", path, reason: "it is a file")
            }
            let names = try Files.entries(of: path).filter {
                $0 != FolderLock.file && !PartialName.isOwn($0)
            }
            guard names.isEmpty || names.contains(mark) else {
                throw TrainingError.foreignFiles(folder: path)
            }
        }
        try Files.makeFolder(path)
        let lock = try FolderLock(folder: path)
        try Files.removePartials(in: path)
        return lock
    }
}
