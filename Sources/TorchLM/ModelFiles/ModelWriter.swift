import AlignData
import Foundation

/// Writes a Hugging Face folder that transformers loads.
public struct ModelWriter {
    /// Writes `config.json`, `generation_config.json`, `tokenizer.json`, `tokenizer_config.json` and last
    /// `model.safetensors`; each is written aside, flushed to the disk and renamed, so a folder with
    /// `model.safetensors` is a whole model.
    /// - Parameters:
    ///   - folder: made where it does not exist.
    ///   - tokenizerPath: a GGUF, or a Hugging Face folder whose tokenizer files are copied.
    ///   - tensor: gives each tensor of `configuration.tensorShapes`, asked for once and in that order.
    /// - Throws: `ModelFileError`, `FileError`, and what `tensor` throws.
    public static func save(
        to folder: String, configuration: ModelConfiguration, element: TensorElement = .float32,
        tokenizerFrom tokenizerPath: String, tensor: (_ name: String) throws -> HostTensor
    ) throws {
        try Files.makeFolder(folder)
        try configuration.check(path: folder)
        for (name, contents) in try tokenizerFiles(tokenizerPath) {
            let contents = try padded(contents, of: name, configuration, tokenizerPath: tokenizerPath)
            try writeFile(name, in: folder) { try $0.write(contents) }
        }
        let generation = JSONValue.members([
            "_from_model_config": .bool(true),
            "bos_token_id": configuration.beginningOfSequence.map { .integer(Int($0)) },
            "eos_token_id": configuration.endsJSON,
            "pad_token_id": configuration.padding.map { .integer(Int($0)) },
        ])
        try writeFile("generation_config.json", in: folder) { try $0.write(generation.serialized()) }
        try writeFile("config.json", in: folder) {
            try $0.write(configuration.huggingFace(dtype: element.rawValue).serialized())
        }
        try SafetensorsWriter.write(
            to: folder + "/model.safetensors", shapes: configuration.tensorShapes, element: element,
            metadata: [("format", "pt")], tensor: tensor)
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

    /// A tokenizer's file that pads with the token that the configuration says. transformers reads a reward
    /// before the padding of `config.json`: a batch that the tokenizer padded with another token is read at
    /// the padding.
    private static func padded(
        _ contents: [UInt8], of name: String, _ configuration: ModelConfiguration, tokenizerPath: String
    ) throws -> [UInt8] {
        guard configuration.architecture == .sequenceClassification, let padding = configuration.padding,
            ["tokenizer_config.json", "special_tokens_map.json"].contains(name)
        else { return contents }
        var members: [(key: String, value: JSONValue)]
        do { members = try JSONValue(contents).members ?? [] } catch {
            throw ModelFileError.malformed(
                path: tokenizerPath + "/" + name, what: "not JSON: \(error.what) at byte \(error.offset)")
        }
        members.removeAll { $0.key == "pad_token" }
        members.append(("pad_token", .string(try Tokenizer.load(from: tokenizerPath).token(padding))))
        return JSONValue.object(members).serialized()
    }

    static func writeFile(_ name: String, in folder: String, _ body: (PartialFile) throws -> Void) throws {
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
