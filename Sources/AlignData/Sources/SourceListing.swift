import Crypto
import Foundation

/// A file below a given source.
struct ListedFile {
    var path: FileSystemPath
    /// Below the source; what patterns match.
    var relative: String
    /// As provenance names it: the source's own name in front.
    var name: String
    var bytes: Int
    /// As its first bytes have it; as its name where they cannot be read.
    var format: ArchiveFormat?
    /// Why they cannot: a file that is wanted must not be taken for what it is not.
    var fault: ReadError?
    /// Its name is not UTF-8.
    var isNameEscaped = false

    init(path: FileSystemPath, relative: String, name: String, bytes: Int, isNameEscaped: Bool = false) {
        self.path = path
        self.relative = relative
        self.name = name
        self.bytes = bytes
        self.isNameEscaped = isNameEscaped
        do {
            format = try ArchiveFormat(of: path, name: relative)
        } catch let error {
            format = ArchiveFormat(path: relative)
            fault = ReadError(name: name, reason: error.reason)
        }
    }
}

/// The files of one given source, sorted by the bytes of their paths.
struct SourceListing {
    /// Something that is no file to read, for a reason that says nothing of its content.
    struct PassedOver {
        var kind: SourceNote.PassedOver
        var relative: String
    }

    /// As given.
    let source: String
    let name: String
    let files: [ListedFile]
    let passedOver: [PassedOver]

    init(source: String) throws {
        self.source = source
        let path = FileSystemPath(source)
        guard let status = Self.status(path) else { throw IngestError.missingSource(path: source) }
        let last = source.split(separator: "/").last.map(String.init) ?? "."
        name = last
        guard status.st_mode & S_IFMT == S_IFDIR else {
            files = [
                ListedFile(path: path, relative: last, name: last, bytes: Int(status.st_size))
            ]
            passedOver = []
            return
        }
        var walk = FolderWalk(source: source, prefix: last == "." || last == ".." ? "" : last + "/")
        try walk.visit(path, below: "", isHidden: false)
        files = walk.files.sorted { $0.relative.utf8.lexicographicallyPrecedes($1.relative.utf8) }
        passedOver = walk.passedOver
    }

    /// What was passed over that the recipe might have taken, by the name that a manifest gives it.
    func passedOver(of recipe: Recipe) -> [String: Int] {
        var counts: [String: Int] = [:]
        for item in passedOver {
            let isWanted =
                item.kind == .folderLink
                ? recipe.mightTake(below: item.relative) : recipe.mightTake([item.relative])
            if isWanted { counts[item.kind.rawValue, default: 0] += 1 }
        }
        return counts
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

    /// Of what a link leads to.
    fileprivate static func status(_ path: FileSystemPath) -> stat? {
        path.withCString { path in
            var status = stat()
            guard let path, stat(path, &status) == 0 else { return nil }
            return status
        }
    }
}

/// Files, and links to files; links to folders are not followed, and hidden names are passed over.
private struct FolderWalk {
    /// As given.
    let source: String
    /// In front of the names that provenance has.
    let prefix: String
    var files: [ListedFile] = []
    var passedOver: [SourceListing.PassedOver] = []

    init(source: String, prefix: String) {
        self.source = source
        self.prefix = prefix
    }

    mutating func visit(_ folder: FileSystemPath, below relative: String, isHidden: Bool) throws {
        guard let names = Self.names(in: folder) else {
            // What is hidden is only counted.
            if isHidden { return }
            throw IngestError.unreadableSource(
                path: relative.isEmpty ? source : source + "/" + relative,
                reason: "the folder cannot be listed")
        }
        for name in names {
            let decoded = name.withUnsafeBufferPointer { bytes in
                ForeignName.decoded(UnsafeRawBufferPointer(bytes).bindMemory(to: UInt8.self))
            }
            let inside = relative.isEmpty ? decoded.text : relative + "/" + decoded.text
            if decoded.text.hasPrefix("."), ArchiveMember.fault(ofName: inside, maxBytes: .max) == .litter {
                continue
            }
            let isHidden = isHidden || decoded.text.hasPrefix(".")
            let path = folder.appending(name)
            func passOver(_ kind: SourceNote.PassedOver) {
                passedOver.append(.init(kind: isHidden ? .hidden : kind, relative: inside))
            }
            guard let status = SourceListing.status(path) else {
                passOver(.danglingLink)
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR where Self.isLink(path): passOver(.folderLink)
            case S_IFDIR: try visit(path, below: inside, isHidden: isHidden)
            case S_IFREG where isHidden: passOver(.hidden)
            case S_IFREG:
                files.append(
                    ListedFile(
                        path: path, relative: inside, name: prefix + inside, bytes: Int(status.st_size),
                        isNameEscaped: decoded.isEscaped))
            default: passOver(.special)
            }
        }
    }

    /// Without `.` and `..`; `nil` for a folder that cannot be listed.
    private static func names(in folder: FileSystemPath) -> [[CChar]]? {
        guard let directory = folder.withCString({ $0.flatMap { opendir($0) } }) else { return nil }
        defer { closedir(directory) }
        var names: [[CChar]] = []
        while let entry = readdir(directory) {
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return nil }
            let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let name = Array(UnsafeBufferPointer(start: start, count: strlen(start)))
            if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
        }
        return names
    }

    private static func isLink(_ path: FileSystemPath) -> Bool {
        path.withCString { path in
            var status = stat()
            guard let path, lstat(path, &status) == 0 else { return false }
            return status.st_mode & S_IFMT == S_IFLNK
        }
    }
}
