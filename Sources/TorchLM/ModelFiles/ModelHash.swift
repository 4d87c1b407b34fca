import AlignData
import Foundation

/// SHA-256 (hexadecimal) of a model: of the GGUF's length and bytes; or of a folder's `config.json` and
/// safetensors files, by name in byte order, each with its name and length.
/// - Throws: `ModelFileError`.
public func modelHash(_ path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw ModelFileError.unreadable(path: path, reason: "there is no such file or folder")
    }
    var hash = ContentHash()
    func add(_ path: String) throws {
        let file: MappedBytes
        do { file = try MappedBytes(path: path) } catch {
            throw ModelFileError.unreadable(path: path, reason: error.reason)
        }
        withExtendedLifetime(file) { hash.add(file.bytes) }
    }
    if isFolder.boolValue {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw ModelFileError.unreadable(path: path, reason: "the folder cannot be listed")
        }
        let files = names.filter { $0 == "config.json" || $0.hasSuffix(".safetensors") }
        guard files.contains("config.json"), files.count > 1 else {
            throw ModelFileError.notAModel(
                path: path, reason: "the folder has no config.json and safetensors")
        }
        for name in files.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            hash.add(name)
            try add(path + "/" + name)
        }
    } else {
        try add(path)
    }
    return hash.finalize()
}
