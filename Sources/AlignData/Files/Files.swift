package import Foundation

/// File operations that fail with a `FileError`, which names the file.
package enum Files {
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Nil when there is no such file.
    package static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a path is that of a pipe, a terminal or another device.
    static func isStream(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return [S_IFIFO, S_IFCHR, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }

    /// The names in a folder, sorted; nil when there is no such folder.
    package static func names(in folder: String) throws -> [String]? {
        guard exists(folder) else { return nil }
        guard isFolder(folder) else {
            throw FileError("use the path as a folder", folder, reason: "it is a file")
        }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw FileError("list the folder", folder, cause: error)
        }
    }

    /// The names in a folder that must be there, sorted.
    package static func entries(of folder: String) throws -> [String] {
        guard let names = try names(in: folder) else {
            throw FileError("list the folder", folder, code: ENOENT)
        }
        return names
    }

    package static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FileError("make the folder", path, cause: error)
        }
    }

    package static func read(_ path: String) throws -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw FileError("read the file", path, cause: error)
        }
    }

    /// Deletes a file, never a folder. Does nothing when there is none.
    package static func remove(_ path: String) throws {
        if unlink(path) != 0 && errno != ENOENT { throw FileError("delete the file", path) }
    }

    /// Deletes a file, or a folder with all that is in it. Does nothing when there is none.
    package static func removeTree(_ path: String) throws {
        if unlink(path) == 0 || errno == ENOENT { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw FileError("delete", path, cause: error)
        }
    }

    /// Removes from a folder what killed processes have written aside. The folder must be claimed.
    package static func removePartials(in folder: String) throws {
        for name in try names(in: folder) ?? [] where PartialName.isOwn(name) {
            try removeTree(folder + "/" + name)
        }
    }
}
