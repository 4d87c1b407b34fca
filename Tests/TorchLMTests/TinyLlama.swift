import AlignData
import Foundation
import Testing

@testable import TorchLM

/// The random two-layer model of Resources/tiny-llama and what PyTorch computed of it; see
/// scripts/goldens/tiny_llama.py.
struct TinyLlama {
    struct Golden: Decodable {
        struct Group: Decodable {
            var prompt: [TokenID]
            var completions: [[TokenID]]
        }

        struct CoPG: Decodable {
            struct Step: Decodable {
                var loss: Double
                var gradientNorm: Double
                var gradientSums: [String: Double]
                var gradients: [String: [Float]]
                var weights: [String: [Float]]
            }

            var beta: Double
            var rewards: [[Double]]
            var steps: [Step]
        }

        var groups: [Group]
        var logProbabilities: [[Double]]
        var logits: [[Float]]
        var greedy: [TokenID]
        var rewards: [[Double]]
        var copg: CoPG
    }

    let golden: Golden
    let policyPath: String
    let rewardPath: String

    init() throws {
        let resources = Bundle.module.bundleURL.appendingPathComponent("Resources/tiny-llama")
        let text = try Data(contentsOf: resources.appendingPathComponent("golden.json"))
        golden = try JSONDecoder().decode(Golden.self, from: text)
        policyPath = resources.appendingPathComponent("policy").path
        rewardPath = resources.appendingPathComponent("reward").path
    }

    var groups: [TokenGroup] {
        golden.groups.map { TokenGroup(prompt: $0.prompt, completions: $0.completions) }
    }

    /// The golden groups in turn, scored, with all pairs among their completions.
    /// - Parameter reward: of a group's completion.
    func scoredGroups(_ count: Int, reward: (_ group: Int, _ completion: Int) -> Double) -> [CandidateGroup] {
        (0..<count).map { index in
            let group = golden.groups[index % golden.groups.count]
            return CandidateGroup(
                promptID: RecordID(kind: "prompt", ["\(index)"]), promptTokens: group.prompt,
                candidates: group.completions.indices.map { k in
                    Candidate(
                        id: RecordID(kind: "completion", ["\(index)", "\(k)"]), tokens: group.completions[k],
                        finishReason: .length, reward: reward(index, k),
                        referenceLogProbability: golden.logProbabilities[index % golden.groups.count][k])
                }, pairs: CompletionPair.all(of: group.completions.count))
        }
    }

    func policy(_ precision: Precision = .float32) throws -> LanguageModel {
        try LanguageModel.load(path: policyPath, precision: precision)
    }
}

/// The largest absolute difference of two tables of the same shape.
func largestDifference(_ a: [[Double]], _ b: [[Double]]) -> Double {
    zip(a, b).flatMap { zip($0, $1).map { abs($0 - $1) } }.max() ?? 0
}
