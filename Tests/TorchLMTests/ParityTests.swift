import AlignData
import CoPGTrain
import Foundation
import Testing

@testable import TorchLM

extension Engine {
    /// By hand, through scripts/parity/run.sh: ALIGN_DATA_MODEL names a language model (a GGUF or a folder made from
    /// one), ALIGN_DATA_PARITY the folder that scripts/parity/model.py made for it. What is measured is added to the
    /// folder's `measured.tsv`; what is saved there is read by scripts/parity/saved.py.
    @Suite(
        "Held against transformers",
        .enabled(if: ParityGoldens.model != nil && ParityGoldens.folder != nil))
    struct ParityTests {
        let goldens: ParityGoldens
        let path: String

        init() throws {
            path = try #require(ParityGoldens.model)
            goldens = try ParityGoldens(folder: #require(ParityGoldens.folder))
        }

        @Test("fp32 logits are those of transformers within 1e-3")
        func logits() throws {
            let model = try LanguageModel.load(path: path, precision: .float32)
            let logits = try goldens.logits(of: model)
            for (kind, what) in [
                ("last", "fp32 logits, last position, whole vocabulary"),
                ("columns", "fp32 logits, every position, 64 columns"),
                ("next", "fp32 log-probability of each prompt token"),
            ] {
                let differences = try goldens.groups.indices.flatMap { index in
                    let name = "\(kind).\(index)"
                    let expected = try goldens.tensor(named: name).floats
                    let ours = try #require(logits.first { $0.name == name }).tensor.floats
                    #expect(ours.count == expected.count)
                    return zip(ours, expected).map { Double(abs($0 - $1)) }
                }
                #expect(try goldens.report(path, what, differences, limit: 1e-3) <= 1e-3)
            }
        }

        @Test("greedy continuations of 40 tokens are those of transformers")
        func greedy() throws {
            let model = try LanguageModel.load(path: path, precision: .float32)
            var how = SamplingConfiguration()
            how.temperature = 0
            how.candidates = 1
            how.maxTokens = 40
            let prompts = goldens.groups.enumerated().map {
                (id: RecordID(kind: "prompt", ["\($0.offset)"]), tokens: $0.element.prompt)
            }
            let written = try model.sample(prompts, configuration: how) { _ in }.map { $0[0].tokens }
            let differences = zip(written, goldens.content.greedy).map { $0 == $1 ? 0.0 : 1.0 }
            #expect(written == goldens.content.greedy)
            _ = try goldens.report(path, "greedy continuations that differ", differences, limit: 0)
        }

        @Test("log-probabilities of completions by the shared-prefix pass", arguments: Precision.allCases)
        func logProbabilities(precision: Precision) throws {
            let model = try LanguageModel.load(path: path, precision: precision)
            let ours = try goldens.tokenLogProbabilities(of: model)
            let expected = goldens.content.tokenLogProbabilities.flatMap { $0.flatMap { $0 } }
            let name = precision == .float32 ? "fp32" : "bf16"
            #expect(ours.count == expected.count)
            let differences = zip(ours, expected).map { abs($0 - $1) }
            // bf16 keeps 8 bits of a number: what that costs is reported, and bounded only in the mean.
            let limit = precision == .float32 ? 1e-3 : nil
            let largest = try goldens.report(
                path, "\(name) log-probability of a token", differences, limit: limit)
            #expect(largest <= limit ?? .infinity)
            #expect(differences.reduce(0, +) / Double(differences.count) < 0.05)
        }

        @Test("a policy after three steps of CoPG is saved for transformers")
        func savedPolicy() throws {
            let trainer = try TrainablePolicy(
                path: path, precision: .best(), optimizer: OptimizerConfiguration())
            let groups = Array(goldens.groups.prefix(8))
            let reference = try trainer.outputs(of: groups)
            let objective = CoPG(beta: 0.1, form: .group)
            for _ in 0..<3 {
                try trainer.accumulateGradient(of: groups) { outputs in
                    zip(outputs, reference).map {
                        objective.evaluate(
                            ScoredGroup(
                                rewards: [0.5, -0.25, 1], logProbabilities: $0, referenceLogProbabilities: $1)
                        ).coefficients
                    }
                }
                _ = try trainer.step(learningRate: 1e-5, maximumGradientNorm: 1)
            }
            let folder = goldens.folder + "/policy"
            try trainer.saveModel(to: folder)
            let saved = try LanguageModel.load(path: folder, precision: .float32)
            let logits = try goldens.logits(of: saved)
            let byName = Dictionary(uniqueKeysWithValues: logits.map { ($0.name, $0.tensor) })
            try SafetensorsWriter.write(
                to: goldens.folder + "/policy.safetensors", shapes: logits.map { ($0.name, $0.tensor.shape) },
                element: .float32, metadata: []
            ) { try #require(byName[$0]) }
            let start = try goldens.tensor(named: "last.0").floats
            #expect(try #require(byName["last.0"]).floats != start, "training moves the logits")
        }

        @Test("a reward model after five steps is saved for transformers")
        func savedRewardModel() throws {
            let trainer = try TrainableRewardModel(
                backbone: path, precision: .best(), optimizer: OptimizerConfiguration())
            let pairs = goldens.groups.prefix(8).map {
                TokenGroup(prompt: $0.prompt, completions: Array($0.completions.prefix(2)))
            }
            for _ in 0..<5 {
                try trainer.accumulateGradient(of: pairs) { outputs in
                    try outputs.map {
                        try BradleyTerry().evaluate(
                            ScoredGroup(
                                rewards: [0, 0], logProbabilities: $0, referenceLogProbabilities: [0, 0])
                        ).coefficients
                    }
                }
                _ = try trainer.step(learningRate: 1e-4, maximumGradientNorm: 1)
            }
            let folder = goldens.folder + "/reward"
            try trainer.saveModel(to: folder)
            let rewards = try RewardModel.load(path: folder, precision: .float32).rewards(for: goldens.groups)
            #expect(Set(rewards.flatMap { $0 }).count > 1, "training tells completions apart")
            try JSONEncoder().encode(rewards).write(
                to: URL(fileURLWithPath: goldens.folder + "/reward.json"))
        }
    }
}
