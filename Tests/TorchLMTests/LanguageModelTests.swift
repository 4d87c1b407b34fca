import AlignData
import CoPGTrain
import Foundation
import Testing

@testable import TorchLM

extension Engine {
    @Suite("The language model over libtorch")
    struct LanguageModelTests {
        let tiny: TinyLlama

        init() throws { tiny = try TinyLlama() }

        @Test("shared-prefix log-probabilities are those of one sequence at a time in transformers")
        func logProbabilities() throws {
            let ours = try tiny.policy().logProbabilities(of: tiny.groups)
            #expect(largestDifference(ours, tiny.golden.logProbabilities) < 1e-4)
        }

        @Test("logits are those of transformers")
        func logits() throws {
            let model = try tiny.policy()
            let packed = try PackedGroups(
                [TokenGroup(prompt: tiny.golden.groups[0].prompt, completions: [])], keepsLastToken: false)
            let hidden = try model.transformer().hiddenStates(of: packed)
            guard case .plain(let head) = try model.transformer().weights.head else {
                Issue.record("a language model has a head")
                return
            }
            let logits = try hidden.linear(head).floats()
            let expected = tiny.golden.logits.flatMap { $0 }
            #expect(logits.count == expected.count)
            #expect(zip(logits, expected).allSatisfy { abs($0 - $1) < 1e-4 })
        }

        @Test("log-probabilities do not depend on what else is in the pass", arguments: [1, 20, 10_000])
        func passIndependence(passTokens: Int) throws {
            for precision in Precision.allCases {
                let model = try tiny.policy(precision)
                let whole = try model.logProbabilities(of: tiny.groups)
                model.passTokens = passTokens
                #expect(try model.logProbabilities(of: tiny.groups) == whole)
            }
        }

        @Test("greedy sampling writes what transformers generates")
        func greedy() throws {
            let model = try tiny.policy()
            var how = SamplingConfiguration()
            how.temperature = 0
            how.candidates = 1
            how.maxTokens = tiny.golden.greedy.count
            let prompt = (id: RecordID(kind: "prompt", ["0"]), tokens: tiny.golden.groups[0].prompt)
            let completion = try model.sample([prompt], configuration: how) { _ in }[0][0]
            // The golden run could not end early; ours may, at the end-of-sequence it was given.
            #expect(completion.tokens == Array(tiny.golden.greedy.prefix(completion.tokens.count)))
            #expect(completion.finishReason == .length || completion.tokens.last == 2)
        }

        @Test("the cached decoding gives the log-probability that the shared-prefix pass gives")
        func samplingAgrees() throws {
            let model = try tiny.policy()
            var how = SamplingConfiguration()
            how.candidates = 5
            how.maxTokens = 20
            how.seed = 3
            let prompts = tiny.golden.groups.enumerated().map {
                (id: RecordID(kind: "prompt", ["\($0.offset)"]), tokens: $0.element.prompt)
            }
            let drawn = try model.sample(prompts, configuration: how) { _ in }
            let groups = zip(prompts, drawn).map {
                TokenGroup(prompt: $0.tokens, completions: $1.map(\.tokens))
            }
            let again = try model.logProbabilities(of: groups)
            #expect(largestDifference(drawn.map { $0.map(\.logProbability) }, again) < 1e-4)
            #expect(drawn.allSatisfy { $0.count == 5 })
            for completion in drawn.flatMap({ $0 }) {
                #expect(completion.logProbability == completion.sampledLogProbability)
                #expect((completion.tokens.last == 2) == (completion.finishReason == .endOfSequence))
                #expect(!completion.tokens.dropLast().contains(2))
                #expect(completion.tokens.count == 20 || completion.finishReason == .endOfSequence)
            }
        }

        @Test("sampling stops at every end-of-sequence that the model's or the tokenizer's files name")
        func severalEnds() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
            try FileManager.default.copyItem(atPath: tiny.policyPath, toPath: folder)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try FileManager.default.removeItem(atPath: folder + "/generation_config.json")
            try Data(#"{"eos_token_id": [7, 2, 11]}"#.utf8).write(
                to: URL(fileURLWithPath: folder + "/generation_config.json"))
            let configuration = try ModelSource.open(folder).configuration
            #expect(configuration.endsOfSequence == [2, 7, 11])
            #expect(configuration.huggingFace(dtype: "float32")["eos_token_id"]?.array?.count == 3)
            let model = try LanguageModel.load(
                path: folder, precision: .float32, endsOfSequence: [20, 21, 2])
            var how = SamplingConfiguration()
            how.candidates = 40
            how.maxTokens = 40
            how.seed = 5
            let prompts = tiny.golden.groups.enumerated().map {
                (id: RecordID(kind: "prompt", ["\($0.offset)"]), tokens: $0.element.prompt)
            }
            let drawn = try model.sample(prompts, configuration: how) { _ in }.flatMap { $0 }
            let ends: Set<TokenID> = [2, 7, 11, 20, 21]
            for completion in drawn {
                let ended = completion.tokens.last.map(ends.contains) == true
                #expect(ended == (completion.finishReason == .endOfSequence))
                #expect(!completion.tokens.dropLast().contains(where: ends.contains))
            }
            let met = Set(drawn.compactMap { $0.finishReason == .endOfSequence ? $0.tokens.last : nil })
            #expect(met.intersection([7, 11]).count > 0 && met.intersection([20, 21]).count > 0)
        }

        @Test("a prompt's completions are the same alone and among others")
        func batchIndependence() throws {
            let model = try tiny.policy()
            var how = SamplingConfiguration()
            how.candidates = 3
            how.maxTokens = 12
            let prompts = (0..<7).map { index -> (id: RecordID, tokens: [TokenID]) in
                let tokens = (0...index).map { position -> TokenID in TokenID(3 + (position * 7 + index) % 90)
                }
                return (RecordID(kind: "prompt", ["\(index)"]), tokens)
            }
            let together = try model.sample(prompts, configuration: how) { _ in }.map { $0.map(\.tokens) }
            let apart = try prompts.map {
                try model.sample([$0], configuration: how) { _ in }[0].map(\.tokens)
            }
            #expect(together == apart)
        }

        @Test(
            "drawn tokens follow the distribution they claim",
            arguments: [(1.0, 1.0, 0), (0.7, 0.8, 0), (1.3, 1.0, 5)])
        func distribution(temperature: Double, topP: Double, topK: Int) throws {
            let torch = try TorchBackend.shared()
            let logits: [Float] = [2.0, 1.0, 0.5, 0.0, -0.5, -1.0, -2.0, -4.0]
            let draws = 20_000
            let rows = try Tensor.floats(
                Array(repeating: logits, count: draws).flatMap { $0 }, [draws, logits.count], on: torch)
            let uniforms = (0..<draws).map { (Double($0) + 0.5) / Double(draws) }
            let drawn = try rows.sampleRows(
                uniforms: uniforms, temperature: temperature, topP: topP, topK: topK)
            // The distribution by its definition.
            let weights = logits.map { exp(Double($0) / temperature) }
            let kept = topK > 0 ? topK : weights.count
            let mass = weights.prefix(kept).reduce(0, +)
            var set = 0
            var sum = 0.0
            while set < kept, sum < topP * mass || set == 0 {
                sum += weights[set]
                set += 1
            }
            let total = logits.map { exp(Double($0)) }.reduce(0, +)
            for id in logits.indices {
                let share = Double(drawn.ids.filter { $0 == Int64(id) }.count) / Double(draws)
                let expected = id < set ? weights[id] / sum : 0
                #expect(abs(share - expected) < 2e-3)
                for row in drawn.ids.indices where drawn.ids[row] == Int64(id) {
                    #expect(abs(drawn.raw[row] - (Double(logits[id]) - log(total))) < 1e-5)
                    #expect(abs(drawn.sampled[row] - log(expected)) < 1e-5)
                }
            }
        }

        @Test(
            "an id that the tokenizer lacks is never drawn, and ln π stays that of training",
            arguments: [(0.0, 1.0, 0), (1.0, 1.0, 0), (0.7, 0.8, 0), (1.3, 1.0, 5)])
        func drawable(temperature: Double, topP: Double, topK: Int) throws {
            var how = SamplingConfiguration()
            (how.temperature, how.topP, how.topK) = (temperature, topP, topK)
            how.candidates = 30
            how.maxTokens = 8
            let prompts = tiny.golden.groups.enumerated().map {
                (id: RecordID(kind: "prompt", ["\($0.offset)"]), tokens: $0.element.prompt)
            }
            // Rows beyond the vocabulary; and those with ids within it that no token has.
            for hasToken in [{ $0 < 50 }, { $0 < 60 && $0 % 3 != 1 }] as [(TokenID) -> Bool] {
                let model = try LanguageModel.load(
                    path: tiny.policyPath, precision: .float32, endsOfSequence: [], hasToken: hasToken)
                let drawn = try model.sample(prompts, configuration: how) { _ in }
                #expect(drawn.joined().allSatisfy { $0.tokens.allSatisfy(hasToken) })
                let groups = zip(prompts, drawn).map {
                    TokenGroup(prompt: $0.tokens, completions: $1.map(\.tokens))
                }
                let again = try model.logProbabilities(of: groups)
                #expect(largestDifference(drawn.map { $0.map(\.logProbability) }, again) < 1e-4)
                guard temperature == 1 else { continue }
                // What is not drawn from has its share: a token is drawn with a greater probability than π gives it.
                #expect(drawn.joined().allSatisfy { $0.sampledLogProbability > $0.logProbability + 0.01 })
            }
            let whole = try tiny.policy().sample(prompts, configuration: how) { _ in }.joined().flatMap(
                \.tokens)
            #expect(whole.contains { $0 >= 60 } || temperature == 0)
        }

        @Test("a token is drawn with its share among those that can be drawn")
        func drawableShare() throws {
            let torch = try TorchBackend.shared()
            let logits: [Float] = [2, 5, 0.5, 0, -0.5, -1, 4, 3]
            let draws = 20_000
            let rows = try Tensor.floats(
                Array(repeating: logits, count: draws).flatMap { $0 }, [draws, logits.count], on: torch)
            let uniforms = (0..<draws).map { (Double($0) + 0.5) / Double(draws) }
            let total = logits.map { exp(Double($0)) }.reduce(0, +)
            for drawable: [Int64] in [[0, 1, 2, 3, 4, 5], [0, 2, 3, 7]] {
                let mass = drawable.map { exp(Double(logits[Int($0)])) }.reduce(0, +)
                for topK in [0, 8] {
                    let drawn = try rows.sampleRows(
                        uniforms: uniforms, temperature: 1, topP: 1, topK: topK, drawable: drawable)
                    for id in logits.indices {
                        let own = drawn.ids.indices.filter { drawn.ids[$0] == Int64(id) }
                        let expected = drawable.contains(Int64(id)) ? exp(Double(logits[id])) / mass : 0
                        #expect(abs(Double(own.count) / Double(draws) - expected) < 2e-3)
                        for row in own {
                            #expect(abs(drawn.raw[row] - (Double(logits[id]) - log(total))) < 1e-5)
                            #expect(abs(drawn.sampled[row] - log(expected)) < 1e-5)
                        }
                    }
                }
            }
            #expect(throws: TorchError.self) {
                try rows.sampleRows(uniforms: uniforms, temperature: 1, topP: 1, topK: 0, drawable: [3, 9])
            }
        }

        @Test("every handle is given back")
        func liveHandles() throws {
            let torch = try TorchBackend.shared()
            let before = torch.liveHandles
            do {
                let model = try tiny.policy()
                var how = SamplingConfiguration()
                how.maxTokens = 6
                let prompt = (id: RecordID(kind: "prompt", ["0"]), tokens: tiny.golden.groups[0].prompt)
                _ = try model.sample([prompt], configuration: how) { _ in }
                _ = try model.logProbabilities(of: tiny.groups)
                let trainer = try TrainablePolicy(
                    path: tiny.policyPath, precision: .float32, optimizer: OptimizerConfiguration())
                try trainer.accumulateGradient(of: tiny.groups) { $0.map { $0.map { _ in 1 } } }
                _ = try trainer.step(learningRate: 1e-3, maximumGradientNorm: 1)
                #expect(torch.liveHandles > before)
            }
            #expect(torch.liveHandles == before)
        }

        @Test("what the model cannot compute is an error, not a crash")
        func impossible() throws {
            let model = try tiny.policy()
            let size = TokenID(try ModelSource.open(tiny.policyPath).configuration.vocabularySize)
            // The last token of a completion is predicted without ever entering the model.
            for group in [([3], [4, size]), ([3], [4, -1]), ([size], [4]), ([3], [size, 4])]
                as [([TokenID], [TokenID])]
            {
                let group = TokenGroup(prompt: group.0, completions: [group.1])
                #expect(throws: ForeignToken.self) { try model.logProbabilities(of: [group]) }
                let trainer = try TrainablePolicy(
                    path: tiny.policyPath, precision: .float32, optimizer: OptimizerConfiguration())
                #expect(throws: ForeignToken.self) {
                    try trainer.accumulateGradient(of: [group], coefficients: { $0 })
                }
            }
            for group in [
                TokenGroup(prompt: [], completions: [[3]]), TokenGroup(prompt: [3], completions: [[]]),
            ] {
                let error = #expect(throws: EmptySequence.self) { try model.logProbabilities(of: [group]) }
                #expect(error?.category == .badData)
                let reward = try RewardModel.load(path: tiny.rewardPath, precision: .float32)
                #expect(throws: EmptySequence.self) { try reward.rewards(for: [group]) }
            }
            var optimizer = OptimizerConfiguration()
            optimizer.adapters = LoRAConfiguration()
            optimizer.adapters?.rank = Int.max / 2
            let adapted = try TrainablePolicy(
                path: tiny.policyPath, precision: .float32, optimizer: optimizer)
            #expect(throws: TrainingError.self) { try adapted.outputs(of: tiny.groups) }
        }

        @Test("a failed operation names itself and leaves nothing behind")
        func failure() throws {
            let torch = try TorchBackend.shared()
            let before = torch.liveHandles
            do {
                let a = try Tensor.zeros([2, 3], on: torch)
                let b = try Tensor.zeros([5, 7], on: torch)
                let error = #expect(throws: TorchError.self) { try a.linear(b) }
                #expect(error?.summary.hasPrefix("libtorch failed in linear") == true)
            }
            #expect(torch.liveHandles == before)
        }

        @Test("a reward model is refused where a language model is needed, and the other way round")
        func roles() {
            #expect(throws: ModelRoleError.self) {
                try LanguageModel.load(path: tiny.rewardPath, precision: .float32)
            }
            #expect(throws: ModelRoleError.self) {
                try RewardModel.load(path: tiny.policyPath, precision: .float32)
            }
        }

        @Test("a classifier with two labels is no reward model, and no backbone of one")
        func labels() throws {
            let source = try ModelSource.open(tiny.rewardPath)
            var configuration = source.configuration
            configuration.labelCount = 2
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let score = HostTensor(
                shape: [2, configuration.hiddenSize],
                floats: [Float](repeating: 0.5, count: 2 * configuration.hiddenSize))
            try ModelWriter.save(
                to: folder, configuration: configuration, tokenizerFrom: TestTokenizer.path()
            ) { $0 == "score.weight" ? score : try source.tensor(named: $0) }
            let refused = ModelFileError.severalLabels(path: folder, count: 2)
            #expect(refused.summary.contains("2 labels"))
            #expect(throws: refused) { try RewardModel.load(path: folder, precision: .float32) }
            #expect(throws: refused) {
                try TrainableRewardModel(
                    backbone: folder, precision: .float32, optimizer: OptimizerConfiguration())
            }
        }
    }
}
