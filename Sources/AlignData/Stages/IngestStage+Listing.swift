import Crypto
import Foundation

/// A file below a given source.
struct ListedFile {
    /// As the file system knows it.
    var path: String
    /// Below the source; what patterns match.
    var relative: String
    /// As provenance names it: the source's own name in front.
    var name: String
    var bytes: Int
}

/// The files of one given source, sorted by the bytes of their paths.
struct SourceListing {
    /// As given.
    let source: String
    let name: String
    let files: [ListedFile]

    init(source: String) throws {
        self.source = source
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: source, isDirectory: &isFolder) else {
            throw IngestError.missingSource(path: source)
        }
        let last = source.split(separator: "/").last.map(String.init) ?? "."
        name = last
        if !isFolder.boolValue {
            files = [ListedFile(path: source, relative: last, name: last, bytes: Self.size(source))]
            return
        }
        let prefix = last == "." || last == ".." ? "" : last + "/"
        var found: [String] = []
        try Self.walk(source, below: "", into: &found)
        found.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        files = found.map {
            let path = source + "/" + $0
            return ListedFile(path: path, relative: $0, name: prefix + $0, bytes: Self.size(path))
        }
    }

    /// The hash of a single file; of several, of their paths and hashes.
    /// - Parameters:
    ///   - isWanted: files that decide nothing are left out.
    ///   - consumed: told the bytes hashed since the last call.
    func sha256(
        of isWanted: (ListedFile) -> Bool = { _ in true }, consumed: (Int) throws -> Void = { _ in }
    ) throws -> String {
        var hashes: [(path: String, hash: String)] = []
        for file in files where isWanted(file) {
            var hash = SHA256()
            let bytes = try FileBytes(path: file.path, name: file.name)
            while case let chunk = try bytes.read(), !chunk.isEmpty {
                hash.update(data: chunk)
                try consumed(chunk.count)
            }
            hashes.append((file.relative, Array(hash.finalize()).hexString))
        }
        if hashes.count == 1, hashes[0].path == name { return hashes[0].hash }
        var hash = SHA256()
        for file in hashes { hash.update(data: Data("\(file.path)\0\(file.hash)\n".utf8)) }
        return Array(hash.finalize()).hexString
    }

    /// Files, and links to files; links to folders are not followed, and hidden names are passed over.
    private static func walk(_ folder: String, below relative: String, into found: inout [String]) throws {
        let manager = FileManager.default
        let names: [String]
        do {
            names = try manager.contentsOfDirectory(atPath: folder)
        } catch {
            throw IngestError.unreadableSource(path: folder, reason: "the folder cannot be listed")
        }
        for name in names where !name.hasPrefix(".") {
            let path = folder + "/" + name
            let inside = relative.isEmpty ? name : relative + "/" + name
            var isFolder: ObjCBool = false
            guard manager.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
            if !isFolder.boolValue {
                found.append(inside)
            } else if (try? manager.destinationOfSymbolicLink(atPath: path)) == nil {
                try walk(path, below: inside, into: &found)
            }
        }
    }

    private static func size(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }
}

/// What a recipe does with one file.
struct FileRole {
    /// Index among the recipe's sources.
    var source: Int
    /// A text file with summaries of another file's document.
    var isSummary: Bool
    /// Index among the source's patterns of this kind.
    var pattern: Int
    var match: PathMatch

    var captures: [String: String] { match.captures }
}

extension Recipe {
    /// The first source whose pattern accepts one of the ways to name a file. What `{split}` captures must be the
    /// name of a split.
    /// - Parameter names: a file's path, with the archives on the way to it in front.
    private func role(_ names: [[String]]) -> FileRole? {
        func match(_ pattern: FilePattern) -> PathMatch? {
            for name in names {
                guard let found = pattern.find(name) else { continue }
                if found.captures["split"].map({ Split(published: $0) != nil }) ?? true { return found }
            }
            return nil
        }
        for (index, source) in sources.enumerated() {
            if source.except.contains(where: { match($0) != nil }) { continue }
            for (patterns, isSummary) in [(source.files, false), (source.summaries, true)] {
                for (number, pattern) in patterns.enumerated() {
                    guard let found = match(pattern) else { continue }
                    return FileRole(source: index, isSummary: isSummary, pattern: number, match: found)
                }
            }
        }
        return nil
    }

    func role(of path: [String]) -> FileRole? { role([path]) }

    /// A compressed file is known by its name with and without the suffix, and as an archive of one member.
    func role(ofStream path: [String], member: String) -> FileRole? {
        guard let last = path.last else { return nil }
        let folder = last.lastIndex(of: "/").map { String(last[...$0]) } ?? ""
        return role([path.dropLast() + [folder + member], path, path + [member]])
    }

    func opens(archive path: [String]) -> Bool { allPatterns.contains { $0.opens(path) } }

    var allPatterns: [FilePattern] { sources.flatMap { $0.files + $0.summaries } }
}
