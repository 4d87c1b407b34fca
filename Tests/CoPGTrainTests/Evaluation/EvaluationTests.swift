import AlignData
import Foundation
import Report
import Testing

@testable import CoPGTrain

struct EvaluationTests {
    private static func prompt(_ name: String, _ rewards: [Double], rougeL: Double? = 0.5) -> PromptResult {
        PromptResult(
            promptID: RecordID(kind: "prompt", [name]),
            completions: rewards.map {
                CompletionResult(
                    reward: $0, logRatio: $0 / 10, rougeL: rougeL, tokenCount: 20, endedByItself: $0 > 1)
            })
    }

    /// Prompt means 1, 2, 6 before and 2, 4, 9 after: differences 1, 2, 3.
    private static func example() throws -> Evaluation {
        try Evaluation(
            before: [prompt("a", [0, 2]), prompt("b", [2]), prompt("c", [5, 6, 7])],
            after: [prompt("a", [2, 2]), prompt("b", [3, 5]), prompt("c", [9])], beforeName: "reference",
            afterName: "policy")
    }

    @Test func meansAndErrorsAreThoseOfTheTextbook() throws {
        // Σ(x − 5)² = 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32 over n − 1 = 7.
        let estimate = MeanEstimate([2, 4, 4, 4, 5, 5, 7, 9])
        #expect(estimate.mean == 5)
        #expect(try abs(#require(estimate.standardDeviation) - (32.0 / 7).squareRoot()) < 1e-15)
        #expect(try abs(#require(estimate.standardError) - (32.0 / 56).squareRoot()) < 1e-15)
        let paired = MeanEstimate(paired: [1, 2, 6], [2, 4, 9])
        #expect(paired.mean == 2 && paired.standardDeviation == 1)
        #expect(MeanEstimate([3]).standardError == nil && MeanEstimate([3]).standardDeviation == nil)
        #expect(MeanEstimate([]).mean == 0)
    }

    @Test func thePromptIsTheUnit() throws {
        let evaluation = try Self.example()
        let reward = try #require(evaluation[.reward])
        #expect(evaluation.prompts == 3)
        #expect(evaluation.completionsBefore == 6 && evaluation.completionsAfter == 5)
        #expect(reward.before.mean == 3 && reward.after.mean == 5 && reward.difference.mean == 2)
        // Means 1, 2, 6: Σ(x − 3)² = 14, variance 7, error √(7/3). Differences 1, 2, 3: variance 1, error
        // √(1/3).
        #expect(try abs(#require(reward.before.standardError) - (7.0 / 3).squareRoot()) < 1e-15)
        #expect(try abs(#require(reward.difference.standardError) - (1.0 / 3).squareRoot()) < 1e-15)
        #expect(try abs(#require(reward.standardErrors) - 2 * 3.0.squareRoot()) < 1e-12)
        #expect(try abs(#require(evaluation[.kl]).difference.mean - 0.2) < 1e-12)
        #expect(try abs(#require(evaluation[.ended]).before.mean - 2.5 / 3) < 1e-12)
    }

    @Test func onePromptHasNoErrorBar() throws {
        let one = try Evaluation(before: [Self.prompt("a", [1, 2])], after: [Self.prompt("a", [2, 4])])
        let reward = try #require(one[.reward])
        #expect(reward.difference.mean == 1.5)
        #expect(reward.before.standardError == nil && reward.difference.standardError == nil)
        #expect(reward.standardErrors == nil)
        #expect(one.table.rows[0] == ["reward", "1.500", "3.000", "+1.500", "–"])
        #expect(
            one.caption
                == "one prompt, of which there is no standard error, 2 and 2 completions; mean, difference prompt "
                + "by prompt")
        #expect(!one.plainText.contains("±") && !one.markdown.contains("±"))
        #expect(try !one.json().contains("standardError"))
        #expect(!HTMLReport(evaluation: one).html.contains("±"))
    }

    @Test func promptsWithoutReferencesAreNotInTheirRow() throws {
        let mixed = try Evaluation(
            before: [Self.prompt("a", [1]), Self.prompt("b", [1], rougeL: nil)],
            after: [Self.prompt("a", [1], rougeL: 0.75), Self.prompt("b", [1], rougeL: nil)])
        #expect(mixed[.rougeL]?.prompts == 1 && mixed[.rougeL]?.difference.mean == 0.25)
        let none = try Evaluation(
            before: [Self.prompt("b", [1], rougeL: nil)], after: [Self.prompt("b", [1], rougeL: nil)])
        #expect(none[.rougeL] == nil && none.rows.count == 4)
    }

    @Test func onlyTheSamePromptsAreCompared() {
        let (a, b) = (Self.prompt("a", [1]), Self.prompt("b", [1]))
        #expect(throws: EvaluationError.noPrompts) { try Evaluation(before: [], after: []) }
        #expect(throws: EvaluationError.differentPrompts(index: 1)) {
            try Evaluation(before: [a, b], after: [a])
        }
        #expect(throws: EvaluationError.differentPrompts(index: 0)) {
            try Evaluation(before: [a], after: [b])
        }
        #expect(throws: EvaluationError.noCompletions(index: 0)) {
            try Evaluation(before: [a], after: [Self.prompt("a", [])])
        }
    }

    @Test func theTableIsAligned() throws {
        #expect(
            try Self.example().plainText == """
                                                               reference         policy      difference  in s.e.
                ────────────────────────────────────────────────────────────────────────────────────────────────
                reward                                     3.000 ± 1.528  5.000 ± 2.082  +2.000 ± 0.577     +3.5
                KL from the reference (nats a completion)  0.300 ± 0.153  0.500 ± 0.208  +0.200 ± 0.058     +3.5
                ROUGE-L (F1)                               0.500 ± 0.000  0.500 ± 0.000  +0.000 ± 0.000        –
                length (tokens)                               20.0 ± 0.0     20.0 ± 0.0      +0.0 ± 0.0        –
                ended by itself (share)                    0.833 ± 0.167  1.000 ± 0.000  +0.167 ± 0.167     +1.0
                ────────────────────────────────────────────────────────────────────────────────────────────────
                3 prompts, 6 and 5 completions; mean ± standard error over prompts, difference prompt by prompt

                """)
        let lines = try Self.example().markdown.split(separator: "\n")
        #expect(lines[0] == "|  | reference | policy | difference | in s.e. |")
        #expect(lines[1] == "|---|---:|---:|---:|---:|")
        #expect(lines[2] == "| reward | 3.000 ± 1.528 | 5.000 ± 2.082 | +2.000 ± 0.577 | +3.5 |")
    }

    @Test func writtenFilesReadBackAndAreTheSameEveryTime() throws {
        try TrainingWorld.withFolder { folder in
            let evaluation = try Self.example()
            try evaluation.write(to: folder)
            let files = try TrainingWorld.files(in: folder)
            #expect(files.keys.sorted() == ["evaluation.json", "evaluation.md", "report.html"])
            let json = try #require(files["evaluation.json"])
            #expect(try JSONDecoder().decode(Evaluation.self, from: json) == evaluation)
            try evaluation.write(to: folder)
            #expect(try TrainingWorld.files(in: folder) == files)
        }
    }

    @Test func thePageIsSelfContainedAndShowsTextAsText() throws {
        let hostile = "<script>alert('x')</script> & \"quotes\""
        let metrics = (0...20).map { step in
            var line = StepMetrics(
                step: step, values: ["rewards/margins": Double(step) / 20, "loss": -Double(step)])
            if step.isMultiple(of: 10) { line["validation/reward"] = Double(step) }
            return line
        }
        let sample = EvaluationSample(
            prompt: hostile, reference: hostile, before: hostile, beforeReward: 0.5, after: hostile,
            afterReward: 1.5)
        let html = HTMLReport(
            title: hostile, evaluation: try Self.example(), metrics: metrics, samples: [sample]
        ).html
        #expect(!html.contains("<script") && !html.contains("http") && !html.contains("src="))
        #expect(html.components(separatedBy: "&lt;script&gt;").count == 7)
        #expect(html.components(separatedBy: "<svg").count == 4)
        #expect(html.components(separatedBy: "<circle").count == 4)
        #expect(html.contains("prefers-color-scheme: dark"))
        #expect(html.contains("policy, reward 1.500"))
        let bare = HTMLReport(evaluation: try Self.example()).html
        #expect(!bare.contains("<svg") && !bare.contains("<h2>"))
    }

    @Test func metricsAreReadBackUpToTheLineBeingWritten() throws {
        try TrainingWorld.withFolder { folder in
            _ = try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in .more }
            let path = folder + "/metrics.jsonl"
            let whole = try StepMetrics.read(from: path)
            #expect(whole.map(\.step) == Array(0...9))
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            try data.dropLast(5).write(to: URL(fileURLWithPath: path))
            #expect(try StepMetrics.read(from: path) == whole.dropLast())
            try (Data("no\n".utf8) + data).write(to: URL(fileURLWithPath: path))
            #expect(throws: TrainingError.self) { try StepMetrics.read(from: path) }
            #expect(throws: FileError.self) { try StepMetrics.read(from: folder + "/none") }
        }
    }
}
