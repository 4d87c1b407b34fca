extension CorpusReader {
    /// - Returns: whether anything in it was what the recipe asks for, or could not be told because of damage.
    func read(archive file: ListedFile) throws -> Bool {
        // The survey and the first pass after it consume the file once each; later passes do not count.
        let goal = file.bytes * Self.passes(file)
        var told = 0
        var current: ObjectIdentifier?
        var pass = -1
        let contents = ArchiveContents(
            reader: self, file: file, path: [file.relative], format: .archive, limits: limits,
            progress: { archive in
                if current != ObjectIdentifier(archive) {
                    current = ObjectIdentifier(archive)
                    pass += 1
                }
                let now = min(pass * file.bytes + min(archive.archiveBytesRead, file.bytes), goal)
                try consumed(max(0, now - told))
                told = max(told, now)
            },
            input: { .file(path: file.path) })
        let matched = try contents.read()
        try consumed(goal - told)
        return matched
    }
}
