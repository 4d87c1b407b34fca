import Crypto
import Foundation

/// Makes a corpus of tokenized prompts from sources as they were published, by a recipe.
///
/// A record is one document of a source; what cannot even be read as one (a broken line, a damaged archive)
/// is a record too, and rejected. Which records stand in which shard depends on the names and bytes of the
/// sources alone.
public struct IngestStage {
    public static let name = "ingest"
    /// Rejected: the template's rule leaves nothing to cut, and the prompt is still too long.
    public static let promptTooLong = "prompt-too-long"

    private let sources: [String]
    private let recipe: Recipe
    private let tokenizer: Tokenizer
    private let configuration: IngestConfiguration
    private let output: String

    /// - Parameter sources: folders, files or archives.
    public init(
        sources: [String], recipe: Recipe, tokenizer: Tokenizer, configuration: IngestConfiguration,
        output: String
    ) {
        precondition(configuration.promptsPerShard > 0, "a shard holds at least one prompt")
        self.sources = sources
        self.recipe = recipe
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.output = output
    }

    /// Everything that decides the rows.
    private struct Identity: Encodable {
        var recipe: Recipe
        var promptsPerShard: Int
        var archiveLimits: ArchiveLimits
    }

    /// - Throws: `IngestError`; `ShardError`; `ReadError`; `ArchiveError.cannotOpen`; `Interrupted`.
    public func run(progress: ProgressHandler) throws -> StageReport {
        guard !sources.isEmpty else { throw IngestError.noSources }
        let listings = try sources.map { try SourceListing(source: $0) }
        for listing in listings { try requireCandidates(listing) }
        return try withoutActuallyEscaping(progress) { try run(listings, progress: $0) }
    }

    private func run(_ listings: [SourceListing], progress: @escaping ProgressHandler) throws -> StageReport {
        let total = max(1, listings.flatMap(\.files).reduce(0) { $0 + $1.bytes } / 1000)
        func tell(_ done: Int, _ records: Int) throws {
            let answer = progress(
                Progress(done: done, total: total, unit: "kB", figures: [("records", String(records))]))
            if answer == .stop { throw Interrupted() }
        }
        let writer = try ShardSetWriter(
            output: output, kind: .corpus, stage: IngestStage.name,
            configuration: Identity(
                recipe: recipe, promptsPerShard: configuration.promptsPerShard,
                archiveLimits: configuration.archiveLimits),
            seed: configuration.seed,
            facts: facts(of: listings),
            inputs: try listings.map { try input($0, tell: { try tell(0, 0) }) })
        if let manifest = writer.completed { return report(manifest, alreadyComplete: true) }

        let unit = IngestUnit(
            recipe: recipe, tokenizer: tokenizer, configuration: configuration, writer: writer)
        var bytes = 0
        let consumed = { (count: Int) in
            bytes += count
            try tell(bytes / 1000, unit.totalRecords)
        }
        let reader = CorpusReader(
            recipe: recipe, limits: configuration.archiveLimits, consumed: consumed,
            handler: { try unit.take($0) { try consumed(0) } }, note: { unit.note($0, $1) })
        for listing in listings { try reader.read(listing) }
        try unit.finish { try consumed(0) }
        return report(try writer.finish())
    }

    /// What later stages compare, and what a data set made of it has to say of its sources.
    private func facts(of listings: [SourceListing]) -> [String: String] {
        var facts = [
            "recipe": recipe.name, "template": recipe.prompt.hash, "tokenizer": tokenizer.hash,
            "vocabulary": String(tokenizer.vocabularySize),
            "sources": listings.map(\.name).joined(separator: ", "),
        ]
        facts["licence"] = recipe.licence
        facts["citation"] = recipe.citation
        return facts
    }

    /// Fails before any work when no file of the source can be what the recipe asks for.
    private func requireCandidates(_ listing: SourceListing) throws {
        guard !listing.files.contains(where: isCandidate) else { return }
        throw IngestError.nothingMatched(
            path: listing.source, seen: listing.files.prefix(4).map(\.relative),
            patterns: recipe.allPatterns.map(\.text))
    }

    private func isCandidate(_ file: ListedFile) -> Bool {
        switch ArchiveFormat(path: file.relative) {
        case .archive: recipe.opens(archive: file.relative)
        case .stream(let member): recipe.role(ofStream: file.relative, member: member) != nil
        case nil: recipe.role(ofFile: file.relative) != nil
        }
    }

    /// The hash of every file that can decide a row.
    private func input(_ listing: SourceListing, tell: () throws -> Void) throws -> Manifest.Input {
        var hash = SHA256()
        for file in listing.files where isCandidate(file) {
            try tell()
            let digest = try ShardFiles.sha256(ofFile: file.path)
            hash.update(data: Data("\(file.relative)\0\(digest)\n".utf8))
        }
        return Manifest.Input(role: "source", name: listing.name, sha256: Array(hash.finalize()).hexString)
    }

    private func report(_ manifest: Manifest, alreadyComplete: Bool = false) -> StageReport {
        let counts = manifest.counts
        var report = StageReport(
            stage: IngestStage.name, output: output, counts: counts,
            figures: [
                .init("prompts", String(counts.recordsOut)),
                .init("filtered", String(counts.filteredTotal)),
                .init("rejected", String(counts.rejectedTotal)),
                .init("truncated", String(counts.noted["truncated-prompts"] ?? 0)),
                .init("tokens", String(counts.noted["prompt-tokens"] ?? 0)),
            ], alreadyComplete: alreadyComplete)
        let allowed = configuration.allowedRejections * Double(counts.recordsIn)
        report.tooManyRejections = Double(counts.rejectedTotal) > allowed
        return report
    }
}
