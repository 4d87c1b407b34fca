import AlignData
import Foundation

/// A model on disk: its configuration, its tensors under their Hugging Face names, and where its tokenizer
/// is. The weights are mapped, and read only when asked for.
public final class ModelSource: Sendable {
    public let path: String
    public let configuration: ModelConfiguration
    /// For `Tokenizer.load(from:)`: the GGUF itself, or the folder.
    public let tokenizerPath: String

    private enum Storage: Sendable {
        case gguf(GGUFFile)
        /// By tensor name, the file that holds it.
        case safetensors([String: SafetensorsFile])
    }
    private let storage: Storage

    /// Opens a `.gguf` file or a Hugging Face folder, and checks that every tensor of the configuration is
    /// there in its shape, and no other.
    /// - Throws: `ModelFileError`, `GGUFError`.
    public static func open(_ path: String) throws -> ModelSource { try ModelSource(path) }

    private init(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ModelFileError.unreadable(path: path, reason: "there is no such file or folder")
        }
        self.path = path
        tokenizerPath = path
        if isFolder.boolValue {
            configuration = try Self.configuration(folder: path)
            storage = .safetensors(try Self.safetensors(folder: path))
        } else {
            let file = try GGUFFile(path: path)
            if let count = file.metadata["split.count"]?.integer, count > 1 {
                let part = (file.metadata["split.no"]?.integer ?? 0) &+ 1
                throw ModelFileError.partOfModel(path: path, part: part, count: count)
            }
            configuration = try ModelConfiguration(gguf: file)
            storage = .gguf(file)
        }
        try checkTensors()
    }

    /// Every tensor, in the order of `ModelConfiguration.tensorShapes`.
    public var tensorNames: [String] { configuration.tensorShapes.map(\.name) }

    /// A tensor as fp32 in Hugging Face's layout: the rotary rows of queries and keys in two halves.
    /// - Throws: `ModelFileError.missingTensor`; `ModelFileError.notFinite`.
    public func tensor(named name: String) throws -> HostTensor {
        let tensor = try stored(name)
        guard tensor.isFinite else { throw ModelFileError.notFinite(path: path, name: name) }
        return tensor
    }

    private func stored(_ name: String) throws -> HostTensor {
        switch storage {
        case .safetensors(let files):
            guard let file = files[name], let entry = file.entries[name] else {
                throw ModelFileError.missingTensor(path: path, name: name)
            }
            return file.tensor(entry)
        case .gguf(let file):
            guard let stored = GGUFTensorNames.stored(name), let tensor = file.tensor(named: stored) else {
                throw ModelFileError.missingTensor(path: path, name: name)
            }
            var floats = file.withBytes(of: tensor) {
                Dequantization.floats($0, type: tensor.type, count: tensor.elementCount)
            }
            if name.hasSuffix(".q_proj.weight") || name.hasSuffix(".k_proj.weight") {
                floats = Self.inHalves(
                    floats, columns: configuration.hiddenSize, headDimension: configuration.headDimension)
            }
            return HostTensor(shape: tensor.dimensions.reversed(), floats: floats)
        }
    }

    /// GGUF stores the two rotary halves of each head row by row in turns; Hugging Face one half after the
    /// other.
    private static func inHalves(_ rows: [Float], columns: Int, headDimension: Int) -> [Float] {
        let half = headDimension / 2
        return [Float](unsafeUninitializedCapacity: rows.count) { output, initialized in
            rows.withUnsafeBufferPointer { rows in
                for row in 0..<(rows.count / columns) {
                    let head = row / headDimension
                    let within = row % headDimension
                    let from = head * headDimension + within % half * 2 + within / half
                    let source = UnsafeBufferPointer(rebasing: rows[from * columns..<(from + 1) * columns])
                    _ = UnsafeMutableBufferPointer(rebasing: output[row * columns..<(row + 1) * columns])
                        .initialize(from: source)
                }
            }
            initialized = rows.count
        }
    }
}

extension ModelSource {
    private static func configuration(folder: String) throws -> ModelConfiguration {
        let path = folder + "/config.json"
        guard FileManager.default.fileExists(atPath: path) else {
            let isAdapter = FileManager.default.fileExists(atPath: folder + "/adapter_config.json")
            throw ModelFileError.notAModel(
                path: folder,
                reason: isAdapter
                    ? "the folder holds an adapter alone; train with --merge for a whole model"
                    : "the folder has no config.json")
        }
        var configuration = try ModelConfiguration(huggingFace: json(path), path: path)
        let generation = folder + "/generation_config.json"
        if FileManager.default.fileExists(atPath: generation) {
            configuration.readGeneration(try json(generation))
        }
        return configuration
    }

    private static func json(_ path: String) throws -> JSONValue {
        let file: MappedBytes
        do { file = try MappedBytes(path: path) } catch {
            throw ModelFileError.unreadable(path: path, reason: error.reason)
        }
        defer { withExtendedLifetime(file) {} }
        do { return try JSONValue(file.bytes) } catch {
            throw ModelFileError.malformed(
                path: path, what: "not JSON: \(error.what) at byte \(error.offset)")
        }
    }

    /// The file of each tensor: one `model.safetensors`, or the shards that the index names. Where a folder has both,
    /// the one file is the model, as in transformers.
    private static func safetensors(folder: String) throws -> [String: SafetensorsFile] {
        let single = folder + "/model.safetensors"
        if FileManager.default.fileExists(atPath: single) {
            let file = try SafetensorsFile(path: single)
            return file.entries.mapValues { _ in file }
        }
        let index = folder + "/model.safetensors.index.json"
        if FileManager.default.fileExists(atPath: index) {
            guard let map = try json(index)["weight_map"]?.members else {
                throw ModelFileError.malformed(path: index, what: "it has no weight_map")
            }
            var files: [String: SafetensorsFile] = [:]
            var tensors: [String: SafetensorsFile] = [:]
            for (tensor, value) in map {
                guard let name = value.string, !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
                    throw ModelFileError.malformed(
                        path: index, what: "tensor '\(tensor)' lies in no file of the folder")
                }
                let file = try files[name] ?? SafetensorsFile(path: folder + "/" + name)
                files[name] = file
                guard file.entries[tensor] != nil else {
                    throw ModelFileError.missingTensor(path: folder + "/" + name, name: tensor)
                }
                tensors[tensor] = file
            }
            return tensors
        }
        throw ModelFileError.notAModel(path: folder, reason: "the folder has no model.safetensors")
    }

    /// The stored shape of every tensor, under its Hugging Face name; nil for one that Hugging Face has no
    /// name for.
    private var storedShapes: [(stored: String, name: String?, shape: [Int])] {
        switch storage {
        case .gguf(let file):
            file.tensors.map { ($0.name, GGUFTensorNames.huggingFace($0.name), $0.dimensions.reversed()) }
        case .safetensors(let files):
            files.compactMap { name, file in file.entries[name].map { (name, name, $0.shape) } }
        }
    }

    private func checkTensors() throws {
        var missing: [String: [Int]] = [:]
        for (name, shape) in configuration.tensorShapes { missing[name] = shape }
        for (stored, name, shape) in storedShapes.sorted(by: { $0.stored < $1.stored }) {
            guard let name, let expected = missing.removeValue(forKey: name) else {
                if Self.isRedundant(stored, configuration) { continue }
                throw ModelFileError.unsupported(path: path, feature: "the tensor '\(stored)'")
            }
            guard shape == expected else {
                throw ModelFileError.wrongShape(path: path, name: stored, found: shape, expected: expected)
            }
        }
        let holdsHead = storedShapes.contains { $0.name == Self.head }
        if missing[Self.embedding] != nil, holdsHead, configuration.tiesEmbeddings {
            throw ModelFileError.headAlone(path: path)
        }
        if let name = missing.keys.min() { throw ModelFileError.missingTensor(path: path, name: name) }
        if configuration.architecture == .causalLM, holdsHead, configuration.tiesEmbeddings,
            try !holdSameNumbers(Self.head, Self.embedding)
        {
            throw ModelFileError.untiedHead(path: path)
        }
    }

    private func holdSameNumbers(_ a: String, _ b: String) throws -> Bool {
        if case .safetensors(let files) = storage, let file = files[a], let other = files[b],
            let same = file.holdsSameBytes(a, as: b, in: other)
        {
            return same
        }
        return try stored(a).floats == stored(b).floats
    }

    private static let head = "lm_head.weight"
    private static let embedding = "model.embed_tokens.weight"

    /// Tensors that some converters write although they follow from the rest.
    private static func isRedundant(_ name: String, _ configuration: ModelConfiguration) -> Bool {
        name.hasSuffix("rotary_emb.inv_freq") || (name == head && configuration.tiesEmbeddings)
    }
}
