import AlignData
import CTorchAPI
import CoPGTrain
import Foundation
import Testing

@testable import TorchLM

extension Engine {
    @Suite("Exactness of training")
    struct ExactnessTests {
        let tiny: TinyLlama

        init() throws { tiny = try TinyLlama() }

        private func trainer(
            _ precision: Precision = .float32, _ optimizer: OptimizerConfiguration = OptimizerConfiguration(),
            hasValueHead: Bool = false, recomputesLayers: Bool = false
        ) throws -> OptimizedTransformer {
            let source = try ModelSource.open(tiny.policyPath)
            return try OptimizedTransformer(
                source.configuration, output: .logProbability, precision: precision, optimizer: optimizer,
                hasValueHead: hasValueHead, recomputesLayers: recomputesLayers
            ) { try source.tensor(named: $0) }
        }

        /// Eight groups: the golden ones with other rewards.
        private var groups: [CandidateGroup] { tiny.scoredGroups(8) { sin(Double($0 * 3 + $1)) } }

        private func losses(microBatchTokens: Int) throws -> [Double] {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            var configuration = TrainerConfiguration()
            configuration.steps = 6
            configuration.groupsPerStep = 8
            configuration.microBatchTokens = microBatchTokens
            configuration.learningRate = 1e-3
            configuration.checkpointEvery = nil
            _ = try Trainer(
                .completions(
                    TrainablePolicy(
                        path: tiny.policyPath, precision: .float32, optimizer: OptimizerConfiguration()),
                    CoPG()),
                source: ArrayGroupSource(groups, identity: "eight", seed: 1), configuration: configuration,
                folder: folder
            ).run { _ in .more }
            return try StepMetrics.read(from: folder + "/metrics.jsonl").compactMap {
                $0[StepMetrics.Name.loss]
            }
        }

        @Test("one micro-batch of eight groups and eight of one give the same series of losses")
        func microBatches() throws {
            let whole = try losses(microBatchTokens: 10_000)
            let cut = try losses(microBatchTokens: 1)
            #expect(whole.count == 6 && abs(whole[0]) < 1e-4)
            #expect(zip(whole, cut).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($0)) }, "\(whole) \(cut)")
            #expect(whole[5] < -0.01)
        }

        @Test("recomputing the layers gives the same gradients, bit for bit")
        func recomputation() throws {
            var lastLayer = OptimizerConfiguration()
            lastLayer.trainedLayers = 1
            var adapters = OptimizerConfiguration()
            adapters.adapters = LoRAConfiguration()
            for optimizer in [OptimizerConfiguration(), lastLayer, adapters] {
                for precision in Precision.allCases {
                    let trainers = try [false, true].map {
                        try trainer(precision, optimizer, recomputesLayers: $0)
                    }
                    for trainer in trainers {
                        try trainer.accumulateGradient(of: tiny.groups) {
                            $0.map { $0.indices.map { Double($0) - 0.5 } }
                        }
                    }
                    for (a, b) in zip(trainers[0].parameters, trainers[1].parameters) where a.moments != nil {
                        let x = try #require(try a.value.gradient()).floats()
                        let y = try #require(try b.value.gradient()).floats()
                        #expect(x == y, "\(a.name)")
                    }
                }
            }
        }

        @Test("values learn without moving the policy")
        func valueHead() throws {
            let trainer = try trainer(hasValueHead: true)
            let before = try trainer.outputs(of: tiny.groups)
            func values() throws -> [Double] {
                try trainer.tokenOutputs(of: tiny.groups).flatMap { $0.flatMap(\.values) }
            }
            #expect(try values().allSatisfy { $0 == 0 })
            for _ in 0..<200 {
                try trainer.accumulateGradient(of: tiny.groups) { outputs in
                    outputs.map {
                        $0.map { series in
                            TokenSeries(
                                logProbabilities: series.values.map { _ in 0 },
                                values: series.values.map { $0 - 3 })
                        }
                    }
                }
                _ = try trainer.step(learningRate: 3e-2, maximumGradientNorm: nil)
            }
            #expect(try values().allSatisfy { abs($0 - 3) < 0.5 })
            #expect(try trainer.outputs(of: tiny.groups) == before)
        }

        /// A prompt is computed in blocks, a completion in one piece: moving the border between them changes what is
        /// computed together, and not the result.
        @Test(
            "where the prompt ends does not matter to a later token, nor to the gradient",
            arguments: [127, 128, 129, 300])
        func blocks(length: Int) throws {
            let tokens = (0..<length + 6).map { (index: Int) -> TokenID in
                let place = (index * 37 + index * index) % 90
                return TokenID(3 + place)
            }
            // ln π of the last six tokens, with the border before them, and almost at the beginning.
            let groups = [length, 2].map {
                TokenGroup(prompt: Array(tokens[..<$0]), completions: [Array(tokens[$0...])])
            }
            var gradients: [[[Float]]] = []
            var values: [[Double]] = []
            for group in groups {
                let trainer = try trainer(hasValueHead: true)
                try trainer.accumulateGradient(of: [group]) { outputs in
                    let series = outputs[0][0]
                    values.append(Array(series.logProbabilities.suffix(6)))
                    // The same slope for the same token, whatever comes before it.
                    let slopes = (0..<series.count).map { index -> Double in
                        let left = series.count - index
                        return left > 6 ? 0 : Double(left) / 6 - 0.4
                    }
                    return [[TokenSeries(logProbabilities: slopes, values: slopes.map { _ in 0 })]]
                }
                gradients.append(try trainer.parameters.compactMap { try $0.value.gradient()?.floats() })
            }
            #expect(zip(values[0], values[1]).allSatisfy { abs($0 - $1) < 2e-4 }, "\(values)")
            #expect(gradients[0].count == gradients[1].count && gradients[0].count > 10)
            for (a, b) in zip(gradients[0], gradients[1]) {
                #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-3 * max(1, abs($0)) })
            }
        }

        @Test("ten thousand updates below the spacing of bf16 add up")
        func smallUpdates() throws {
            let torch = try TorchBackend.shared()
            let weight = try Tensor.floats([1], [1], on: torch)
            try weight.requireGradient()
            let moments = try (Tensor.zeros([1], on: torch), Tensor.zeros([1], on: torch))
            let one = try Tensor.floats([1], [1, 1], on: torch)
            let slope = try Tensor.floats([1], [1], on: torch)
            // The spacing of bf16 at 1 is 2⁻⁷; each step is a five-thousandth of it.
            for step in 1...10_000 {
                try torch.recordingGradients(true) {
                    try one.rowProducts(weight.reshaped([1, 1])).backward(slope)
                }
                let how = ctorch_adamw(
                    learning_rate: 1.5e-6, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0,
                    step: Int64(step), gradient_scale: 1)
                try torch.check(
                    torch.api.adamw_step(weight.handle, moments.0.handle, moments.1.handle, how), "adamw_step"
                )
                try weight.clearGradient()
            }
            // Rounding of fp32 (2⁻²⁴ a step at most) is all that is lost.
            #expect(try abs(weight.floats()[0] - (1 - 0.015)) < 7e-4)
        }
    }
}
