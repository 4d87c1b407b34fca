import AlignData
import ArgumentParser
import CoPGTrain
import Foundation
import TorchLM

/// No measurement: the numbers that the engine computes from a model, as JSON, for groups of many lengths. A test compares
/// them between processes that were given other instruction sets.
struct NumbersRow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "numbers")

    @Option(help: "A small language model.")
    var model: String

    /// By "float32/1 thread/prompt 7/completion 2".
    private struct Numbers: Encodable {
        var instructionSet: String
        /// ln π of two completions.
        var logProbabilities: [String: [Double]] = [:]
        /// The norm of their gradient.
        var gradients: [String: Double] = [:]
        /// ln π of two drawn completions: as drawing found it, and by the pass that training uses.
        var drawn: [String: [[Double]]] = [:]
    }

    func run() throws {
        let torch = try TorchBackend.shared()
        let vocabulary = try ModelSource.open(model).configuration.vocabularySize
        let random = CounterRandom(seed: 0, purpose: .sampling)
        func tokens(_ count: Int, _ place: Int) -> [TokenID] {
            (0..<count).map {
                let drawn = 5 + random.integer(UInt64(place * 7919 + $0), below: 48_995)
                return TokenID(3 + drawn % (vocabulary - 3))
            }
        }
        var numbers = Numbers(instructionSet: torch.instructionSet)
        for precision in Precision.allCases {
            let policy = try LanguageModel.load(path: model, precision: precision)
            for threads in [1, 2] {
                torch.threads = threads
                let trainer = try TrainablePolicy(
                    path: model, precision: precision, optimizer: OptimizerConfiguration())
                for prompt in [1, 2, 3, 7, 15, 16, 17, 63, 64, 65] {
                    for length in [1, 2, 47] {
                        let key = "\(precision)/\(threads) threads/prompt \(prompt)/completion \(length)"
                        let group = TokenGroup(
                            prompt: tokens(prompt, 2 * prompt),
                            completions: [tokens(length, length), tokens(length, length + 1)])
                        numbers.logProbabilities[key] = try policy.logProbabilities(of: [group])[0]
                        try trainer.accumulateGradient(of: [group]) { $0.map { $0.map { _ in 1 } } }
                        numbers.gradients[key] = try trainer.step(learningRate: 0, maximumGradientNorm: nil)
                        // Long ones of two prompts: a step of drawing is the same for all.
                        if length <= 2 || [17, 64].contains(prompt) {
                            numbers.drawn[key] = try drawn(by: policy, group, length)
                        }
                    }
                }
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        print(String(decoding: try encoder.encode(numbers), as: UTF8.self))
    }

    private func drawn(by policy: LanguageModel, _ group: TokenGroup, _ length: Int) throws -> [[Double]] {
        var how = SamplingConfiguration()
        how.candidates = 2
        how.maxTokens = length
        let prompt = (id: RecordID(kind: "prompt", ["numbers"]), tokens: group.prompt)
        let drawn = try policy.sample([prompt], configuration: how) { _ in }[0]
        let again = try policy.logProbabilities(of: [
            TokenGroup(prompt: group.prompt, completions: drawn.map(\.tokens))
        ])[0]
        return zip(drawn, again).map { [$0.logProbability, $1] }
    }
}
