import AlignData
import CoPGTrain
import Foundation
import Testing

@testable import TorchLM

extension Engine {
    @Suite("Training the transformer")
    struct TransformerTrainingTests {
        let tiny: TinyLlama

        init() throws { tiny = try TinyLlama() }

        private func trainer(_ optimizer: OptimizerConfiguration = OptimizerConfiguration()) throws
            -> OptimizedTransformer
        {
            let source = try ModelSource.open(tiny.policyPath)
            return try OptimizedTransformer(
                source.configuration, output: .logProbability, precision: .float32, optimizer: optimizer
            ) { try source.tensor(named: $0) }
        }

        /// CoPG over all pairs of the golden groups, divided by the number of pairs: its coefficients on ℓ.
        private func coefficients(_ outputs: [[Double]]) -> [[Double]] {
            let golden = tiny.golden
            let objective = CoPG(beta: golden.copg.beta, form: .listed)
            let groups = outputs.indices.map {
                ScoredGroup(
                    rewards: golden.copg.rewards[$0], logProbabilities: outputs[$0],
                    referenceLogProbabilities: golden.logProbabilities[$0])
            }
            let pairs = Double(groups.reduce(0) { $0 + $1.pairs.count })
            return groups.map { objective.evaluate($0).coefficients.map { $0 / pairs } }
        }

        @Test("gradients and three AdamW steps of CoPG are PyTorch's")
        func copgSteps() throws {
            var optimizer = OptimizerConfiguration()
            optimizer.weightDecay = 0.01
            let trainer = try trainer(optimizer)
            let byName = Dictionary(uniqueKeysWithValues: trainer.parameters.map { ($0.name, $0.value) })
            for step in tiny.golden.copg.steps {
                try trainer.accumulateGradient(of: tiny.groups, coefficients: coefficients)
                for (name, expected) in step.gradients {
                    let gradient = try #require(try byName[name]?.gradient()).floats()
                    #expect(zip(gradient, expected).allSatisfy { abs($0 - $1) < 2e-4 }, "\(name)")
                    let sum = gradient.reduce(0) { $0 + Double($1) }
                    #expect(abs(sum - (step.gradientSums[name] ?? .nan)) < 2e-3, "\(name)")
                }
                let norm = try trainer.step(learningRate: 1e-2, maximumGradientNorm: nil)
                #expect(abs(norm - step.gradientNorm) < 1e-3 * max(1, step.gradientNorm))
                for (name, expected) in step.weights {
                    let weights = try #require(byName[name]).floats()
                    #expect(zip(weights, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(name)")
                }
            }
        }

        @Test("a gradient does not depend on how the groups are cut into passes")
        func accumulation() throws {
            let whole = try trainer()
            try whole.accumulateGradient(of: tiny.groups) { $0.map { $0.indices.map { Double($0) - 0.5 } } }
            let cut = try trainer()
            for group in tiny.groups {
                try cut.accumulateGradient(of: [group]) { $0.map { $0.indices.map { Double($0) - 0.5 } } }
            }
            for (a, b) in zip(whole.parameters, cut.parameters) {
                let x = try #require(try a.value.gradient()).floats()
                let y = try #require(try b.value.gradient()).floats()
                #expect(zip(x, y).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($0)) }, "\(a.name)")
            }
        }

        @Test("before the first step, in either precision, the log-ratio to the reference is exactly zero")
        func zeroAtStart() throws {
            for precision in Precision.allCases {
                let reference = try tiny.policy(precision).logProbabilities(of: tiny.groups)
                let policy = try TrainablePolicy(
                    path: tiny.policyPath, precision: precision, optimizer: OptimizerConfiguration())
                #expect(try policy.outputs(of: tiny.groups) == reference)
                #expect(try policy.snapshot().logProbabilities(of: tiny.groups) == reference)
            }
        }

        @Test("updates far below the spacing of bf16 add up in the master weights")
        func masterWeights() throws {
            let trainer = try trainer()
            let before = try trainer.parameters[0].value.floats()
            let steps = 50
            for _ in 0..<steps {
                try trainer.accumulateGradient(of: [tiny.groups[0]]) { $0.map { $0.map { _ in 1 } } }
                _ = try trainer.step(learningRate: 1e-7, maximumGradientNorm: nil)
            }
            let after = try trainer.parameters[0].value.floats()
            let moved = zip(before, after).map { abs($0 - $1) }.max() ?? 0
            #expect(moved > 3e-6 && moved < 6e-6)
        }

        @Test("state comes back bit for bit, and the next step is the same")
        func state() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "align-data-state-\(ProcessInfo.processInfo.processIdentifier)"
            ).path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let first = try trainer()
            func advance(_ trainer: OptimizedTransformer) throws {
                try trainer.accumulateGradient(of: tiny.groups, coefficients: coefficients)
                _ = try trainer.step(learningRate: 1e-3, maximumGradientNorm: 0.5)
            }
            try advance(first)
            try first.saveState(to: folder)
            let second = try trainer()
            try second.restoreState(from: folder)
            #expect(second.steps == 1)
            try advance(first)
            try advance(second)
            for (a, b) in zip(first.parameters, second.parameters) {
                #expect(try a.value.floats() == b.value.floats(), "\(a.name)")
            }
        }

        @Test("a saved model is loaded with the log-probabilities it was saved with")
        func savedModel() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "align-data-model-\(ProcessInfo.processInfo.processIdentifier)"
            ).path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let trainer = try trainer()
            try trainer.accumulateGradient(of: tiny.groups, coefficients: coefficients)
            _ = try trainer.step(learningRate: 1e-2, maximumGradientNorm: nil)
            try trainer.saveModel(to: folder, tokenizerFrom: TestTokenizer.path())
            let loaded = try LanguageModel.load(path: folder, precision: .float32)
            #expect(try loaded.logProbabilities(of: tiny.groups) == trainer.outputs(of: tiny.groups))
        }

        @Test("frozen layers do not move, the others do")
        func frozenLayers() throws {
            var optimizer = OptimizerConfiguration()
            optimizer.trainedLayers = 1
            let trainer = try trainer(optimizer)
            let before = try trainer.parameters.map { try $0.value.floats() }
            try trainer.accumulateGradient(of: tiny.groups, coefficients: coefficients)
            _ = try trainer.step(learningRate: 1e-2, maximumGradientNorm: nil)
            for (parameter, old) in zip(trainer.parameters, before) {
                let isLast =
                    parameter.name.hasPrefix("model.layers.1.") || parameter.name == "model.norm.weight"
                #expect(try (parameter.value.floats() != old) == isLast, "\(parameter.name)")
            }
        }

        @Test("rewards are those of transformers' sequence classification, alone and in one pass")
        func rewards() throws {
            let model = try RewardModel.load(path: tiny.rewardPath, precision: .float32)
            let ours = try model.rewards(for: tiny.groups)
            #expect(largestDifference(ours, tiny.golden.rewards) < 1e-4)
            model.passTokens = 1
            #expect(try model.rewards(for: tiny.groups) == ours)
        }

        @Test("a new reward head gives every completion zero, and Bradley–Terry learns a preference")
        func rewardTraining() throws {
            let trainer = try TrainableRewardModel(
                backbone: tiny.policyPath, precision: .float32, optimizer: OptimizerConfiguration())
            let group = TokenGroup(
                prompt: tiny.golden.groups[0].prompt,
                completions: Array(tiny.golden.groups[0].completions.prefix(2)))
            #expect(try trainer.outputs(of: [group]) == [[0, 0]])
            for _ in 0..<20 {
                try trainer.accumulateGradient(of: [group]) { outputs in
                    let p = 1 / (1 + exp(outputs[0][0] - outputs[0][1]))
                    return [[-p, p]]
                }
                _ = try trainer.step(learningRate: 1e-2, maximumGradientNorm: 1)
            }
            let learned = try trainer.outputs(of: [group])[0]
            #expect(learned[0] > learned[1] + 1)
        }
    }
}
