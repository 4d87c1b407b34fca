import Foundation
import Testing

@testable import AlignData

/// What cannot be trusted costs as little as it can, each with its reason.
@Suite struct ImportRejectionTests: ImportSuite {
    let sample: PipelineSample

    init() throws { sample = try PipelineSample() }

    @Test(arguments: [
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": "#,
            "not-json"
        ),
        (#"["ab", "a", "b"]"#, "not-an-object"),
        (#"{"chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#, "missing-field"),
        (#"{"prompt": "ab", "chosen": "a", "score_chosen": 1, "score_rejected": 0}"#, "missing-field"),
        (#"{"prompt": "ab", "chosen": "a", "rejected": "b"}"#, "missing-score"),
        (#"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1}"#, "missing-score"),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": null}"#,
            "missing-score"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": NaN, "score_rejected": 0}"#,
            "not-json"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1e999, "score_rejected": 0}"#,
            "unusable-score"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": "1", "score_rejected": 0}"#,
            "unusable-score"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 0, "score_rejected": 1}"#,
            "contradicted-preference"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": " ", "score_chosen": 1, "score_rejected": 0}"#,
            "empty-completion"
        ),
        (
            #"{"prompt": " ", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#,
            "empty-prompt"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "a", "score_chosen": 1, "score_rejected": 0}"#,
            "identical-completions"
        ),
        (
            #"{"prompt": [{"role": "user", "content": "ab"}], "chosen": "a", "rejected": "b"}"#,
            "missing-score"
        ),
        // The sample's model has no chat template.
        (
            #"{"prompt": [{"role": "user", "content": "ab"}], "chosen": [{"role": "assistant", "content": "a"}], "rejected": [{"role": "assistant", "content": "b"}], "score_chosen": 1, "score_rejected": 0}"#,
            "conversational"
        ),
        (#"{"messages": [{"role": "user", "content": "ab"}]}"#, "conversational"),
        (
            #"{"prompt": "ab", "chosen": [{"role": "assistant", "content": "a"}], "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#,
            "conversational"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "split": "both"}"#,
            "unknown-split"
        ),
        (
            #"{"prompt": "ab", "chosen": "aaaaaaaaaaaa", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#,
            "completion-too-long"
        ),
        (
            #"{"prompt": "ef", "chosen": "a", "rejected": "c", "score_chosen": 0.5, "score_rejected": 0, "split": "train"}"#,
            "conflicting-reward"
        ),
        (
            #"{"prompt": "ef", "chosen": "d", "rejected": "c", "score_chosen": 0.5, "score_rejected": 0, "split": "dev"}"#,
            "conflicting-split"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "finish_reason_chosen": "stop"}"#,
            "unusable-field"
        ),
    ])
    func aRowThatCannotBeTrustedCostsThatRowAlone(line: String, reason: String) throws {
        var small = policy
        small.contextLength = 8
        let sound =
            #"{"prompt": "ef", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "split": "train"}"#
        let report = try self.import(
            [try write([sound, line, sound])], .trlPreference, policy: small,
            change: { $0.allowedRejections = 0 })
        #expect(report.counts.rejected == [reason: 1] && report.counts.isConserved)
        #expect(report.counts.recordsOut == 2 && report.counts.noted["pairs"] == 1)
        #expect(report.counts.filtered == ["repeated-completions": 2])
        #expect(report.tooManyRejections)
        let rejections = try Inspection(sample.folder.file("imported")).rejections()
        #expect(rejections.map(\.reason) == [reason] && rejections[0].provenance.line == 2)
        #expect(rejections[0].stage == ImportStage.name)
        #expect(try VerifyStage(sample.folder.file("imported")).run { _ in .more }.isSound)
    }

    @Test func aFileThatIsNotReadToItsEndIsSaidAgainWhenTheWorkIsComplete() throws {
        let line =
            #"{"prompt": "ef", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "split": "train"}"#
        var state: UInt64 = 1
        let noise = (0..<4000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return line.dropLast() + ", \"x\": \"\(state)\"}\n"
        }
        let path = sample.folder.file("rows.jsonl.gz")
        try ArchiveFixture.gzip(Array(noise.joined().utf8), to: path)
        try Data(contentsOf: URL(fileURLWithPath: path)).dropLast(1000).write(to: URL(fileURLWithPath: path))
        let report = try self.import([path], .trlPreference, change: { $0.allowedRejections = 1 })
        #expect(report.counts.rejected == ["archive-damaged": 1] && report.counts.isConserved)
        #expect(report.counts.recordsOut == 2)
        #expect(report.incompleteSources == 1 && !report.tooManyRejections)
        let again = try self.import([path], .trlPreference)
        #expect(again.alreadyComplete && again.incompleteSources == 1)
        let accepted = try self.import(
            [path], .trlPreference, change: { $0.allowsIncompleteSources = true })
        #expect(accepted.alreadyComplete && accepted.incompleteSources == 0)
    }

    @Test(arguments: [
        #"{"prompt": "e\ud83d", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#,
        #"{"prompt": "ef", "chosen": "a", "rejected": "\ude00", "score_chosen": 1, "score_rejected": 0}"#,
        #"{"prompt": [{"role": "user", "content": "\ud83d"}], "chosen": "a", "rejected": "b"}"#,
    ])
    func halfOfASurrogatePairHasItsOwnReason(line: String) throws {
        let sound =
            #"{"prompt": "ef", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "note": "\ud83d"}"#
        let report = try self.import([try write([sound, line])], .trlPreference)
        #expect(report.counts.rejected == ["lone-surrogate": 1])
        #expect(report.counts.recordsOut == 2)
    }

    /// The tokenizer has six letters, and no token for others.
    @Test func whatHasNoTokensIsRejected() throws {
        let file = try write([
            #"{"prompt": "ab", "completions": ["a", "b", "zz", "漢"], "scores": [1, 0.5, 2, 3], "#
                + #""finish_reasons": ["eos", "eos", "eos", "length"]}"#,
            #"{"prompt": "漢字", "completions": ["a", "b"], "scores": [1, 2]}"#,
        ])
        let report = try self.import([file], .trlScored)
        #expect(report.counts.rejected == ["empty-completion": 2, "empty-prompt": 1])
        #expect(report.counts.recordsOut == 2 && report.counts.isConserved)
        let preference =
            #"{"prompt": "ab", "chosen": "漢", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#
        let listed = try self.import(
            [try write([preference], to: "preferences.jsonl")], .trlPreference, to: "listed")
        #expect(listed.counts.rejected == ["empty-completion": 1])
        let texts = try self.import(
            [
                try write(
                    [#"{"prompt": "ab", "completion": "漢", "finish_reason": "length"}"#],
                    to: "texts.jsonl")
            ], .trlCompletion, to: "texts")
        #expect(texts.counts.rejected == ["empty-completion": 1])
    }

    @Test func aScoredRowLosesOnlyTheCompletionsThatCannotBeTrusted() throws {
        let report = try self.import(
            [
                try write([
                    #"{"prompt": "ab", "completions": ["a", "b", "", "c", "d"], "scores": [1, 0.5, 2, null, "x"]}"#,
                    #"{"prompt": "cd", "completions": ["a", "b"], "scores": [1]}"#,
                    #"{"prompt": "ef", "completions": ["a"], "scores": [1]}"#,
                ])
            ], .trlScored)
        #expect(
            report.counts.rejected == [
                "empty-completion": 1, "missing-score": 2, "unusable-score": 1,
            ])
        #expect(report.counts.filtered == [Pairing.tooFewCompletions: 1])
        #expect(report.counts.recordsIn == 7 && report.counts.recordsOut == 2 && report.counts.isConserved)
        #expect(
            try rows("SELECT first_text, second_text FROM pairs_readable", of: "imported") == [["a", "b"]])
    }
}
