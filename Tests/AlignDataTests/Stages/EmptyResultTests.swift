import Foundation
import Testing

@testable import AlignData

/// A stage of which nothing comes says so; its set is sealed, and empty.
@Suite struct EmptyResultTests {
    @Test(
        "a corpus in which every record is left out or rejected is empty, each time it is asked for",
        arguments: ["{\"text\": \"\"}\n", "not JSON\n"])
    func ingest(line: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("a.jsonl", line)
        for isAgain in [false, true] {
            let report = try folder.ingest("a.jsonl")
            #expect(report.isEmpty && report.alreadyComplete == isAgain && report.counts.isConserved)
        }
        #expect(try VerifyStage(folder.file("out")).run { _ in .more }.isSound)
        #expect(try !folder.ingest("a.jsonl", to: "other").remarks.contains { $0.hasPrefix("no record has") })
    }

    @Test("what is made of nothing is nothing, in every later stage")
    func later() throws {
        let sample = try PipelineSample(splits: [[.validation]])
        let generated = try sample.generate()
        #expect(generated.isEmpty && generated.counts.filtered == ["split-not-selected": 1])
        #expect(try sample.score().isEmpty)
        #expect(try sample.pair().isEmpty)
        var configuration = ExportConfiguration()
        for format in ExportFormat.allCases {
            configuration.format = format
            let output = sample.folder.file("out")
            let report = try ExportStage(
                pairs: sample.folder.file("pairs"), configuration: configuration, output: output
            ).run { _ in .more }
            #expect(report.isEmpty && !FileManager.default.fileExists(atPath: output))
        }
        for name in ["candidates", "rewards", "pairs"] {
            #expect(try VerifyStage(sample.folder.file(name)).run { _ in .more }.isSound)
        }
    }

    @Test("prompts that do not fit, and splits and ties that leave no row, are no result")
    func rules() throws {
        let sample = try PipelineSample(splits: [[.train, .train]])
        let rejected = try sample.generate(policy: BigramPolicy(contextLength: 6), to: "short")
        #expect(rejected.isEmpty && rejected.counts.rejected["prompt-too-long"] != nil)
        try sample.generate()
        try sample.score()
        #expect(try !sample.pair().isEmpty)
        var pairing = PipelineSample.pairing
        pairing.pairing.strategy = .margin
        pairing.pairing.minimumMargin = 1000
        #expect(try sample.pair(pairing, to: "none").isEmpty)
        var configuration = ExportConfiguration()
        configuration.splits = [.test]
        let report = try ExportStage(
            pairs: sample.folder.file("pairs"), configuration: configuration,
            output: sample.folder.file("out")
        ).run { _ in .more }
        #expect(report.isEmpty && report.counts.filtered[ExportStage.splitNotSelected] != nil)
    }

    @Test("an import of which no row can be taken is empty", arguments: ["", "{}\n", "x\n"])
    func imports(rows: String) throws {
        let sample = try PipelineSample(splits: [[.train]])
        try sample.folder.write("rows.jsonl", rows)
        for format in [ImportFormat.trlPreference, .trlCompletion] {
            var configuration = ImportConfiguration()
            configuration.format = format
            let report = try ImportStage(
                files: [sample.folder.file("rows.jsonl")], recipe: nil, policy: BigramPolicy(),
                tokenizer: sample.tokenizer, configuration: configuration,
                output: sample.folder.file(format.rawValue)
            ).run { _ in .more }
            #expect(report.isEmpty)
        }
    }
}
