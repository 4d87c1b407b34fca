import AlignData
import Foundation
import Testing

@testable import TorchLM

@Suite struct ModelFilesTests {
    private static let resources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Resources/ModelFiles").path
    private static let gguf = resources + "/tiny.gguf"
    private static let folder = resources + "/tiny"

    private static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url.path)
    }

    private static func bits(_ floats: [Float]) -> [UInt32] { floats.map(\.bitPattern) }

    @Test(arguments: ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"])
    func dequantizationIsTheReferenceToTheBit(name: String) throws {
        let file = try GGUFFile(path: Self.resources + "/types.gguf")
        let tensor = try #require(file.tensor(named: name))
        let expected = try #require(file.tensor(named: name + ".expected"))
        let floats = file.withBytes(of: tensor) {
            Dequantization.floats($0, type: tensor.type, count: tensor.elementCount)
        }
        let reference = file.withBytes(of: expected) { Array($0.bindMemory(to: Float.self)) }
        #expect(floats.count == 1024)
        #expect(Self.bits(floats) == Self.bits(reference))
    }

    @Test func safetensorsOfEveryTypeReadAsTheReference() throws {
        struct Expected: Decodable { var shape: [Int], bits: [Int32] }
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.resources + "/dtypes.json"))
        let file = try SafetensorsFile(path: Self.resources + "/dtypes.safetensors")
        for (name, expected) in try JSONDecoder().decode([String: Expected].self, from: data) {
            let tensor = file.tensor(try #require(file.entries[name]))
            #expect(tensor.shape == expected.shape)
            #expect(Self.bits(tensor.floats) == expected.bits.map { UInt32(bitPattern: $0) }, "\(name)")
        }
        #expect(file.entries.count == 3)
    }

    @Test func aGGUFAndTheFolderMadeFromItAreOneModel() throws {
        let file = try ModelSource.open(Self.gguf)
        let folder = try ModelSource.open(Self.folder)
        #expect(file.configuration == folder.configuration)
        #expect(file.tensorNames == folder.tensorNames)
        #expect(file.tensorNames.count == 20)
        for (name, shape) in file.configuration.tensorShapes {
            let a = try file.tensor(named: name)
            let b = try folder.tensor(named: name)
            #expect(a.shape == shape && b.shape == shape)
            #expect(Self.bits(a.floats) == Self.bits(b.floats), "\(name)")
        }
        let hashes = try [file, folder].map { try Tokenizer.load(from: $0.tokenizerPath).hash }
        #expect(hashes[0] == hashes[1])
        #expect(throws: ModelFileError.missingTensor(path: Self.gguf, name: "lm_head.weight")) {
            try file.tensor(named: "lm_head.weight")
        }
    }

    @Test(arguments: [gguf, folder])
    func whatIsSavedOpensAsTheSameModel(path: String) throws {
        let source = try ModelSource.open(path)
        try Self.withFolder { folder in
            try ModelWriter.save(
                to: folder + "/model", configuration: source.configuration,
                tokenizerFrom: source.tokenizerPath,
                tensor: source.tensor(named:))
            let saved = try ModelSource.open(folder + "/model")
            #expect(saved.configuration == source.configuration)
            for name in source.tensorNames {
                let a = try source.tensor(named: name).floats
                let b = try saved.tensor(named: name).floats
                #expect(Self.bits(a) == Self.bits(b))
            }
            #expect(
                try Tokenizer.load(from: saved.tokenizerPath).hash
                    == Tokenizer.load(from: source.tokenizerPath).hash)
            let first = try modelHash(folder + "/model")
            try ModelWriter.save(
                to: folder + "/again", configuration: source.configuration,
                tokenizerFrom: source.tokenizerPath,
                tensor: source.tensor(named:))
            #expect(try modelHash(folder + "/again") == first)
            #expect(try modelHash(path) != first)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/model")
            #expect(!files.contains { $0.hasSuffix(".partial") })
        }
    }

    @Test func aRewardModelKeepsItsScoreAndItsLabels() throws {
        let source = try ModelSource.open(Self.folder)
        var configuration = source.configuration
        configuration.architecture = .sequenceClassification
        let score = (0..<configuration.hiddenSize).map { Float($0) / 7 }
        try Self.withFolder { folder in
            try ModelWriter.save(
                to: folder, configuration: configuration, element: .bfloat16, tokenizerFrom: Self.folder
            ) { name in
                name == "score.weight"
                    ? HostTensor(shape: [1, configuration.hiddenSize], floats: score)
                    : try source.tensor(named: name)
            }
            let saved = try ModelSource.open(folder)
            #expect(saved.configuration == configuration)
            let stored = try saved.tensor(named: "score.weight").floats
            for (a, b) in zip(stored, score) { #expect(abs(a - b) <= abs(b) / 256) }
        }
    }

    @Test(arguments: [folder, resources + "/tiny.gguf"])
    func aRewardModelsTokenizerPadsWithTheTokenThatItsConfigurationNames(path: String) throws {
        let source = try ModelSource.open(path)
        var configuration = source.configuration
        configuration.architecture = .sequenceClassification
        let start = try #require(configuration.beginningOfSequence)
        #expect(start != source.configuration.padding)
        configuration.padding = start
        try Self.withFolder { folder in
            try ModelWriter.save(
                to: folder, configuration: configuration, tokenizerFrom: source.tokenizerPath
            ) { name in
                name == "score.weight"
                    ? HostTensor(
                        shape: [1, configuration.hiddenSize],
                        floats: [Float](repeating: 0, count: configuration.hiddenSize))
                    : try source.tensor(named: name)
            }
            let saved = try Data(contentsOf: URL(fileURLWithPath: folder + "/tokenizer_config.json"))
            let tokenizer = try Tokenizer.load(from: folder)
            #expect(try JSONValue(saved)["pad_token"]?.string == tokenizer.token(start))
            #expect(try tokenizer.hash == Tokenizer.load(from: source.tokenizerPath).hash)
        }
    }

    @Test func bfloatRoundsToNearestTiesToEven() {
        // 1 + 2⁻⁸ lies between 1 and 1 + 2⁻⁷: to the even 1; 1 + 3·2⁻⁸ to 1 + 2⁻⁶.
        for (value, expected): (Float, Float) in [
            (1, 1), (1 + 0x1p-8, 1), (1 + 0x1.8p-7, 1 + 0x1p-6), (1.004, 1.0078125), (-3.1415927, -3.140625),
            (.infinity, .infinity), (.greatestFiniteMagnitude, .infinity), (0, 0),
        ] { #expect(Float(bfloat: value.bfloatBits) == expected, "\(value)") }
        #expect(Float(bfloat: Float.nan.bfloatBits).isNaN)
    }

    @Test func aFailedSaveLeavesNoModelBehind() throws {
        let source = try ModelSource.open(Self.folder)
        try Self.withFolder { folder in
            #expect(throws: ModelFileError.self) {
                try ModelWriter.save(
                    to: folder, configuration: source.configuration, tokenizerFrom: Self.folder
                ) {
                    var tensor = try source.tensor(named: $0)
                    if $0.hasSuffix("norm.weight") { tensor = HostTensor(shape: [1], floats: [0]) }
                    return tensor
                }
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!files.contains { $0.contains("safetensors") })
        }
    }

    @Test func whatIsNotALlamaIsRefusedByName() throws {
        let text = try String(contentsOfFile: Self.folder + "/config.json", encoding: .utf8)
        let cases: [(String, String, String)] = [
            (
                #""model_type": "llama""#, #""model_type": "gpt2""#,
                "unknown architecture 'gpt2'; supported: llama"
            ),
            (#""hidden_act": "silu""#, #""hidden_act": "gelu""#, "gelu"),
            (#""rope_theta": 10000.0"#, #""rope_scaling": {"rope_type": "llama3"}"#, "llama3"),
            (#""tie_word_embeddings": true"#, #""attention_bias": true"#, "attention_bias"),
            (#""num_attention_heads": 4"#, #""num_attention_heads": 0"#, "head count"),
            (
                #""hidden_size": 64"#, #""hidden_size": 65"#,
                "tensor 'model.embed_tokens.weight' has the shape"
            ),
            (#""num_hidden_layers": 2"#, #""num_hidden_layers": 3"#, "model.layers.2"),
            (#""num_hidden_layers": 2"#, #""num_hidden_layers": 1"#, "model.layers.1"),
            (#""tie_word_embeddings": true"#, #""eos_token_id": "</s>""#, "'eos_token_id' is no token id"),
            (#""tie_word_embeddings": true"#, #""rope_parameters": 7"#, "'rope_parameters' is no object"),
        ]
        for (old, new, words) in cases {
            try #require(text.contains(old))
            try Self.withFolder { folder in
                for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder)
                where name != "config.json" {
                    try FileManager.default.createSymbolicLink(
                        atPath: folder + "/" + name, withDestinationPath: Self.folder + "/" + name)
                }
                let changed = text.replacingOccurrences(of: old, with: new)
                try Data(changed.utf8).write(to: URL(fileURLWithPath: folder + "/config.json"))
                let error = #expect(throws: ModelFileError.self) { try ModelSource.open(folder) }
                #expect(error?.summary.contains(words) == true, "\(new): \(error?.summary ?? "")")
            }
        }
        let missing = #expect(throws: ModelFileError.self) { try ModelSource.open("/nonexistent") }
        #expect(missing?.category == .inputOutput)
        try Self.withFolder { folder in
            let error = #expect(throws: ModelFileError.self) { try ModelSource.open(folder) }
            #expect(error?.summary == "not a model: the folder has no config.json")
        }
    }

    @Test func anyDamagedSafetensorsHeaderIsReadOrRefusedButNeverACrash() throws {
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: Self.resources + "/dtypes.safetensors")))
        let random = CounterRandom(seed: 2, purpose: .initialization)
        try Self.withFolder { folder in
            let path = folder + "/damaged.safetensors"
            for round in 0..<600 {
                var bytes = whole
                let at = UInt64(round) * 2
                if round < 250 {
                    bytes.removeLast(random.integer(at, below: bytes.count) + 1)
                } else {
                    bytes[random.integer(at, below: 220)] = UInt8(random.integer(at + 1, below: 256))
                }
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                do {
                    let file = try SafetensorsFile(path: path)
                    for entry in file.entries.values { _ = file.tensor(entry) }
                    #expect(round >= 250, "a cut file was taken for whole")
                } catch is ModelFileError {}
            }
        }
    }

    @Test func anIndexThatLeavesTheFolderIsRefused() throws {
        try Self.withFolder { folder in
            try FileManager.default.copyItem(
                atPath: Self.folder + "/config.json", toPath: folder + "/config.json")
            let index = #"{"weight_map": {"model.norm.weight": "../secret.safetensors"}}"#
            try Data(index.utf8).write(to: URL(fileURLWithPath: folder + "/model.safetensors.index.json"))
            let error = #expect(throws: ModelFileError.self) { try ModelSource.open(folder) }
            guard case .malformed = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    /// A folder with `config.json` and one file of the tensors that `change` leaves.
    private static func write(
        to folder: String, _ change: (inout [(name: String, tensor: HostTensor)]) -> Void
    ) throws {
        let source = try ModelSource.open(Self.folder)
        try? FileManager.default.copyItem(
            atPath: Self.folder + "/config.json", toPath: folder + "/config.json")
        var tensors = try source.tensorNames.map { (name: $0, tensor: try source.tensor(named: $0)) }
        change(&tensors)
        try SafetensorsWriter.write(
            to: folder + "/model.safetensors", shapes: tensors.map { ($0.name, $0.tensor.shape) },
            element: .float32, metadata: []
        ) { name in try #require(tensors.first { $0.name == name }).tensor }
    }

    @Test func aHeadThatIsTiedAndAnotherTensorIsRefused() throws {
        try Self.withFolder { folder in
            try Self.write(to: folder) { $0.append(("lm_head.weight", $0[0].tensor)) }
            #expect(try ModelSource.open(folder).configuration.tiesEmbeddings)
            try Self.write(to: folder) {
                var head = $0[0].tensor
                head.floats[17] += 0.25
                $0.append(("lm_head.weight", head))
            }
            let error = #expect(throws: ModelFileError.untiedHead(path: folder)) {
                try ModelSource.open(folder)
            }
            #expect(error?.hint?.contains("tie_word_embeddings") == true)
        }
    }

    @Test func aHeadWithoutTheEmbeddingSaysThatItIsOne() throws {
        try Self.withFolder { folder in
            try Self.write(to: folder) { $0[0].name = "lm_head.weight" }
            let error = #expect(throws: ModelFileError.headAlone(path: folder)) {
                try ModelSource.open(folder)
            }
            #expect(error?.hint?.contains("copy") == false)
        }
    }

    @Test func theOneFileIsTheModelAlsoBesideAnIndex() throws {
        try Self.withFolder { folder in
            for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder) {
                try FileManager.default.copyItem(
                    atPath: Self.folder + "/" + name, toPath: folder + "/" + name)
            }
            let name = "model.norm.weight"
            try Self.write(to: folder) { tensors in
                for index in tensors.indices where tensors[index].name == name {
                    tensors[index].tensor.floats[3] = 42
                }
            }
            #expect(try ModelSource.open(folder).tensor(named: name).floats[3] == 42)
            #expect(try ModelSource.open(Self.folder).tensor(named: name).floats[3] != 42)
        }
    }

    @Test func aPartOfASplitGGUFSaysThatItIsOne() throws {
        func little(_ value: UInt64, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        }
        func text(_ value: String) -> [UInt8] { little(UInt64(value.utf8.count), 8) + Array(value.utf8) }
        var file = Array("GGUF".utf8) + little(3, 4) + little(0, 8) + little(3, 8)
        file += text("general.architecture") + little(8, 4) + text("llama")
        file += text("split.no") + little(2, 4) + little(1, 2)
        file += text("split.count") + little(2, 4) + little(3, 2)
        try Self.withFolder { folder in
            let path = folder + "/part.gguf"
            try Data(file).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: ModelFileError.partOfModel(path: path, part: 2, count: 3)) {
                try ModelSource.open(path)
            }
            #expect(error?.hint?.contains("join the parts") == true)
        }
    }
}
