import ArgumentParser

/// The name of a folder that is to be written.
enum FolderName {
    static func check(_ path: String, _ option: String) throws {
        guard !path.isEmpty else { throw ValidationError("\(option) is empty.") }
        guard !Terminal.outputNames.contains(path) else {
            throw ValidationError("\(option) names a folder, and standard output is none.")
        }
    }
}
