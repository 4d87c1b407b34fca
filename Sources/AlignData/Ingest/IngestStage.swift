import Foundation
import Synchronization

/// Makes a corpus of tokenized prompts from sources as they were published, by a recipe.
///
/// A record is one document of a source; what cannot even be read as one (a broken line, a damaged archive)
/// is a record too, and rejected. Which records stand in which shard depends on the names and bytes of the
/// sources alone.
public struct IngestStage: ShardSetReporting {
    public static let name = "ingest"
    /// Rejected: the template's rule leaves nothing to cut, and the prompt is still too long.
    public static let promptTooLong = "prompt-too-long"
    /// Rejected: the prompt has no tokens.
    public static let emptyPrompt = "empty-prompt"

    private let sources: [String]
    private var recipe: Recipe
    private let tokenizer: Tokenizer
    private let configuration: IngestConfiguration
    let output: String
    /// Documents that duplicates are looked for in without a file.
    var textsInMemory: Int

    /// - Parameter sources: folders, files or archives.
    public init(
        sources: [String], recipe: Recipe, tokenizer: Tokenizer, configuration: IngestConfiguration,
        output: String
    ) {
        self.sources = sources
        self.recipe = recipe
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.output = output
        textsInMemory = RecordCleaner.textsInMemory
    }

    /// Everything that decides the rows.
    private struct Identity: Encodable {
        var recipe: Recipe
        var promptsPerShard: Int
        var textBytesPerShard: Int
        var archiveLimits: ArchiveLimits
    }

    /// - Throws: `IngestError`; `PromptTemplateError` of a chat; `ShardError`; `ReadError`;
    ///   `ArchiveError.cannotOpen`; `Interrupted`.
    public func run(progress: ProgressHandler) throws -> StageReport {
        try StageError.require(configuration.promptsPerShard > 0, "a shard holds at least one prompt")
        try StageError.require(configuration.workers > 0, "the work needs at least one thread")
        guard !sources.isEmpty else { throw IngestError.noSources }
        let listings = try Self.listings(of: sources, for: recipe)
        var stage = self
        stage.recipe.prompt = try recipe.prompt.resolved(for: tokenizer)
        return try withoutActuallyEscaping(progress) { try stage.run(listings, progress: $0) }
    }

    private func run(_ listings: [SourceListing], progress: @escaping ProgressHandler) throws -> StageReport {
        // What is there already must be known before the first record is taken; in an empty folder nothing is, and the
        // sources are hashed while they are read.
        let isBegun = try !(Files.names(in: output) ?? []).isEmpty
        let files = listings.flatMap(\.files)
        let hashed = files.filter(recipe.takes).reduce(0) { $0 + $1.bytes }
        // Archives are read twice.
        let read = files.reduce(0) { $0 + $1.bytes * CorpusReader.passes($1) }
        let total = max(1, read + (isBegun ? hashed : 0))
        var bytes = 0
        var records: (() -> Int)?
        let consumed = { (count: Int) in
            bytes += count
            var figures = [("records", String(records?() ?? 0))]
            if records == nil { figures = [("hashing", "the sources")] }
            let answer = progress(
                Progress(
                    done: min(bytes, total) / 1000, total: max(1, total / 1000), unit: "kB", figures: figures)
            )
            if answer == .stop { throw Interrupted() }
        }
        let begun = isBegun ? try openWriter(listings, consumed: consumed) : nil
        if let manifest = begun?.completed { return report(on: manifest, notes: [], alreadyComplete: true) }

        var sealed = 0
        while try begun?.sealedCounts(ofShard: sealed) != nil { sealed += 1 }
        let stopped = Atomic(false)
        let renderer = RecordRenderer(recipe: recipe, tokenizer: tokenizer)
        let pipeline = CorpusPipeline(
            renderer: renderer, first: sealed, workers: configuration.workers
        ) {
            if let begun { return begun }
            let writer = try openWriter(listings) { _ in
                if stopped.load(ordering: .relaxed) { throw Interrupted() }
            }
            // Another process has made the set since we looked.
            guard writer.completed == nil else { throw FolderInUse(path: output) }
            return writer
        }
        let makeFile = { (purpose: String) in
            try pipeline.waitUntilOpen()
            return try UnnamedFile(in: output, for: purpose)
        }
        let late = LateJoins { try makeFile("joins") }
        let units = IngestUnits(
            cleaner: RecordCleaner(
                recipe: recipe, seed: configuration.seed, summaryTokens: renderer.summaryTokens,
                textsInMemory: textsInMemory, makeFile: { try makeFile("texts") }),
            census: FieldCensus(recipe), configuration: configuration, pipeline: pipeline, late: late,
            sealed: sealed)
        records = { units.totalRecords }
        let reader = CorpusReader(
            recipe: recipe, limits: configuration.archiveLimits, consumed: consumed,
            handler: { outcome in
                try units.take(outcome)
                try consumed(0)
            }, note: { units.note($0, $1) })
        do {
            for listing in listings { try reader.read(listing) }
            guard units.totalRecords > 0 else {
                throw IngestError.noRecords(path: sources.joined(separator: ", "))
            }
            try units.finish()
            try consumed(0)
            let writer = try pipeline.finish()
            try LateJoining(
                writer: writer, renderer: renderer, keepsEqual: !recipe.cleaning.dropDuplicates
            ).join(late, starts: units.starts) { try consumed(0) }
            return report(on: try writer.finish(), notes: [], alreadyComplete: false)
        } catch {
            stopped.store(true, ordering: .relaxed)
            let writer = pipeline.stop()
            // A wrong recipe or file must not stand in the way of the next try.
            if error is IngestError || error is ForeignFormatError, let writer,
                try writer.sealedCounts(ofShard: 0) == nil
            {
                try Files.remove(output + "/" + ShardFiles.plan)
            }
            throw error
        }
    }

    /// - Parameter consumed: told the bytes hashed since the last call.
    private func openWriter(
        _ listings: [SourceListing], consumed: (Int) throws -> Void
    ) throws -> ShardSetWriter {
        try ShardSetWriter(
            output: output, kind: .corpus, stage: IngestStage.name,
            configuration: Identity(
                recipe: recipe, promptsPerShard: configuration.promptsPerShard,
                textBytesPerShard: configuration.textBytesPerShard, archiveLimits: configuration.archiveLimits
            ),
            seed: configuration.seed,
            facts: facts(of: listings),
            inputs: try listings.map { listing in
                Manifest.Input(
                    role: "source", name: listing.name,
                    sha256: try listing.sha256(of: recipe.takes, consumed: consumed))
            })
    }

    /// What later stages compare, and what a data set made of it has to say of its sources.
    private func facts(of listings: [SourceListing]) -> [String: String] {
        var facts = [
            "recipe": recipe.name, "template": recipe.prompt.hash, "tokenizer": tokenizer.hash,
            "vocabulary": String(tokenizer.vocabularySize),
            "sources": listings.map(\.name).joined(separator: ", "),
        ]
        if recipe.prompt.chat != nil { facts["chat-template"] = tokenizer.chatTemplateHash }
        facts["chat-date"] = recipe.prompt.chat?.date
        facts["licence"] = recipe.licence
        facts["citation"] = recipe.citation
        return facts
    }

    /// The files of the sources.
    /// - Throws: `IngestError`, before any work, when no file of a source can be what the recipe asks for.
    static func listings(of sources: [String], for recipe: Recipe) throws -> [SourceListing] {
        guard !recipe.sources.isEmpty else { throw IngestError.onlyPreferences(recipe: recipe.name) }
        let listings = try sources.map { try SourceListing(source: $0) }
        for listing in listings where !listing.files.contains(where: recipe.takes) {
            var seen = SeenNames(passedOver: listing.passedOver(of: recipe))
            for file in listing.files { seen.add(file.relative) }
            throw seen.nothingMatched(in: listing.source, recipe)
        }
        return listings
    }

    func figures(of manifest: Manifest) -> [StageReport.Figure] {
        let counts = manifest.counts
        return [
            .init("prompts", String(counts.recordsOut)),
            .init("filtered", String(counts.filteredTotal - (counts.filtered[StageCounts.joined] ?? 0))),
            .init("rejected", String(counts.rejectedTotal)),
            .init("truncated", String(counts.noted["truncated-prompts"] ?? 0)),
            .init("tokens", String(counts.noted["prompt-tokens"] ?? 0)),
        ]
    }

    func complete(_ report: inout StageReport, of manifest: Manifest) {
        let allowed = configuration.allowedRejections * Double(manifest.counts.recordsIn)
        report.tooManyRejections = Double(manifest.counts.rejectedTotal) > allowed
        report.noteIncompleteSources(areAllowed: configuration.allowsIncompleteSources)
        report.remarks = FieldCensus.notes(of: recipe, manifest)
        if let count = manifest.counts.noted[RecordCleaner.otherExtraFields] {
            report.remarks.append(
                "\(count) joined or duplicate records have other extra fields than the record that stays, whose fields are"
                    + " kept: name a field under group-by to keep such records apart")
        }
    }
}
