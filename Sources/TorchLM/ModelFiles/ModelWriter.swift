import AlignData
import Foundation

/// Writes a Hugging Face folder that transformers loads.
public struct ModelWriter {
    /// How the numbers are stored.
    public enum Element: String, Sendable {
        case float32, bfloat16

        fileprivate var code: String { self == .float32 ? "F32" : "BF16" }
        fileprivate var byteCount: Int { self == .float32 ? 4 : 2 }
    }

    /// Writes `config.json`, `generation_config.json`, `tokenizer.json`, `tokenizer_config.json` and last
    /// `model.safetensors`; each is written aside, flushed to the disk and renamed, so a folder with
    /// `model.safetensors` is a whole model.
    /// - Parameters:
    ///   - folder: made where it does not exist.
    ///   - tokenizerPath: a GGUF, or a Hugging Face folder whose tokenizer files are copied.
    ///   - tensor: gives each tensor of `configuration.tensorShapes`, asked for once and in that order.
    /// - Throws: `ModelFileError`, and what `tensor` throws.
    public static func save(
        to folder: String, configuration: ModelConfiguration, element: Element = .float32,
        tokenizerFrom tokenizerPath: String, tensor: (_ name: String) throws -> HostTensor
    ) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw ModelFileError.unwritable(path: folder, reason: "the folder cannot be made")
        }
        try configuration.check(path: folder)
        for (name, contents) in try tokenizerFiles(tokenizerPath) {
            try write(folder, name) { try $0.write(contents) }
        }
        let generation = JSONTree.members([
            "_from_model_config": .bool(true),
            "bos_token_id": configuration.beginningOfSequence.map { .integer(Int($0)) },
            "eos_token_id": configuration.endOfSequence.map { .integer(Int($0)) },
            "pad_token_id": configuration.padding.map { .integer(Int($0)) },
        ])
        try write(folder, "generation_config.json") { try $0.write(generation.serialized()) }
        try write(folder, "config.json") {
            try $0.write(configuration.huggingFace(dtype: element.rawValue).serialized())
        }
        try write(folder, "model.safetensors") { file in
            try file.write(header(configuration, element))
            for (name, shape) in configuration.tensorShapes {
                let tensor = try tensor(name)
                guard tensor.shape == shape else {
                    throw ModelFileError.wrongShape(
                        path: folder, name: name, found: tensor.shape, expected: shape)
                }
                try write(tensor.floats, as: element, to: file)
            }
        }
    }

    /// The safetensors header with its length, padded with blanks so that the data is aligned to 8 bytes.
    private static func header(_ configuration: ModelConfiguration, _ element: Element) -> [UInt8] {
        var members: [(name: String, value: JSONTree)] = [
            ("__metadata__", .members(["format": .string("pt")]))
        ]
        var offset = 0
        for (name, shape) in configuration.tensorShapes {
            let end = offset + shape.reduce(element.byteCount, *)
            members.append(
                (
                    name,
                    .members([
                        "dtype": .string(element.code), "shape": .array(shape.map { .integer($0) }),
                        "data_offsets": .array([.integer(offset), .integer(end)]),
                    ])
                ))
            offset = end
        }
        var text = JSONTree.object(members).serialized()
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }

    private static func write(_ floats: [Float], as element: Element, to file: PartialFile) throws {
        switch element {
        case .float32: try floats.withUnsafeBytes { try file.write($0) }
        case .bfloat16: try floats.map { $0.bfloatBits.littleEndian }.withUnsafeBytes { try file.write($0) }
        }
    }

    /// The tokenizer's files: those of a Hugging Face folder as they are, or made from a GGUF's vocabulary.
    private static func tokenizerFiles(_ path: String) throws -> [(name: String, contents: [UInt8])] {
        let names = [
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
            "chat_template.jinja",
        ]
        guard FileManager.default.fileExists(atPath: path + "/tokenizer.json") else {
            return try Tokenizer.load(from: path).huggingFaceFiles()
        }
        return try names.compactMap { name in
            let source = path + "/" + name
            guard FileManager.default.fileExists(atPath: source) else { return nil }
            do { return (name, Array(try Data(contentsOf: URL(fileURLWithPath: source)))) } catch {
                throw ModelFileError.unreadable(path: source, reason: "the tokenizer's file cannot be read")
            }
        }
    }

    private static func write(_ folder: String, _ name: String, _ body: (PartialFile) throws -> Void) throws {
        let file = try PartialFile(path: folder + "/" + name)
        do {
            try body(file)
            try file.commit()
        } catch {
            file.discard()
            throw error
        }
    }
}
