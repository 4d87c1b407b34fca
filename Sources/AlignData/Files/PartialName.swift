import Foundation

/// Names for what is written aside before it takes its own: `.NAME.align-data-PROCESS-NUMBER.partial`. No file of the
/// user's has one, so what has one may be deleted where no other process is at work.
package enum PartialName {
    private static let mark = ".align-data-"
    private static let suffix = ".partial"

    /// Makes what has no name yet, beside `path`, by the first name that is free.
    /// - Parameter make: makes it, if nothing has that name; -1 and `errno` as system calls have it.
    /// - Returns: what `make` returned, and where it is. The number is negative when it could not be made.
    package static func make(beside path: String, _ make: (String) -> Int32) -> (result: Int32, path: String)
    {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let name = PartialName.stem(of: path) + mark + String(getpid()) + "-"
        var number = 0
        while true {
            let partial = folder + "/" + name + String(number) + suffix
            let result = make(partial)
            if result >= 0 || errno != EEXIST { return (result, partial) }
            number += 1
        }
    }

    /// Whether something was written aside for some file.
    package static func isOwn(_ name: String) -> Bool {
        name.hasPrefix(".") && name.hasSuffix(suffix) && name.contains(mark)
    }

    /// Whether something was written aside for `path`.
    package static func isOwn(_ name: String, of path: String) -> Bool {
        isOwn(name) && name.hasPrefix(stem(of: path) + mark)
    }

    /// Where the lock lies of a file or folder that appears as a whole.
    static func lock(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().path + "/" + stem(of: path)
            + ".align-data.lock"
    }

    /// A dot and the name, or what stands for a name that leaves no room.
    private static func stem(of path: String) -> String {
        let name = URL(fileURLWithPath: path).lastPathComponent
        return "." + (name.utf8.count > 180 ? String(FileHash.sha256(Data(name.utf8)).prefix(32)) : name)
    }
}
