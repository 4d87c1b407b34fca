import AlignData
import Foundation

/// The file operations of a run, each failing with a `TrainingError` that names the file.
enum Files {
    static func makeFolder(_ path: String) throws {
        try attempt("make the folder", path) {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    static func entries(of path: String) throws -> [String] {
        try attempt("list the folder", path) {
            try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        }
    }

    /// Does nothing when there is no such file or folder.
    static func remove(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try attempt("remove", path) { try FileManager.default.removeItem(atPath: path) }
    }

    static func size(_ path: String) throws -> Int {
        guard FileManager.default.fileExists(atPath: path) else { return 0 }
        return try attempt("read", path) {
            (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
        }
    }

    /// Sorted keys.
    static func json(_ value: some Encodable, pretty: Bool) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(value)
    }

    static func readJSON<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
        try attempt("read", path) {
            try JSONDecoder().decode(type, from: try Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }

    static func read(_ path: String) throws -> Data {
        try attempt("read", path) { try Data(contentsOf: URL(fileURLWithPath: path)) }
    }

    static func writeJSON(_ value: some Encodable, to path: String) throws {
        try replace(path, with: json(value, pretty: true) + Data("\n".utf8))
    }

    /// Written aside under a name that nothing else has, synced, and renamed.
    static func replace(_ path: String, with data: Data) throws {
        let made = PartialName.make(beside: path) { partial in
            let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL, 0o644)
            return descriptor < 0 ? descriptor : close(descriptor)
        }
        guard made.result >= 0 else { throw failure("write", path) }
        do {
            try append(data, to: made.path)
            try sync(made.path)
            try rename(made.path, to: path)
        } catch {
            unlink(made.path)
            throw error
        }
    }

    /// Removes from a folder what killed processes have written aside. The folder must be claimed.
    static func removePartials(in folder: String) throws {
        for name in try entries(of: folder) where PartialName.isOwn(name) { try remove(folder + "/" + name) }
    }

    static func append(_ data: Data, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
        guard descriptor >= 0 else { throw failure("append to", path) }
        defer { close(descriptor) }
        try data.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw failure("append to", path)
                }
                written += count
            }
        }
    }

    /// Makes the file when there is none.
    static func truncate(_ path: String, to length: Int) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw failure("shorten", path) }
    }

    static func rename(_ path: String, to target: String) throws {
        guard Foundation.rename(path, target) == 0 else { throw failure("rename", path) }
    }

    /// Waits until the file or folder is on the disk.
    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", path) }
    }

    /// A folder, and everything in it.
    static func syncTree(_ path: String) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            for entry in try entries(of: path) { try syncTree(path + "/" + entry) }
        }
        try sync(path)
    }

    private static func failure(_ operation: String, _ path: String) -> TrainingError {
        .file(path: path, operation: operation, reason: String(cString: strerror(errno)).lowercased())
    }

    private static func attempt<Value>(_ operation: String, _ path: String, _ body: () throws -> Value) throws
        -> Value
    {
        do { return try body() } catch let error as TrainingError { throw error } catch {
            throw TrainingError.file(path: path, operation: operation, reason: reason(of: error))
        }
    }

    /// The system's own words where the error has them.
    private static func reason(of error: any Error) -> String {
        switch error {
        case is DecodingError, is EncodingError: "it is not the JSON expected"
        case let error as CocoaError:
            (error.underlying as? POSIXError).map { String(cString: strerror($0.code.rawValue)).lowercased() }
                ?? "Foundation error \(error.errorCode)"
        default: "\(type(of: error))"
        }
    }
}
