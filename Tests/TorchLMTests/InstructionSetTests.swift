import AlignData
import CTorchAPI
import Foundation
import Testing

@testable import TorchLM

extension Engine {
    /// libtorch and oneDNN choose their kernels once a process, so each instruction set is a process of its own.
    @Suite("Every instruction set computes the same numbers")
    struct InstructionSetTests {
        private struct Numbers: Decodable {
            var instructionSet: String
            var logProbabilities: [String: [Double]]
            var gradients: [String: Double]
            var drawn: [String: [[Double]]]
        }

        private static let bench = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "align-data-bench")

        /// A model whose heads are 64 wide, as those of most models are: the tile products of attention then have one
        /// shape, and a processor's tile configuration is set once and kept.
        private static func writeModel(to folder: String) throws {
            let configuration = ModelConfiguration(
                hiddenSize: 128, intermediateSize: 96, layerCount: 2, headCount: 2, keyValueHeadCount: 1,
                headDimension: 64, vocabularySize: 300, maxPositions: 256)
            let random = CounterRandom(seed: 7, purpose: .initialization)
            var place: UInt64 = 0
            try ModelWriter.save(
                to: folder, configuration: configuration, tokenizerFrom: TestTokenizer.path()
            ) { name in
                let shape = configuration.tensorShapes.first { $0.name == name }?.shape ?? []
                let scale =
                    name == "model.embed_tokens.weight" ? 0.5 : 2 / Double(shape.last ?? 1).squareRoot()
                return HostTensor(
                    shape: shape,
                    floats: (0..<shape.reduce(1, *)).map { _ in
                        place += 1
                        return shape.count == 1 ? 1 : Float((2 * random.uniform(place) - 1) * scale)
                    })
            }
        }

        private static func numbers(
            _ model: String, _ environment: [String: String]
        ) throws -> Numbers {
            let output = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try Data().write(to: output)
            defer { try? FileManager.default.removeItem(at: output) }
            let process = Process()
            process.executableURL = bench
            process.arguments = ["numbers", "--model", model]
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardOutput = try FileHandle(forWritingTo: output)
            try process.run()
            process.waitUntilExit()
            try #require(
                process.terminationReason == .exit && process.terminationStatus == 0,
                "\(environment) ended with \(process.terminationStatus)")
            return try JSONDecoder().decode(Numbers.self, from: Data(contentsOf: output))
        }

        private static func length(_ key: String) -> Double {
            Double(key.split(separator: " ").last ?? "") ?? 0
        }

        /// How far two values may be apart, for each token: the rounding of fp32, or of bf16.
        private static func room(_ key: String) -> Double { key.hasPrefix("float32") ? 1e-4 : 0.06 }

        @Test("prompts of 1 to 65 tokens, completions of 1 to 47, in both precisions, on 1 and 2 threads")
        func numbers() throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try Self.writeModel(to: folder)
            let usual = try Self.numbers(folder, [:])
            #expect(usual.logProbabilities.count == 2 * 2 * 10 * 3)
            checkDrawing(usual, [:])
            var sets = ["AVX2", "AVX512_CORE", "AVX512_CORE_BF16", "AVX512_CORE_AMX"].map {
                ["ONEDNN_MAX_CPU_ISA": $0]
            }
            sets += ["avx2", "default"].map { ["ATEN_CPU_CAPABILITY": $0] }
            for environment in sets {
                let found = try Self.numbers(folder, environment)
                #expect(found.logProbabilities.count == usual.logProbabilities.count)
                for (key, values) in found.logProbabilities {
                    let room = Self.room(key) * Self.length(key)
                    let expected = try #require(usual.logProbabilities[key])
                    #expect(
                        zip(values, expected).allSatisfy { abs($0 - $1) < room },
                        "\(environment) \(key): \(values) \(expected)")
                    // Logits of about 10 are rounded to multiples of 1/16.
                    let wide = key.hasPrefix("float32") ? room : room + 0.15
                    let exact = try #require(
                        usual.logProbabilities[key.replacing("bfloat16", with: "float32")])
                    #expect(
                        zip(values, exact).allSatisfy { abs($0 - $1) < wide },
                        "\(environment) \(key): \(values) \(exact)")
                }
                for (key, value) in found.gradients {
                    let expected = try #require(usual.gradients[key])
                    let room = key.hasPrefix("float32") ? 1e-3 : 0.1
                    #expect(
                        abs(value - expected) < room * expected,
                        "\(environment) \(key): \(value) \(expected)")
                }
                checkDrawing(found, environment)
            }
        }

        /// What drawing finds, token by token with packed weights, is what the pass of training finds.
        private func checkDrawing(_ numbers: Numbers, _ environment: [String: String]) {
            #expect(numbers.drawn.count == 2 * 2 * (10 * 2 + 2))
            for (key, pairs) in numbers.drawn {
                let room = Self.room(key) * Self.length(key)
                #expect(
                    pairs.count == 2 && pairs.allSatisfy { abs($0[0] - $0[1]) < room },
                    "\(environment) \(key): \(pairs)")
            }
        }
    }

    @Suite("Tile products and torch's own")
    struct TileScopeTests {
        private let torch: TorchBackend

        init() throws { torch = try TorchBackend.shared() }

        @Test("a product of torch within a scope of tile products is an error", arguments: Precision.allCases)
        func refused(precision: Precision) throws {
            let x = try Tensor.floats(
                [Float](repeating: 1, count: 64), [2, 32], as: precision.tensorType, on: torch)
            let weight = try Tensor.zeros([16, 32], as: precision.tensorType, on: torch).packed(rows: 2)
            _ = try x.linearPacked(weight)
            let error = #expect(throws: TorchError.self) {
                try Tensor.make(torch, "linear") { $0.linear_within_tiles(x.handle, weight.handle, $1) }
            }
            #expect(error?.summary.contains("within a scope of tile products") == true)
            // The scope has ended with the error.
            _ = try x.linearPacked(weight)
        }

        @Test("attention gives the tiles back once a thread, not once a product")
        func givenBack() throws {
            let threads = torch.threads
            defer { torch.threads = threads }
            torch.threads = 2
            let heads = 6
            let q = try Tensor.floats(
                (0..<70 * heads * 8).map { sin(Float($0)) }, [70, heads, 8], as: .bfloat16, on: torch)
            let before = torch.api.tile_scopes_ended()
            _ = try q.sharedPrefixAttention(q, q, groups: [GroupLengths(prompt: 60, completions: [4, 6])])
            let ended = torch.api.tile_scopes_ended() - before
            // One for the shapes that are compiled, and one for each thread that took part.
            #expect((2...3).contains(ended))
        }
    }
}
