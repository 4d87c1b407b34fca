import Foundation
import Testing

@testable import AlignData

/// What was exported comes back as it was.
@Suite struct ImportRoundTripTests: ImportSuite {
    let sample: PipelineSample

    init() throws { sample = try PipelineSample() }

    @Test(arguments: [PairingStrategy.all, .adjacentInRank, .bestAgainstEach])
    func exportedPreferencesComeBackAsTheSamePairs(strategy: PairingStrategy) throws {
        try makePairs(strategy)
        let report = try self.import([try export(.trlPreference, to: "pairs.jsonl")], .trlPreference)
        let before = try rows(Self.preferences, of: "pairs")
        #expect(try rows(Self.preferences, of: "imported") == before && before.count > 20)
        // Tokens, finish reason, rewards and reference log-probabilities are those of the candidates.
        let completions = try rows(Self.completions, of: "imported")
        #expect(try completions.isSubset(of: rows(Self.completions, of: "pairs")) && completions.count > 20)
        #expect(Set(completions.map { $0[3] }) == ["eos", "length", "given"])
        #expect(report.counts.isConserved)
        // A completion without a text says how it ended, so it is none that somebody forgot.
        #expect(report.counts.rejected.isEmpty && completions.contains { $0[1].isEmpty })
        #expect(try VerifyStage(sample.folder.file("imported")).run { _ in .more }.isSound)
    }

    @Test func exportedScoresComeBackAsTheSameCompletions() throws {
        try makePairs()
        let file = try export(.trlScored, to: "scored.jsonl")
        let report = try self.import([file], .trlScored)
        let before = try rows(Self.preferences, of: "pairs")
        #expect(try before.isSubset(of: rows(Self.preferences, of: "imported")) && before.count > 20)
        #expect(try rows(Self.completions, of: "imported").isSubset(of: rows(Self.completions, of: "pairs")))
        #expect(report.counts.isConserved)
        let stream = try PairStream(sample.open("imported", .pairs), seed: 0)
        #expect(
            try stream.batch(at: StreamPosition(), size: .groups(stream.count)).groups.count == stream.count)
        #expect(try sample.open("imported", .pairs).manifest.facts["reference"] == policy.modelID)
    }

    /// A completion that ended at once, and ends of two kinds.
    @Test func endsComeBackAsTheyWere() throws {
        let path = sample.folder.file("two-ends")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in [
            (
                "tokenizer.json",
                #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}, "merges": []}, "added_tokens": [{"id": 5, "content": "<end>", "special": true}, {"id": 6, "content": "</s>", "special": true}], "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"}}"#
            ),
            ("tokenizer_config.json", #"{"eos_token": "</s>"}"#),
            ("generation_config.json", #"{"eos_token_id": [6, 5, 4]}"#),
        ] { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
        let tokenizer = try Tokenizer.load(from: path)
        func take(_ file: String, _ format: ImportFormat, to name: String) throws -> StageReport {
            var configuration = ImportConfiguration()
            configuration.format = format
            configuration.pairing.strategy = .all
            return try ImportStage(
                files: [file], recipe: nil, policy: policy, tokenizer: tokenizer,
                configuration: configuration, output: sample.folder.file(name)
            ).run { _ in .more }
        }
        func export(_ name: String, _ format: ExportFormat, to file: String) throws -> String {
            var configuration = ExportConfiguration()
            configuration.format = format
            let path = sample.folder.file(file)
            _ = try ExportStage(pairs: sample.folder.file(name), configuration: configuration, output: path)
                .run { _ in .more }
            return path
        }
        let first = try write([
            #"{"prompt": "ab", "completions": ["", "a", "b", "b", "b", "ce"], "scores": [1, 2, 3, 4, 5, 6], "finish_reasons": ["eos", "eos", "eos", "eos", "length", "eos"], "end_tokens": [5, 6, 5, 6, null, 4], "split": "train"}"#,
            // Of another model: its id ends nothing here.
            #"{"prompt": "cd", "completions": ["a", "b"], "scores": [1, 2], "finish_reasons": ["eos", "eos"], "end_tokens": [3, 50000], "split": "train"}"#,
        ])
        #expect(try take(first, .trlScored, to: "imported").counts.rejected.isEmpty)
        let ends = "SELECT hex(tokens), reward, finish_reason FROM completion"
        let found = try rows(ends, of: "imported")
        #expect(
            found == [
                ["0500", "1.0", "eos"], ["00000600", "2.0", "eos"], ["01000500", "3.0", "eos"],
                ["01000600", "4.0", "eos"], ["0100", "5.0", "length"], ["02000400", "6.0", "eos"],
                ["00000600", "1.0", "eos"], ["01000600", "2.0", "eos"],
            ])
        for (format, back) in [
            (ExportFormat.trlPreference, ImportFormat.trlPreference), (.trlScored, .trlScored),
        ] {
            let file = try export("imported", format, to: "\(format).jsonl")
            #expect(try take(file, back, to: "again-\(format)").counts.rejected.isEmpty)
            #expect(try rows(ends, of: "again-\(format)") == found)
            #expect(
                try rows(Self.preferences, of: "again-\(format)") == rows(Self.preferences, of: "imported"))
        }
    }

    @Test func anInterruptedImportGoesOnToTheSameBytes() throws {
        try makePairs()
        let file = try export(.trlScored, to: "scored.jsonl")
        try self.import([file], .trlScored, to: "whole")
        let whole = try contents(of: sample.folder.file("whole"))
        #expect(whole.count > 3)
        for stop in 1...5 {
            var left = stop
            #expect(throws: Interrupted.self) {
                try self.import(
                    [file], .trlScored, to: "stopped-\(stop)",
                    progress: { _ in
                        left -= 1
                        return left == 0 ? .stop : .more
                    })
            }
            try self.import([file], .trlScored, to: "stopped-\(stop)")
            #expect(try contents(of: sample.folder.file("stopped-\(stop)")) == whole)
        }
        #expect(try self.import([file], .trlScored, to: "whole").alreadyComplete)
    }
}
