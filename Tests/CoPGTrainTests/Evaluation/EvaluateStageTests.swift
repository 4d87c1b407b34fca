import AlignData
import Foundation
import Testing

@testable import CoPGTrain

/// What an evaluation leaves out, and what it says of the machine it ran on.
@Suite struct EvaluateStageTests {
    /// Draws the prompt's first token again and again.
    private struct EchoPolicy: Sampler, LogProbabilityModel {
        var modelID = "echo"
        var contextLength = 64

        func sample(
            _ prompts: [(id: RecordID, tokens: [TokenID])], configuration: SamplingConfiguration,
            progress: (Int) throws -> Void
        ) throws -> [[SampledCompletion]] {
            prompts.map { prompt in
                let tokens = [TokenID](repeating: prompt.tokens[0], count: configuration.maxTokens)
                let completion = SampledCompletion(
                    tokens: tokens, finishReason: .length, logProbability: -1, sampledLogProbability: -1)
                return [SampledCompletion](repeating: completion, count: configuration.candidates)
            }
        }

        func logProbabilities(of groups: [TokenGroup]) throws -> [[Double]] {
            groups.map { $0.completions.map { _ in -1 } }
        }
    }

    /// Counts tokens, and refuses more of them than its context holds, as a model without further positions would.
    private struct ShortScorer: RewardScorer {
        struct BeyondContext: Error {}

        let scorerID = "short"
        let vocabulary = ScorerVocabulary.text
        let contextLength: Int? = 6

        func rewards(for groups: [RewardQuestions]) throws -> [[Double]] {
            try groups.map { group in
                try group.completions.map { completion in
                    let count = group.prompt.tokens.count + completion.tokens.count
                    guard count <= 6 else { throw BeyondContext() }
                    return Double(count)
                }
            }
        }
    }

    /// A corpus of prompts of one to seven letters, each a token, in the folder `corpus`.
    private func prepare(_ folder: String) throws -> Tokenizer {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        try write(
            """
            {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
             "added_tokens": [{"id": 2, "content": "</s>", "special": true}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"}}
            """, "tokenizer.json")
        try write(#"{"eos_token": "</s>"}"#, "tokenizer_config.json")
        let lines = (1...7).map {
            "{\"text\": \"\(String(repeating: "a", count: $0))\", \"split\": \"validation\"}\n"
        }
        try write(lines.joined(), "rows.jsonl")
        let recipe = try Recipe(
            yaml: """
                name: letters
                sources: [{files: '*', format: jsonl, fields: {document: text, split: split}}]
                prompt: {text: '{document}', max-tokens: 16}
                """, name: "letters.yml")
        let tokenizer = try Tokenizer.load(from: folder)
        let report = try IngestStage(
            sources: [folder + "/rows.jsonl"], recipe: recipe, tokenizer: tokenizer,
            configuration: IngestConfiguration(), output: folder + "/corpus"
        ).run { _ in .more }
        try #require(report.counts.recordsOut == 7)
        return tokenizer
    }

    private func evaluate(
        _ folder: String, _ tokenizer: Tokenizer, facts: [String: String] = [:]
    ) throws -> (report: StageReport, evaluation: Evaluation) {
        var configuration = EvaluateConfiguration()
        configuration.sampling.maxTokens = 2
        configuration.sampling.candidates = 1
        return try EvaluateStage(
            corpus: folder + "/corpus", policy: EchoPolicy(modelID: "policy"), reference: EchoPolicy(),
            scorer: ShortScorer(), tokenizer: tokenizer, configuration: configuration,
            output: folder + "/report", facts: facts
        ).run { _ in .more }
    }

    @Test func promptsBeyondTheScorersContextAreCountedOnTheLastLineAndInTheRecord() throws {
        try TrainingWorld.withFolder { folder in
            let tokenizer = try prepare(folder)
            let (report, evaluation) = try evaluate(folder, tokenizer)
            #expect(report.counts.rejected == ["prompt-too-long": 3] && report.counts.recordsOut == 4)
            #expect(report.counts.isConserved)
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/report/evaluation.json"))
            let kept = try JSONDecoder().decode(Evaluation.self, from: data)
            #expect(kept == evaluation && kept.rejected == ["prompt-too-long": 3] && kept.prompts == 4)
        }
    }

    @Test func promptsBeyondTheScorersContextAreNotValidatedOn() throws {
        try TrainingWorld.withFolder { folder in
            let tokenizer = try prepare(folder)
            let corpus = try ShardSet(opening: folder + "/corpus", kind: .corpus)
            var sampling = SamplingConfiguration()
            sampling.maxTokens = 2
            sampling.candidates = 1
            func probe(_ scorer: any RewardScorer, count: Int?) throws -> PolicyProbe {
                try PolicyProbe(
                    corpus: corpus, split: .validation, count: count, contextLength: 64, sampling: sampling,
                    scorer: scorer, tokenizer: tokenizer)
            }
            let probe = try probe(ShortScorer(), count: nil)
            #expect(probe.prompts.map(\.tokens.count).sorted() == [1, 2, 3, 4])
            let rewards = try probe.measure(EchoPolicy()).map { $0.result.completions[0].reward }
            #expect(rewards.sorted() == [3, 4, 5, 6])
        }
    }

    @Test func aReportOfAnotherMachineIsNotedAndKept() throws {
        try TrainingWorld.withFolder { folder in
            let tokenizer = try prepare(folder)
            let first = try evaluate(folder, tokenizer, facts: ["threads": "1", "precision": "float32"])
            #expect(first.report.notes.isEmpty && !first.report.alreadyComplete)
            let files = try TrainingWorld.files(in: folder + "/report")
            let again = try evaluate(folder, tokenizer, facts: ["threads": "2", "precision": "float32"])
            #expect(again.report.alreadyComplete && again.evaluation == first.evaluation)
            #expect(again.report.notes == [ComputeFacts.completeNote("threads 1, now 2")])
            #expect(try TrainingWorld.files(in: folder + "/report") == files)

            // Half of it is left.
            for name in ["evaluation.json", "policy.json"] {
                try FileManager.default.removeItem(atPath: folder + "/report/" + name)
            }
            let resumed = try evaluate(folder, tokenizer, facts: ["threads": "2", "precision": "float32"])
            #expect(!resumed.report.alreadyComplete && resumed.evaluation == first.evaluation)
            #expect(resumed.report.notes == [ComputeFacts.resumeNote("threads 1, now 2")])
            let run = try String(contentsOfFile: folder + "/report/run.json", encoding: .utf8)
            #expect(run.contains("1 + 2"))
            // What decides the numbers is no note.
            #expect(throws: TrainingError.self) {
                try evaluate(folder, tokenizer, facts: ["threads": "2", "precision": "bfloat16"])
            }
        }
    }
}
