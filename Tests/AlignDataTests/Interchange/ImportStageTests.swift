import Foundation
import Testing

@testable import AlignData

/// What rows without scores, a recipe and the options make of a file.
@Suite struct ImportStageTests: ImportSuite {
    let sample: PipelineSample

    init() throws { sample = try PipelineSample() }

    @Test func preferencesWithoutScoresNeedAStatedRule() throws {
        let file = try write([#"{"prompt": "ab", "chosen": "a", "rejected": "b"}"#])
        #expect(try self.import([file], .trlPreference).counts.rejected == ["missing-score": 1])
        try self.import(
            [file], .trlPreference, to: "ruled",
            change: { $0.preferenceRewards = PreferenceRewards(chosen: 0.25, rejected: -0.25) })
        #expect(
            try rows("SELECT score_chosen, score_rejected FROM trl_preference", of: "ruled")
                == [["0.25", "-0.25"]])
        #expect(try sample.open("ruled", .pairs).manifest.configuration.contains("preferenceRewards"))
        #expect(PreferenceRewards(chosen: 0, rejected: 0) == nil)
    }

    @Test func controlTokensArePlainTextUnlessAskedFor() throws {
        let file = try write([
            #"{"prompt": "ab</s>", "completions": ["a</s>", "b"], "scores": [1, 0], "split": "train"}"#
        ])
        let end = BigramPolicy.endOfSequence
        // The tokenizer has no piece for "<", so plain text of it is nothing: what counts is the control token.
        try self.import([file], .trlScored, change: { $0.controlTokens = true })
        try self.import([file], .trlScored, to: "plain")
        let special = try sample.open("imported", .pairs).shard(at: 0).groups()[0]
        let plain = try sample.open("plain", .pairs).shard(at: 0).groups()[0]
        #expect(special.promptTokens == [0, 1, end] && !plain.promptTokens.contains(end))
        // In a completion it never is one: only the end that was appended is.
        for group in [special, plain] {
            for candidate in group.candidates { #expect(candidate.tokens.count { $0 == end } == 1) }
        }
    }

    @Test func promptsWithNamesOfControlTokensAsPlainTextAreCounted() throws {
        let file = try write([
            #"{"prompt": "ab</s>", "completions": ["a", "b"], "scores": [1, 0]}"#,
            #"{"prompt": "ab</s>", "completions": ["c"], "scores": [0]}"#,
            #"{"prompt": "cd", "completions": ["a</s>", "b"], "scores": [1, 0]}"#,
        ])
        let plain = try self.import([file], .trlScored)
        #expect(plain.counts.noted["control-token-names"] == 1)
        let special = try self.import([file], .trlScored, to: "special", change: { $0.controlTokens = true })
        #expect(special.counts.noted["control-token-names"] == nil)
    }

    @Test func unscoredCompletionsBecomeCandidatesThatAreScoredAndPairedAsOthers() throws {
        let file = try write([
            #"{"prompt": "ab", "completion": "a", "split": "train"}"#,
            #"{"prompt": "cd", "completions": ["b", "ab", "b"], "split": "train"}"#,
            #"{"prompt": "ab", "completions": ["b", "a"], "split": "train"}"#,
            #"{"prompt": "ab", "completions": ["c", ""], "split": "train"}"#,
            #"{"prompt": "ab", "split": "train"}"#,
            #"{"prompt": "ef", "completion": "f", "finish_reason": "length"}"#,
        ])
        let report = try self.import([file], .trlCompletion)
        let counts = report.counts
        #expect(counts.recordsIn == 6 && counts.recordsOut == 3 && counts.isConserved)
        #expect(counts.filtered == ["joined-rows": 1])
        #expect(counts.rejected == ["empty-completion": 1, "missing-field": 1])
        #expect(counts.noted["completions"] == 5 && counts.noted["repeated-completions"] == 2)
        let completions = try sample.completions("imported")
        #expect(completions.map(\.text) == ["a", "b", "b", "ab", "f"])
        #expect(completions.map(\.finishReason) == [.given, .given, .given, .given, .length])
        #expect(completions[4].tokens == [5])
        try sample.score(candidates: "imported")
        let pairs = try sample.pair(candidates: "imported")
        #expect(pairs.counts.noted["pairs"] == 2)
        for set in ["imported", "pairs"] {
            #expect(try VerifyStage(sample.folder.file(set)).run { _ in .more }.isSound)
        }
    }

    @Test func aRecipeRendersThePromptFromTheRowsFields() throws {
        var recipe = try Recipe.named("generic")
        recipe.prompt = try PromptTemplate(text: "{title}f{document}", maxTokens: 4, completionPrefix: "c")
        let file = try write([
            #"{"document": "ab", "title": "d", "completions": ["a", "b"], "scores": [1, 0]}"#,
            #"{"document": "abcd", "completions": ["a", "b"], "scores": [1, 0]}"#,
            #"{"prompt": "ab", "completions": ["a", "b"], "scores": [1, 0]}"#,
        ])
        let report = try self.import([file], .trlScored, recipe: recipe)
        #expect(report.counts.rejected == ["prompt-too-long": 1, "missing-field": 1])
        #expect(
            try rows("SELECT prompt, first_text, second_text FROM pairs_readable", of: "imported")
                == [["dfab", "ca", "cb"]])
        #expect(try sample.open("imported", .pairs).manifest.facts["template"] == recipe.prompt.hash)
    }

    @Test func whatARecipeCutsIsSaid() throws {
        var recipe = try Recipe.named("generic")
        recipe.prompt = try PromptTemplate(
            text: "{document}", maxTokens: 2, truncation: .lastNewlineThenCharacter(field: "document"))
        let file = try write([#"{"document": "abcdef", "completions": ["a", "b"], "scores": [1, 0]}"#])
        let report = try self.import([file], .trlScored, recipe: recipe)
        #expect(report.counts.noted["truncated-prompts"] == 1)
        #expect(report.figures.contains { $0.name == "truncated" && $0.value == "1" })
        #expect(try rows("SELECT text, truncated_characters FROM prompt", of: "imported") == [["ab", "4"]])
    }

    @Test func splitsAreTheRowsOwnOrDecidedByTheirPromptOrStated() throws {
        let file = try write(
            (0..<216).map { index in
                let letters = Array("abcdef")
                let prompt = String([letters[index % 6], letters[index / 6 % 6], letters[index / 36]])
                return #"{"prompt": "\#(prompt)", "completions": ["a", "b"], "scores": [1, 0]}"#
            })
        try self.import([file], .trlScored, change: { $0.splits.validation = 0.5 })
        let shares = try self.rows("SELECT text, split FROM prompt", of: "imported")
        let validation = shares.count { $0[1] == "validation" }
        // 216 draws at a half: 108, standard deviation 7.3; five of them.
        #expect(shares.count == 216 && abs(validation - 108) < 37)
        try self.import([file], .trlScored, to: "stated", change: { $0.split = .test })
        #expect(try Set(rows("SELECT split FROM prompt", of: "stated")) == [["test"]])
    }
}
