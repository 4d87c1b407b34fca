import AlignData
import Foundation
import Testing

@testable import TorchLM

/// What scripts/parity/model.py computed with transformers, and the same of our models.
struct ParityGoldens {
    static let model = ProcessInfo.processInfo.environment["ALIGN_DATA_MODEL"]
    static let folder = ProcessInfo.processInfo.environment["ALIGN_DATA_PARITY"]

    struct Content: Decodable {
        var prompts: [[TokenID]]
        var greedy: [[TokenID]]
        var completions: [[[TokenID]]]
        var tokenLogProbabilities: [[[Double]]]
    }

    let folder: String
    let content: Content
    private let tensors: SafetensorsFile

    init(folder: String) throws {
        self.folder = folder
        content = try JSONDecoder().decode(
            Content.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/goldens.json")))
        tensors = try SafetensorsFile(path: folder + "/goldens.safetensors")
    }

    var groups: [TokenGroup] {
        zip(content.prompts, content.completions).map { TokenGroup(prompt: $0, completions: $1) }
    }

    func tensor(named name: String) throws -> HostTensor {
        tensors.tensor(try #require(tensors.entries[name]))
    }

    /// The tensors of goldens.safetensors as `model` computes them, in an order of their own.
    func logits(of model: LanguageModel) throws -> [(name: String, tensor: HostTensor)] {
        let transformer = try model.transformer()
        guard case .plain(let head) = transformer.weights.head else { return [] }
        let torch = transformer.torch
        let vocabulary = transformer.configuration.vocabularySize
        return try torch.recordingGradients(false) {
            try content.prompts.enumerated().flatMap { index, prompt in
                let packed = try PackedGroups(
                    [TokenGroup(prompt: prompt, completions: [])], keepsLastToken: false)
                let hidden = try transformer.hiddenStates(of: packed)
                let columnCount = try tensor(named: "columns.\(index)").shape[1]
                let following = prompt.dropFirst().map(Int64.init) + [Int64(content.greedy[index][0])]
                let next = try hidden.tokenLogProbabilities(
                    head, targets: Tensor.integers(following, on: torch), chunk: 512)
                let logits = try hidden.linear(head).floats()
                let columns = prompt.indices.flatMap { row in
                    (0..<columnCount).map { logits[row * vocabulary + $0 * vocabulary / columnCount] }
                }
                return [
                    ("last.\(index)", HostTensor(shape: [vocabulary], floats: logits.suffix(vocabulary))),
                    (
                        "columns.\(index)",
                        HostTensor(shape: [prompt.count, columnCount], floats: columns)
                    ),
                    ("next.\(index)", HostTensor(shape: [prompt.count], floats: try next.floats())),
                ]
            }
        }
    }

    /// ln π of every completion token, in order.
    func tokenLogProbabilities(of model: LanguageModel) throws -> [Double] {
        let transformer = try model.transformer()
        return try transformer.torch.recordingGradients(false) {
            try groups.flatMap {
                let packed = try PackedGroups([$0], keepsLastToken: false)
                return try transformer.tokenLogProbabilities(of: packed).floats().map(Double.init)
            }
        }
    }

    /// Adds a line to the table of differences (see scripts/parity/report.py).
    /// - Returns: the largest difference.
    func report(
        _ model: String, _ quantity: String, _ differences: [Double], limit: Double?
    ) throws -> Double {
        let source = model.hasSuffix(".gguf") ? "GGUF" : "folder"
        let largest =
            differences.contains { $0.isNaN } ? .infinity : differences.max() ?? .infinity
        let mean = differences.reduce(0, +) / Double(max(1, differences.count))
        let fields = [
            source, quantity, "\(differences.count)", String(format: "%.3g", largest),
            String(format: "%.3g", mean), limit.map { String(format: "%g", $0) } ?? "",
        ]
        let path = folder + "/measured.tsv"
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data((fields.joined(separator: "\t") + "\n").utf8))
        return largest
    }
}
