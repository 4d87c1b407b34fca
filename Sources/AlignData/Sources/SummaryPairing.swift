/// Which of some files hold the summaries of which others.
struct SummaryPairing {
    private struct Key: Hashable {
        var source: Int
        var files: Int
        var summaries: Int
        var texts: [String]
    }

    /// By the index of a file whose source has summaries: the indices of their files, by pattern and then as they come.
    private(set) var summaries: [Int: [Int]] = [:]
    /// Summary files that belong to no other file.
    private(set) var unpaired: Set<Int> = []

    /// - Parameters:
    ///   - roles: of the files, in order; nil where the recipe takes none or says of an archive only that it is opened.
    ///   - name: of a file, for a person.
    /// - Throws: `IngestError`, when two files could be meant.
    init(_ roles: [FileRole?], of recipe: Recipe, name: (Int) -> String) throws {
        let links = recipe.sources.map { $0.summaries.isEmpty ? [] : $0.summaryLinks ?? [] }
        var found: [Key: [Int]] = [:]
        for (index, role) in roles.enumerated() {
            guard let role, role.isSummary else { continue }
            unpaired.insert(index)
            for (files, summaries, link) in links[role.source] where summaries == role.pattern {
                let texts = link.key(of: role.match)
                found[Key(source: role.source, files: files, summaries: summaries, texts: texts), default: []]
                    .append(index)
            }
        }
        var owners: [Int: Int] = [:]
        for (index, role) in roles.enumerated() {
            guard let role, !role.isSummary, !recipe.sources[role.source].summaries.isEmpty else { continue }
            var own: [Int] = []
            for (files, summaries, link) in links[role.source] where files == role.pattern {
                let texts = link.key(of: role.match)
                let key = Key(source: role.source, files: files, summaries: summaries, texts: texts)
                var variants: [[String]: Int] = [:]
                for summary in found[key] ?? [] {
                    if let owner = owners.updateValue(index, forKey: summary) {
                        throw IngestError.sharedSummary(
                            summary: name(summary), documents: [name(owner), name(index)])
                    }
                    guard let match = roles[summary]?.match else { continue }
                    if let other = variants.updateValue(summary, forKey: link.variant(of: match)) {
                        throw IngestError.ambiguousSummaries(
                            document: name(index), summaries: [name(other), name(summary)])
                    }
                    own.append(summary)
                }
            }
            summaries[index] = own
            unpaired.subtract(own)
        }
    }
}
