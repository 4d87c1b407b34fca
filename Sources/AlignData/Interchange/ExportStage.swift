import Foundation

/// Writes the pairs of a set in a form that other tools read. A record is a pair; of `trl-scored`, a prompt.
///
/// The output appears whole or not at all, and the same set gives the same bytes. An export that is there
/// already is written again beside it, compared, and left as it is. A stream gets the rows as they are read.
public struct ExportStage {
    public static let name = "export"
    /// Filtered: the two rewards are equal, so neither completion is chosen.
    public static let ties = "ties"
    /// Filtered: the split was not asked for.
    public static let splitNotSelected = "split-not-selected"

    private let pairs: String
    private let configuration: ExportConfiguration
    private let output: String
    private let stream: (([UInt8]) throws -> Void)?

    /// - Parameter output: a file; of `hf-dataset`, a folder. A pipe or a device gets the rows as they are read.
    public init(pairs: String, configuration: ExportConfiguration, output: String) {
        self.pairs = pairs
        self.configuration = configuration
        self.output = output
        stream = nil
    }

    /// The rows go to a stream.
    /// - Parameters:
    ///   - name: of the stream, for the report.
    ///   - stream: takes the next bytes.
    public init(
        pairs: String, configuration: ExportConfiguration, streamNamed name: String,
        _ stream: @escaping ([UInt8]) throws -> Void
    ) {
        self.pairs = pairs
        self.configuration = configuration
        output = name
        self.stream = stream
    }

    /// - Throws: `ShardError`; `InterchangeError`; `Interrupted`.
    public func run(progress: ProgressHandler) throws -> StageReport {
        let set = try ShardSet(opening: pairs, kind: .pairs)
        if let stream { return try run(set, to: stream, progress) }
        if Files.isStream(output) {
            return try Files.appending(to: output) { try run(set, to: $0, progress) }
        }
        let files = try ExportFiles(output: output, isFolder: configuration.format == .dataset)
        do {
            var run = Run(
                set: set, configuration: configuration, columns: try ExportRow.ExtraColumns(set))
            switch configuration.format {
            case .trlPreference: try files.write("") { try run.write(.preference, to: $0, progress) }
            case .trlScored: try files.write("") { try run.write(.scored, to: $0, progress) }
            case .csv: try files.write("") { try run.write(.csv, to: $0, progress) }
            case .dataset: try write(set, to: files, &run, progress)
            }
            // An empty file would say nothing that the report does not say.
            let isEmpty = report(run, of: set, isNew: true).isEmpty
            let isNew = try isEmpty || files.commit()
            if isEmpty { try files.discard() }
            return report(run, of: set, isNew: isNew)
        } catch {
            try? files.discard()
            throw error
        }
    }

    private func run(
        _ set: ShardSet, to stream: ([UInt8]) throws -> Void, _ progress: ProgressHandler
    ) throws -> StageReport {
        var run = Run(set: set, configuration: configuration, columns: try ExportRow.ExtraColumns(set))
        switch configuration.format {
        case .trlPreference: try run.write(.preference, to: stream, progress)
        case .trlScored: try run.write(.scored, to: stream, progress)
        case .csv: try run.write(.csv, to: stream, progress)
        case .dataset: throw InterchangeError.noFolder(path: output)
        }
        return report(run, of: set, isNew: true)
    }

    private func write(
        _ set: ShardSet, to files: ExportFiles, _ run: inout Run, _ progress: ProgressHandler
    ) throws {
        for split in Split.allCases where configuration.splits.contains(split) {
            guard try run.hasPrompts(of: split) else { continue }
            for (name, form) in zip(DatasetCard.configurations, [Run.Form.preference, .scored]) {
                try files.write(DatasetCard.file(name, split)) { write in
                    try run.write(form, of: split, to: write, progress)
                }
            }
        }
        let card = DatasetCard(
            name: URL(fileURLWithPath: output).lastPathComponent, manifest: set.manifest,
            manifestHash: set.manifestHash, files: files.files, contents: run.contents,
            extraColumns: run.columns.names)
        try files.write("README.md") { try $0(Array(card.text.utf8)) }
    }

    private func report(_ run: Run, of set: ShardSet, isNew: Bool) -> StageReport {
        let contents = run.contents
        var counts = StageCounts()
        if configuration.format == .trlScored {
            counts.recordsIn = set.manifest.shards.reduce(0) { $0 + ($1.rows["prompt"] ?? 0) }
            counts.recordsOut = contents.total(\.prompts)
        } else {
            counts.recordsIn = set.manifest.shards.reduce(0) { $0 + ($1.rows["pair"] ?? 0) }
            counts.recordsOut = contents.total(\.pairs)
            if contents.total(\.ties) > 0 { counts.filtered[ExportStage.ties] = contents.total(\.ties) }
        }
        let others = counts.recordsIn - counts.recordsOut - counts.filteredTotal
        if others > 0 { counts.filtered[ExportStage.splitNotSelected] = others }
        var report = StageReport(
            stage: ExportStage.name, output: output, counts: counts,
            figures: [
                .init("prompts", String(contents.total(\.prompts))),
                .init("completions", String(contents.total(\.completions))),
                .init("pairs", String(contents.total(\.pairs))),
            ], alreadyComplete: !isNew)
        report.isEmpty =
            configuration.format == .dataset ? contents.total(\.prompts) == 0 : counts.recordsOut == 0
        return report
    }

    /// One passage through the set, or several, each giving one file.
    private struct Run {
        enum Form { case preference, scored, csv }

        let set: ShardSet
        let configuration: ExportConfiguration
        let columns: ExportRow.ExtraColumns
        private(set) var contents = ExportContents()
        /// Rows are handed over in pieces of about so many bytes.
        private static let pieceBytes = 1 << 18

        init(set: ShardSet, configuration: ExportConfiguration, columns: ExportRow.ExtraColumns) {
            self.set = set
            self.configuration = configuration
            self.columns = columns
        }

        func hasPrompts(of split: Split) throws -> Bool {
            try (0..<set.shardCount).contains { try !set.shard(at: $0).positions(of: split).isEmpty }
        }

        /// - Parameter split: the only one that is written; all that the configuration selects when nil.
        mutating func write(
            _ form: Form, of split: Split? = nil, to write: ([UInt8]) throws -> Void,
            _ progress: ProgressHandler
        ) throws {
            let splits = split.map { [$0] } ?? configuration.splits
            // Of a dataset's two files a split is counted once.
            let counts = split == nil || form == .preference
            let total = set.manifest.shards.reduce(0) { $0 + ($1.rows["prompt"] ?? 0) }
            var done = 0
            var buffer: [UInt8] = []
            if form == .csv {
                ExportRow.writeCSV(ExportRow.preferenceColumns + columns.names, into: &buffer)
            }
            for index in 0..<set.shardCount {
                try set.shard(at: index).forEachPairedTexts { texts in
                    if done % 64 == 0 {
                        let answer = progress(Progress(done: done, total: total, unit: "prompts"))
                        if answer == .stop { throw Interrupted() }
                    }
                    done += 1
                    guard splits.contains(texts.split) else { return }
                    if counts { contents.add(texts, keepsValues: configuration.format == .dataset) }
                    if form == .scored {
                        ExportRow(scored: texts, columns).writeJSON(into: &buffer)
                    } else {
                        let rows = texts.pairs.compactMap { ExportRow(preference: $0, of: texts, columns) }
                        for row in rows {
                            if form == .csv {
                                row.writeCSV(into: &buffer)
                            } else {
                                row.writeJSON(into: &buffer)
                            }
                        }
                    }
                    if buffer.count >= Run.pieceBytes {
                        try write(buffer)
                        buffer.removeAll(keepingCapacity: true)
                    }
                }
            }
            try write(buffer)
            _ = progress(Progress(done: done, total: total, unit: "prompts"))
        }
    }
}
