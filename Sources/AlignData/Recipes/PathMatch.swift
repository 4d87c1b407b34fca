/// What the parts of a pattern that can vary stand for in one path.
struct PathMatch: Hashable, Sendable {
    /// A part of a pattern without a name.
    enum Wildcard: Hashable, Sendable, CaseIterable {
        /// `**/`
        case folders
        /// `**`
        case anything
        /// `*`
        case many
        /// `?`
        case one
    }

    /// By the names in braces.
    var captures: [String: String] = [:]
    /// In the order of the pattern.
    var wildcards: [Wildcard: [String]] = [:]
}

/// Tells which summary files belong to which files: their patterns have to stand for the same texts, in every name in
/// braces that both have, and in the first, second, … wildcard of each kind. A wildcard that only one pattern has says
/// nothing.
struct SummaryLink: Sendable {
    private let names: [String]
    private let counts: [PathMatch.Wildcard: Int]

    init(_ files: FilePattern, _ summaries: FilePattern) {
        names = files.captureNames.intersection(summaries.captureNames).sorted()
        let (a, b) = (files.wildcardCounts, summaries.wildcardCounts)
        var counts: [PathMatch.Wildcard: Int] = [:]
        for kind in PathMatch.Wildcard.allCases { counts[kind] = min(a[kind] ?? 0, b[kind] ?? 0) }
        self.counts = counts
    }

    /// Whether a name in braces ties them.
    var hasNames: Bool { !names.isEmpty }

    /// Equal for a file and the summaries that belong to it.
    func key(of match: PathMatch) -> [String] {
        names.map { match.captures[$0] ?? "" }
            + PathMatch.Wildcard.allCases.flatMap { kind in
                (match.wildcards[kind] ?? []).prefix(counts[kind] ?? 0)
            }
    }

    /// What tells the several summaries of one file apart: names, `*` and `?` that the file's pattern has not. A `**`
    /// that it has not is only a place.
    func variant(of match: PathMatch) -> [String] {
        match.captures.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
            + [.many, .one].flatMap { kind in (match.wildcards[kind] ?? []).dropFirst(counts[kind] ?? 0) }
    }
}

extension RecipeSource {
    /// The patterns that belong together: the first of `files` with the first of `summaries` and so on; a single one
    /// with all of the others. `nil` when neither is so.
    var summaryLinks: [(files: Int, summaries: Int, link: SummaryLink)]? {
        let pairs: [(Int, Int)]
        if summaries.count == files.count {
            pairs = files.indices.map { ($0, $0) }
        } else if summaries.count == 1 {
            pairs = files.indices.map { ($0, 0) }
        } else if files.count == 1 {
            pairs = summaries.indices.map { (0, $0) }
        } else {
            return nil
        }
        return pairs.map { ($0, $1, SummaryLink(files[$0], summaries[$1])) }
    }
}
