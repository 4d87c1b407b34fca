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
    enum Kind {
        case records
        case document
        case summary
    }

    /// Index among the recipe's sources.
    var source: Int
    var kind: Kind
    var captures: [String: String]
}

extension Recipe {
    /// The first source whose pattern accepts. What `{split}` captures must be the name of a split.
    private func role(_ captures: (FilePattern) -> [String: String]?) -> FileRole? {
        func match(_ pattern: FilePattern) -> [String: String]? {
            guard let found = captures(pattern) else { return nil }
            return found["split"].map { Split(published: $0) != nil } ?? true ? found : nil
        }
        for (index, source) in sources.enumerated() {
            var isPair = false
            if case .textPairs = source.layout { isPair = true }
            for pattern in source.files {
                if let captures = match(pattern) {
                    return FileRole(source: index, kind: isPair ? .document : .records, captures: captures)
                }
            }
            if case .textPairs(let summaries?, _) = source.layout, let captures = match(summaries) {
                return FileRole(source: index, kind: .summary, captures: captures)
            }
        }
        return nil
    }

    func role(ofFile relative: String) -> FileRole? { role { $0.match(file: relative) } }

    /// A compressed file is known by its name with and without the suffix, and as an archive of one member.
    func role(ofStream relative: String, member: String) -> FileRole? {
        let folder = relative.lastIndex(of: "/").map { String(relative[...$0]) } ?? ""
        return role {
            $0.match(file: folder + member) ?? $0.match(file: relative)
                ?? $0.match(member: member, of: relative)
        }
    }

    func role(ofMember member: String, in relative: String) -> FileRole? {
        role { $0.match(member: member, of: relative) }
    }

    func opens(archive relative: String) -> Bool { allPatterns.contains { $0.opens(archive: relative) } }

    var allPatterns: [FilePattern] {
        sources.flatMap { source in
            if case .textPairs(let summaries?, _) = source.layout { return source.files + [summaries] }
            return source.files
        }
    }

    /// What ties a document to its summaries: the captures that both patterns have. `nil` outside text pairs.
    func pairKey(_ role: FileRole) -> String? {
        let source = sources[role.source]
        guard case .textPairs(let summaries?, _) = source.layout else { return nil }
        let shared = source.files.reduce(summaries.captureNames) { $0.intersection($1.captureNames) }
        return "\(role.source)\n"
            + shared.sorted().map { "\($0)=\(role.captures[$0] ?? "")" }.joined(separator: "\n")
    }
}
