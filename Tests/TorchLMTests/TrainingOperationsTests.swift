import AlignData
import Testing

@testable import TorchLM

@Suite struct TrainingOperationsTests {
    /// Counted by hand: layers of 2 heads of width 2 with one key head, D = 4, F = 3, V = 5.
    @Test func everyProductIsCountedOnce() {
        let model = ModelConfiguration(
            hiddenSize: 4, intermediateSize: 3, layerCount: 2, headCount: 2, keyValueHeadCount: 1,
            headDimension: 2, vocabularySize: 5, maxPositions: 8)
        let group = TokenGroup(prompt: [0, 1, 2], completions: [[3, 4], [1]])
        // q and output 4·4 each, k and v 2·4 each, three matrices of 3·4: 84 weights a layer; 4 tokens go through.
        let weights = 2 * 84 * 2 * 4
        // 1 + 2 + 3 keys of the prompt, 4 of the completion's first token.
        let attention = 2 * 4 * 2 * 2 * (6 + 4)
        // Three tokens are predicted.
        let vocabulary = 2 * 5 * 4 * 3
        #expect(model.trainingOperations(of: [group]) == Double(3 * (weights + attention + vocabulary)))
    }
}
