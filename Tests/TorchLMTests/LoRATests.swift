import AlignData
import CoPGTrain
import Foundation
import Testing

@testable import TorchLM

extension Engine {
    @Suite("LoRA adapters")
    struct LoRATests {
        let tiny: TinyLlama

        init() throws { tiny = try TinyLlama() }

        private func policy(merges: Bool = false) throws -> TrainablePolicy {
            var optimizer = OptimizerConfiguration()
            var lora = LoRAConfiguration()
            lora.rank = 4
            lora.targets = [.query, .value, .down]
            optimizer.adapters = lora
            return try TrainablePolicy(
                path: tiny.policyPath, precision: .float32, optimizer: optimizer, mergesAdapters: merges)
        }

        private func train(_ policy: TrainablePolicy) throws {
            for _ in 0..<3 {
                try policy.accumulateGradient(of: tiny.groups) {
                    $0.map { $0.indices.map { Double($0) - 0.5 } }
                }
                _ = try policy.step(learningRate: 1e-2, maximumGradientNorm: nil)
            }
        }

        private func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            return try body(folder.path)
        }

        @Test("only adapters move, and before the first step they change nothing")
        func onlyAdaptersTrain() throws {
            let policy = try policy()
            let reference = try tiny.policy().logProbabilities(of: tiny.groups)
            #expect(try policy.outputs(of: tiny.groups) == reference)
            let trainer = try policy.loaded()
            let before = try trainer.parameters.map { try $0.value.floats() }
            try train(policy)
            #expect(try policy.outputs(of: tiny.groups) != reference)
            for (parameter, old) in zip(trainer.parameters, before) {
                let isAdapter = parameter.name.contains("lora_")
                #expect(try (parameter.value.floats() != old) == isAdapter, "\(parameter.name)")
            }
        }

        @Test("a snapshot computes what training computes")
        func snapshot() throws {
            let policy = try policy()
            try train(policy)
            #expect(
                try policy.snapshot().logProbabilities(of: tiny.groups) == policy.outputs(of: tiny.groups))
        }

        @Test("saved adapters have PEFT's names, shapes and configuration")
        func savedForm() throws {
            try withFolder { folder in
                let policy = try policy()
                try train(policy)
                #expect(policy.isAdapter)
                try policy.saveModel(to: folder)
                let file = try SafetensorsFile(path: folder + "/adapter_model.safetensors")
                #expect(file.entries.count == 2 * 2 * 3)
                let name = "base_model.model.model.layers.1.mlp.down_proj.lora_"
                #expect(file.entries[name + "A.weight"]?.shape == [4, 48])
                #expect(file.entries[name + "B.weight"]?.shape == [32, 4])
                struct Configuration: Decodable {
                    var peft_type: String
                    var r: Int
                    var lora_alpha: Double
                    var target_modules: [String]
                    var base_model_name_or_path: String
                }
                let configuration = try JSONDecoder().decode(
                    Configuration.self,
                    from: Data(contentsOf: URL(fileURLWithPath: folder + "/adapter_config.json")))
                #expect(configuration.peft_type == "LORA" && configuration.r == 4)
                #expect(configuration.lora_alpha == 16)
                #expect(configuration.target_modules == ["q_proj", "v_proj", "down_proj"])
                #expect(configuration.base_model_name_or_path == "policy")
            }
        }

        @Test("a merged model computes what the adapted one does")
        func merged() throws {
            try withFolder { folder in
                let policy = try policy(merges: true)
                try train(policy)
                #expect(!policy.isAdapter)
                try policy.loaded().saveModel(to: folder, tokenizerFrom: TestTokenizer.path())
                let loaded = try LanguageModel.load(path: folder, precision: .float32)
                let difference = largestDifference(
                    try loaded.logProbabilities(of: tiny.groups), try policy.outputs(of: tiny.groups))
                #expect(difference < 1e-4)
            }
        }

        @Test("a checkpoint holds the adapters alone, and the next step is the same")
        func state() throws {
            try withFolder { folder in
                let first = try policy()
                try train(first)
                try first.saveState(to: folder)
                let file = try SafetensorsFile(path: folder + "/state.safetensors")
                #expect(file.entries.count == 3 * 2 * 2 * 3 + 1)
                let second = try policy()
                try second.restoreState(from: folder)
                for policy in [first, second] { try train(policy) }
                #expect(try first.outputs(of: tiny.groups) == second.outputs(of: tiny.groups))
            }
        }
    }
}
