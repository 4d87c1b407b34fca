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

    /// A file whose name says that it is compressed is known with and without the suffix, whether it is or not; a
    /// compressed one as an archive of one member, too.
    /// - Parameter format: what the file is; no archive, whose members have roles of their own.
    func role(of path: [String], as format: ArchiveFormat?) -> FileRole? {
        guard let last = path.last else { return nil }
        let folder = last.lastIndex(of: "/").map { String(last[...$0]) } ?? ""
        switch format ?? ArchiveFormat(path: last) {
        case .stream(let member):
            let names = [path.dropLast() + [folder + member], path]
            return role(format == nil ? names : names + [path + [member]])
        case .archive, nil: return format == nil ? role([path]) : nil
        }
    }

    func opens(archive path: [String]) -> Bool { allPatterns.contains { $0.opens(path) } }

    /// Whether the recipe takes a file, or may take something in it.
    func takes(_ file: ListedFile) -> Bool {
        file.format == .archive
            ? opens(archive: [file.relative]) : role(of: [file.relative], as: file.format) != nil
    }

    /// Whether the recipe would take a file of which the name alone is known, or something in it.
    func mightTake(_ path: [String]) -> Bool {
        let format = path.last.flatMap { ArchiveFormat(path: $0) }
        return role(of: path, as: nil) != nil || format == .archive && opens(archive: path)
            || role(of: path, as: format) != nil
    }

    /// Whether the recipe would take some plain file below a folder.
    func mightTake(below folder: String) -> Bool {
        allPatterns.contains { $0.levels.count == 1 && $0.levels[0].mightMatch(below: folder) }
    }

    var allPatterns: [FilePattern] { sources.flatMap { $0.files + $0.summaries } }
}
