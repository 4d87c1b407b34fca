/// Which files a source of a recipe takes: a pattern over plain files and over the members of any archive,
/// or, with `archive!member`, over the members of some archives.
public struct FilePattern: Hashable, Sendable, Codable {
    /// `nil`: plain files, and the members of any archive.
    public let archive: PathPattern?
    /// The path below the given source folder, or within the archive.
    public let path: PathPattern

    public init(_ text: String) throws {
        let halves = text.split(separator: "!", maxSplits: 1, omittingEmptySubsequences: false)
        if halves.count == 2 {
            archive = try PathPattern(String(halves[0]))
            path = try PathPattern(String(halves[1]))
        } else {
            archive = nil
            path = try PathPattern(text)
        }
    }

    public var text: String { archive.map { "\($0.text)!\(path.text)" } ?? path.text }

    public var captureNames: Set<String> { path.captureNames.union(archive?.captureNames ?? []) }

    /// What a plain file's path captures.
    public func match(file: String) -> [String: String]? {
        archive == nil ? path.match(file) : nil
    }

    /// Whether members of this archive can match.
    public func opens(archive file: String) -> Bool {
        archive.map { $0.match(file) != nil } ?? true
    }

    /// What the path of an archive's member captures, together with the archive's own path.
    public func match(member: String, of file: String) -> [String: String]? {
        guard let archive else { return path.match(member) }
        guard let outer = archive.match(file), let inner = path.match(member) else { return nil }
        var agrees = true
        let both = outer.merging(inner) { a, b in
            agrees = agrees && a == b
            return a
        }
        return agrees ? both : nil
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
