import AlignData
@testable import CoPGTrain
import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Evaluations laid side by side: what is a row, and how sure one may be of it.
struct ComparisonTests {
    /// Two prompts whose rewards after training are `reward` ∓ 1.
    private static func evaluation(_ reward: Double) throws -> Evaluation {
        func side(_ reward: Double) -> [PromptResult] {
            [-1.0, 1].enumerated().map { index, offset in
                PromptResult(
                    promptID: RecordID(kind: "prompt", ["\(index)"]),
                    completions: [
                        CompletionResult(
                            reward: reward + offset, logRatio: reward / 2, rougeL: nil, tokenCount: 8,
                            endedByItself: true)
                    ])
            }
        }
        return try Evaluation(
            before: side(0), after: side(reward), beforeName: "reference", afterName: "policy")
    }

    /// A folder as `EvaluateStage` leaves it; `experiment` stands for what it was evaluated with.
    private static func report(
        _ name: String, in folder: String, _ objective: any Objective, seed: UInt64,
        reward: Double, experiment: String = "one"
    ) throws -> String {
        let path = folder + "/" + name
        var configuration = TrainerConfiguration()
        configuration.seed = seed
        try evaluation(reward).write(to: path)
        let metrics = (0...2).map { "{\"step\":\($0),\"validation/reward\":\(reward * Double($0) / 2)}" }
        let trainer = String(
            decoding: try JSONEncoder().encode(TrainingConfiguration(objective, configuration)), as: UTF8.self
        )
        let training =
            "{\"configuration\":\(trainer),\"steps\":2,\"end\":\"finished\",\"metrics\":[\(metrics.joined(separator: ","))]}"
        try Data(training.utf8).write(to: URL(fileURLWithPath: path + "/training.json"))
        let identity = String(decoding: try JSONEncoder().encode(EvaluateConfiguration()), as: UTF8.self)
        let run =
            "{\"configuration\":\(identity),\"facts\":{\"corpus\":\"\(experiment)\",\"policy\":\"\(name)\"}}"
        try Data(run.utf8).write(to: URL(fileURLWithPath: path + "/run.json"))
        return path
    }

    @Test func runsThatDifferInTheirSeedShareARow() throws {
        try TrainingWorld.withFolder { folder in
            let reports = try [
                Self.report("d", in: folder, DPO(beta: 0.1), seed: 0, reward: 0.5),
                Self.report("b", in: folder, CoPG(beta: 0.06), seed: 1, reward: 3),
                Self.report("a", in: folder, CoPG(beta: 0.06), seed: 0, reward: 1),
                Self.report("c", in: folder, CoPG(beta: 1), seed: 0, reward: 0.25),
            ]
            let comparison = try Comparison(reports: reports)
            #expect(comparison.runs.map { $0.name.suffix(1) } == ["a", "b", "c", "d"])
            #expect(comparison.rows.map(\.objective) == ["copg", "copg", "dpo"])
            #expect(comparison.rows.map(\.beta) == [0.06, 1, 0.1])
            #expect(comparison.rows.map(\.runs) == [2, 1, 1])
            let reward = try #require(comparison.rows[0].means[.reward])
            #expect(reward.mean == 2)
            // Each run: two prompts ∓ 1, so 1; two runs: √2/2. Between the runs: √2/√2.
            #expect(try abs(#require(reward.standardError) - 0.5.squareRoot()) < 1e-12)
            #expect(abs((reward.seedError ?? 0) - 1) < 1e-12)
            #expect(comparison.rows[1].means[.reward]?.seedError == nil)
            #expect(comparison.rows[0].means[.rougeL] == nil)
            #expect(comparison.reference[.reward]?.mean == 0)
            #expect(comparison.best.map(\.beta) == [0.06, 0.1])
            #expect(comparison.markdown.contains("| copg | 0.06 | 2 | 2.000 ± 0.707 (1.000) |"))

            try comparison.write(to: folder + "/comparison")
            let files = try TrainingWorld.files(in: folder + "/comparison")
            #expect(
                files.keys.sorted() == [
                    "comparison.html", "comparison.json", "comparison.md", "reward-beta.svg", "reward-kl.svg",
                    "reward-steps.svg",
                ])
            for (name, bytes) in files where name.hasSuffix(".svg") {
                #expect(XMLParser(data: bytes).parse(), "\(name)")
                #expect(String(decoding: bytes, as: UTF8.self).contains("<circle"), "\(name)")
            }
            let json = try #require(files["comparison.json"])
            #expect(try JSONDecoder().decode(Comparison.self, from: json) == comparison)

            // Again, over the earlier one; but not over what somebody else has there.
            try comparison.write(to: folder + "/comparison")
            #expect(try TrainingWorld.files(in: folder + "/comparison") == files)
            let mine = folder + "/mine"
            try FileManager.default.createDirectory(atPath: mine, withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: mine + "/comparison.md"))
            #expect(throws: TrainingError.foreignFiles(folder: mine)) { try comparison.write(to: mine) }
            #expect(try TrainingWorld.files(in: mine) == ["comparison.md": Data("mine".utf8)])
        }
    }

    @Test func aRunOfOnePromptHasNoErrorBar() throws {
        func run(_ name: String, seed: UInt64) throws -> Comparison.Run {
            let result = PromptResult(
                promptID: RecordID(kind: "prompt", ["a"]),
                completions: [
                    CompletionResult(
                        reward: Double(seed), logRatio: 0, rougeL: nil, tokenCount: 8, endedByItself: true)
                ])
            var configuration = TrainerConfiguration()
            configuration.seed = seed
            let training = try JSONDecoder().decode(
                TrainedRun.self,
                from: Data(
                    "{\"configuration\":\(String(decoding: JSONEncoder().encode(TrainingConfiguration(CoPG(), configuration)), as: UTF8.self)),\"steps\":1,\"end\":\"finished\",\"metrics\":[]}"
                        .utf8))
            return Comparison.Run(
                name: name, training: training, evaluation: try Evaluation(before: [result], after: [result]))
        }
        let one = try Comparison([run("a", seed: 1)])
        #expect(one.rows[0].means[.reward]?.standardError == nil)
        #expect(one.rows[0].means[.reward]?.seedError == nil)
        #expect(one.markdown.contains("| copg | 0.06 | 1 | 1.000 |"), "\(one.markdown)")
        // Two seeds say how far they are apart, and their prompts still nothing.
        let two = try Comparison([run("a", seed: 1), run("b", seed: 3)])
        #expect(two.markdown.contains("| copg | 0.06 | 2 | 2.000 (1.000) |"), "\(two.markdown)")
    }

    @Test func evaluationsOfAnotherExperimentAreRefused() throws {
        try TrainingWorld.withFolder { folder in
            let first = try Self.report("a", in: folder, CoPG(beta: 1), seed: 0, reward: 1)
            let other = try Self.report(
                "b", in: folder, CoPG(beta: 1), seed: 0, reward: 1, experiment: "two")
            #expect(throws: ComparisonError.anotherExperiment(folder: other)) {
                try Comparison(reports: [first, other])
            }
            #expect(throws: ComparisonError.notAReport(folder: folder)) {
                try Comparison(reports: [first, folder])
            }
            #expect(throws: ComparisonError.noReports) { try Comparison(reports: []) }
        }
    }
}
