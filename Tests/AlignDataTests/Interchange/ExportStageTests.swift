import AlignData
import Foundation
import Testing

@Suite struct ExportStageTests {
    let sample: PipelineSample

    init() throws {
        sample = try PipelineSample()
        var generation = PipelineSample.generation
        generation.splits = [.train, .validation]
        try sample.generate(generation)
        try sample.score()
        try sample.pair()
    }

    @discardableResult
    private func export(
        _ format: ExportFormat, to name: String, splits: [Split] = Split.allCases,
        progress: ProgressHandler = { _ in .more }
    ) throws -> StageReport {
        var configuration = ExportConfiguration()
        (configuration.format, configuration.splits) = (format, splits)
        return try ExportStage(
            pairs: sample.folder.file("pairs"), configuration: configuration,
            output: name.hasPrefix("/") ? name : sample.folder.file(name)
        ).run(progress: progress)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: URL(fileURLWithPath: sample.folder.file(name)), encoding: .utf8)
    }

    private func objects(_ name: String) throws -> [[String: Any]] {
        try text(name).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// What SQL says of the set, by the view that the format documents.
    private func preferences() throws -> [[String]] {
        let set = try sample.open("pairs", .pairs)
        return try (0..<set.shardCount).flatMap { index in
            try SQLiteShell(sample.folder.file("pairs") + "/" + set.manifest.shards[index].file).rows(
                "SELECT prompt, chosen, rejected, score_chosen, score_rejected, split FROM trl_preference")
        }
    }

    @Test func preferencesAreTheRowsOfTheView() throws {
        let report = try export(.trlPreference, to: "pairs.jsonl")
        let rows = try objects("pairs.jsonl")
        let found = try rows.map { row in
            let texts = try ["prompt", "chosen", "rejected"].map { try #require(row[$0] as? String) }
            let scores = try ["score_chosen", "score_rejected"].map { try #require(row[$0] as? Double) }
            return texts + scores.map { "\($0)" } + [try #require(row["split"] as? String)]
        }
        #expect(try found == preferences() && !found.isEmpty)
        #expect(Set(rows.flatMap(\.keys)).count == 14)
        #expect(rows.allSatisfy { ($0["source_id"] as? String)?.hasPrefix("post-") == true })
        #expect(rows.allSatisfy { $0["topic"] as? String == "letters" })
        #expect(report.counts.isConserved && report.counts.recordsOut == rows.count)
        #expect((report.counts.filtered[ExportStage.ties] ?? 0) > 0)
    }

    @Test func scoredRowsHoldEveryCompletion() throws {
        let report = try export(.trlScored, to: "scored.jsonl")
        let set = try sample.open("pairs", .pairs)
        let groups = try (0..<set.shardCount).flatMap { try set.shard(at: $0).groups() }
        let rows = try objects("scored.jsonl")
        #expect(rows.count == groups.count && report.counts.recordsOut == rows.count)
        for (row, group) in zip(rows, groups) {
            #expect(row["scores"] as? [Double] == group.candidates.map(\.reward))
            #expect(row["finish_reasons"] as? [String] == group.candidates.map(\.finishReason.rawValue))
            let texts = group.candidates.map { sample.tokenizer.decode($0.tokens) }
            #expect(row["completions"] as? [String] == texts)
        }
    }

    @Test func commaSeparatedValuesHoldTheSameRows() throws {
        try export(.csv, to: "pairs.csv")
        let lines = try text("pairs.csv").components(separatedBy: "\r\n")
        #expect(
            lines[0] == "prompt,chosen,rejected,score_chosen,score_rejected,raw_score_chosen,"
                + "raw_score_rejected,finish_reason_chosen,finish_reason_rejected,end_token_chosen,"
                + "end_token_rejected,split,source_id,topic")
        #expect(lines.last == "")
        let found = lines.dropFirst().dropLast().map { line in
            let fields = line.components(separatedBy: ",")
            return Array(fields[..<5] + fields[11..<12])
        }
        #expect(try found == preferences())
    }

    @Test func rewardsBeforeShapingStandBesideThoseAfterIt() throws {
        var configuration = PipelineSample.pairing
        configuration.shaping = .scale(2)
        try FileManager.default.removeItem(atPath: sample.folder.file("pairs"))
        try sample.pair(configuration)
        try export(.trlScored, to: "scored.jsonl")
        try export(.trlPreference, to: "pairs.jsonl")
        for row in try objects("scored.jsonl") {
            let raw = try #require(row["raw_scores"] as? [Double])
            #expect(row["scores"] as? [Double] == raw.map { 2 * $0 } && !raw.isEmpty)
        }
        for row in try objects("pairs.jsonl") {
            for name in ["chosen", "rejected"] {
                let raw = try #require(row["raw_score_\(name)"] as? Double)
                #expect(row["score_\(name)"] as? Double == 2 * raw)
            }
        }
    }

    @Test func onlyTheSplitsAskedForAreExported() throws {
        let report = try export(.trlPreference, to: "validation.jsonl", splits: [.validation])
        let expected = try preferences().filter { $0[5] == "validation" }
        #expect(try objects("validation.jsonl").count == expected.count && !expected.isEmpty)
        #expect(report.counts.isConserved && (report.counts.filtered[ExportStage.splitNotSelected] ?? 0) > 0)
    }

    @Test func aDatasetHasBothKindsOfRowsBySplitAndACard() throws {
        try export(.dataset, to: "dataset")
        try export(.trlPreference, to: "train.jsonl", splits: [.train])
        try export(.trlScored, to: "validation.jsonl", splits: [.validation])
        #expect(try text("dataset/data/preference/train.jsonl") == text("train.jsonl"))
        #expect(try text("dataset/data/scored/validation.jsonl") == text("validation.jsonl"))
        #expect(!FileManager.default.fileExists(atPath: sample.folder.file("dataset/data/scored/test.jsonl")))
        let card = try text("dataset/README.md")
        #expect(card.hasPrefix("---\nlicense: unknown\n"))
        #expect(card.contains("- config_name: preference\n  default: true\n"))
        #expect(card.contains("  - split: validation\n    path: data/scored/validation.jsonl\n"))
        let set = try sample.open("pairs", .pairs)
        let hash = try #require(set.manifest.facts["policy"])
        #expect(card.contains(hash) && card.contains(set.manifestHash))
        // Each file with its size.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: sample.folder.file("train.jsonl"))).count
        #expect(card.contains("| data/preference/train.jsonl | \(bytes) | `"))
    }

    @Test(arguments: ExportFormat.allCases)
    func theSameSetGivesTheSameBytesAndAnExportIsNotWrittenOver(format: ExportFormat) throws {
        #expect(try !export(format, to: "a").alreadyComplete)
        #expect(try export(format, to: "a").alreadyComplete)
        try FileManager.default.moveItem(atPath: sample.folder.file("a"), toPath: sample.folder.file("moved"))
        let other = sample.folder.file("a")
        try Data("mine".utf8).write(to: URL(fileURLWithPath: other))
        #expect(throws: InterchangeError.otherOutput(path: other)) { try export(format, to: "a") }
        #expect(try text("a") == "mine")
        #expect(try names().filter { $0.contains("align-data") } == [])
        try FileManager.default.removeItem(atPath: other)
        try export(format, to: "a")
        let names = format == .dataset ? ["/data/preference/train.jsonl", "/README.md"] : [""]
        for name in names { #expect(try text("a" + name) == (try text("moved" + name)), "\(name)") }
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: sample.folder.path).sorted()
    }

    @Test(arguments: ExportFormat.allCases)
    func anInterruptedExportLeavesNothingAndTheNextOneIsWhole(format: ExportFormat) throws {
        let before = try names()
        #expect(throws: Interrupted.self) { try export(format, to: "stopped") { _ in .stop } }
        #expect(try names() == before)
        // What a killed export leaves is removed; what another one has written aside, and what the user has, is not.
        for name in [
            ".stopped.align-data-1-0.partial", ".other.align-data-1-0.partial", "stopped.partial",
            ".stopped.partial",
        ] {
            try Data("half".utf8).write(to: URL(fileURLWithPath: sample.folder.file(name)))
        }
        #expect(try !export(format, to: "stopped").alreadyComplete)
        #expect(
            try names()
                == (before + [
                    ".other.align-data-1-0.partial", ".stopped.partial", "stopped", "stopped.partial",
                ])
                .sorted())
        #expect(try text("stopped.partial") == "half" && text(".stopped.partial") == "half")
    }

    @Test(arguments: ExportFormat.allCases)
    func anOutputIsWrittenByOneProcessAtATime(format: ExportFormat) throws {
        let path = sample.folder.file("out")
        var tried = 0
        let report = try export(format, to: "out") { _ in
            #expect(throws: FolderInUse(path: path)) { try export(format, to: "out") }
            tried += 1
            return .more
        }
        #expect(tried > 0 && !report.alreadyComplete)
        #expect(try export(format, to: "out").alreadyComplete)
    }

    @Test func whatHasComeUpMeanwhileIsNotWrittenOver() throws {
        let path = sample.folder.file("out")
        #expect(throws: InterchangeError.otherOutput(path: path)) {
            try export(.csv, to: "out") { _ in
                try? Data("mine".utf8).write(to: URL(fileURLWithPath: path))
                return .more
            }
        }
        #expect(try text("out") == "mine")
    }

    @Test func aStreamGetsTheBytesOfTheFile() throws {
        try export(.csv, to: "out")
        var configuration = ExportConfiguration()
        configuration.format = .csv
        var bytes: [UInt8] = []
        let report = try ExportStage(
            pairs: sample.folder.file("pairs"), configuration: configuration, streamNamed: "here"
        ) { bytes += $0 }.run { _ in .more }
        #expect(try String(decoding: bytes, as: UTF8.self) == text("out"))
        #expect(report.output == "here" && report.counts.isConserved)
        // A device that takes everything, and one that takes nothing.
        #expect(try export(.csv, to: "/dev/null").counts.recordsOut > 0)
        #expect(throws: FileError.self) { try export(.csv, to: "/dev/full") }
        #expect(throws: InterchangeError.self) { try export(.dataset, to: "/dev/null") }
    }
}
