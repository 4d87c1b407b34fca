/// Which files a source of a recipe takes: a pattern over plain files and over the members of any archive, or,
/// with `archive!member` (and `archive!archive!member`), over the members of some archives.
public struct FilePattern: Hashable, Sendable, Codable {
    /// One: plain files below the given source, and the members of any archive. Several: an archive's path, then
    /// member by member the way into it.
    public let levels: [PathPattern]

    public init(_ text: String) throws {
        levels = try text.split(separator: "!", omittingEmptySubsequences: false).map {
            try PathPattern(String($0))
        }
    }

    public var text: String { levels.map(\.text).joined(separator: "!") }

    public var captureNames: Set<String> { levels.reduce(into: []) { $0.formUnion($1.captureNames) } }

    /// How many of each wildcard it has.
    var wildcardCounts: [PathMatch.Wildcard: Int] {
        levels.reduce(into: [:]) { $0.merge($1.wildcardCounts, uniquingKeysWith: +) }
    }

    /// Whether something inside this archive can match.
    /// - Parameter path: the archive's path and, for an archive in archives, the way to it.
    public func opens(_ path: [String]) -> Bool {
        levels.count == 1
            || levels.count > path.count && match(path, by: levels.prefix(path.count)) != nil
    }

    /// What a path captures: one component for a plain file, an archive's path in front for its members.
    public func match(_ path: [String]) -> [String: String]? { find(path)?.captures }

    /// What everything in the pattern that can vary stands for in a path.
    func find(_ path: [String]) -> PathMatch? {
        if levels.count == 1 { return path.last.flatMap { levels[0].find($0) } }
        return levels.count == path.count ? match(path, by: levels[...]) : nil
    }

    private func match(_ path: [String], by levels: ArraySlice<PathPattern>) -> PathMatch? {
        var all = PathMatch()
        for (name, level) in zip(path, levels) {
            guard let found = level.find(name) else { return nil }
            for (key, value) in found.captures
            where all.captures.updateValue(value, forKey: key) ?? value != value {
                return nil
            }
            all.wildcards.merge(found.wildcards, uniquingKeysWith: +)
        }
        return all
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
