import AlignData

/// Draws K completions for each of some prompts: the prompts run once, then all sequences step together.
///
/// The keys and values of a prompt are stored once and shared by its completions; those of the completions go into
/// caches of fixed room. Sequences that ended are taken out once they are a quarter of the batch.
final class BatchSampler {
    private let transformer: Transformer
    private let decoder: Transformer
    private let endsOfSequence: Set<Int64>
    private let drawable: [Int64]?
    private let prompts: [(id: RecordID, tokens: [TokenID])]
    private let how: SamplingConfiguration

    /// Caches by layer: prompts [B, kv, longest, d]; own [S, kv, room, d].
    private var promptKeys: [Tensor] = []
    private var promptValues: [Tensor] = []
    private var ownKeys: [Tensor] = []
    private var ownValues: [Tensor] = []

    /// One sequence that is still being written, and where it stands in the batch.
    private struct Sequence {
        let prompt: Int
        let rollout: Int
        let random: CounterRandom
        var tokens: [TokenID] = []
        var raw = 0.0
        var sampled = 0.0
        var ended = false
    }

    private var sequences: [Sequence]
    private var finished: [[SampledCompletion?]]
    private var rowsOfPrompt: [Int64]
    private var promptLengths: [Int64]

    init(
        transformer: Transformer, decodingWeights: TransformerWeights, endsOfSequence: Set<Int64>,
        drawable: [Int64]?,
        prompts: [(id: RecordID, tokens: [TokenID])], configuration: SamplingConfiguration
    ) throws {
        self.transformer = transformer
        decoder = Transformer(
            configuration: transformer.configuration, compute: transformer.compute, weights: decodingWeights,
            torch: transformer.torch)
        self.endsOfSequence = endsOfSequence
        self.drawable = drawable
        self.prompts = prompts
        how = configuration
        let k = configuration.candidates
        sequences = prompts.indices.flatMap { prompt in
            (0..<k).map { rollout in
                Sequence(
                    prompt: prompt, rollout: rollout,
                    random: CounterRandom(
                        seed: configuration.seed, purpose: .sampling, record: prompts[prompt].id,
                        lane: UInt32(rollout)))
            }
        }
        finished = Array(repeating: Array(repeating: nil, count: k), count: prompts.count)
        rowsOfPrompt = Array(repeating: Int64(k), count: prompts.count)
        promptLengths = prompts.map { Int64($0.tokens.count) }
    }

    /// - Parameter progress: told how many completions are finished.
    func run(progress: (Int) throws -> Void) throws -> [[SampledCompletion]] {
        guard !prompts.isEmpty else { return [] }
        var logits = try prefill()
        for step in 0..<how.maxTokens {
            try draw(from: logits, step: step)
            let last = step + 1 == how.maxTokens
            retire(all: last)
            try progress(prompts.count * how.candidates - sequences.lazy.filter { !$0.ended }.count)
            if sequences.allSatisfy(\.ended) { break }
            try compact()
            logits = try decode(step: step)
        }
        return finished.map { $0.compactMap { $0 } }
    }

    /// Runs every prompt once and fills the prompt caches. → logits for the first token [S, V].
    private func prefill() throws -> Tensor {
        let c = transformer.configuration
        let longest = Int(promptLengths.max() ?? 0)
        let packed = try PackedGroups(
            prompts.map { TokenGroup(prompt: $0.tokens, completions: []) }, keepsLastToken: false)
        let promptShape = [prompts.count, c.keyValueHeadCount, longest, c.headDimension]
        let ownShape = [sequences.count, c.keyValueHeadCount, how.maxTokens, c.headDimension]
        func caches(_ shape: [Int]) throws -> [Tensor] {
            try (0..<c.layerCount).map { _ in
                try Tensor.zeros(shape, as: transformer.compute, on: transformer.torch)
            }
        }
        promptKeys = try caches(promptShape)
        promptValues = try caches(promptShape)
        ownKeys = try caches(ownShape)
        ownValues = try caches(ownShape)
        let hidden = try transformer.hiddenStates(tokens: packed.tokens, positions: packed.positions) {
            layer, q, k, v in
            try promptKeys[layer].fillPromptCache(k, lengths: promptLengths)
            try promptValues[layer].fillPromptCache(v, lengths: promptLengths)
            return try q.sharedPrefixAttention(k, v, groups: packed.lengths)
        }
        var end: Int64 = -1
        let lastRows = promptLengths.map { length in
            end += length
            return end
        }
        let logits = try projected(hidden.selecting(Tensor.integers(lastRows, on: transformer.torch)))
        return try logits.selecting(
            Tensor.integers(sequences.map { Int64($0.prompt) }, on: transformer.torch))
    }

    private func projected(_ hidden: Tensor) throws -> Tensor {
        guard let head = decoder.weights.head else { throw ModelRoleError.noHead }
        return try head(hidden)
    }

    private func draw(from logits: Tensor, step: Int) throws {
        let uniforms = sequences.map { $0.random.uniform(UInt64(step)) }
        let drawn = try logits.sampleRows(
            uniforms: uniforms, temperature: how.temperature, topP: how.topP, topK: how.topK,
            drawable: drawable)
        for row in sequences.indices where !sequences[row].ended {
            sequences[row].tokens.append(TokenID(drawn.ids[row]))
            sequences[row].raw += drawn.raw[row]
            sequences[row].sampled += drawn.sampled[row]
        }
    }

    /// Takes down what has ended: by itself, or (`all`) because the room is used up.
    private func retire(all: Bool) {
        for row in sequences.indices where !sequences[row].ended {
            let sequence = sequences[row]
            let byItself = sequence.tokens.last.map { endsOfSequence.contains(Int64($0)) } ?? false
            guard byItself || all else { continue }
            sequences[row].ended = true
            finished[sequence.prompt][sequence.rollout] = SampledCompletion(
                tokens: sequence.tokens, finishReason: byItself ? .endOfSequence : .length,
                logProbability: sequence.raw, sampledLogProbability: sequence.sampled)
        }
    }

    /// Takes ended sequences out of the batch once they are a quarter of it.
    private func compact() throws {
        let kept = sequences.indices.filter { !sequences[$0].ended }
        guard kept.count * 4 <= sequences.count * 3 else { return }
        let rows = try Tensor.integers(kept.map(Int64.init), on: transformer.torch)
        ownKeys = try ownKeys.map { try $0.selecting(rows) }
        ownValues = try ownValues.map { try $0.selecting(rows) }
        sequences = kept.map { sequences[$0] }
        rowsOfPrompt = Array(repeating: 0, count: prompts.count)
        for sequence in sequences { rowsOfPrompt[sequence.prompt] += 1 }
    }

    /// Feeds the tokens drawn at `step` → logits for the next [S, V].
    private func decode(step: Int) throws -> Tensor {
        let tokens = sequences.map { Int64($0.tokens.last ?? 0) }
        let positions = sequences.map { promptLengths[$0.prompt] + Int64(step) }
        let hidden = try decoder.hiddenStates(tokens: tokens, positions: positions) { layer, q, k, v in
            try ownKeys[layer].appendCache(k, at: step)
            try ownValues[layer].appendCache(v, at: step)
            return try q.decodeAttention(
                promptKeys: promptKeys[layer], promptValues: promptValues[layer],
                promptLengths: promptLengths,
                rowsOfPrompt: rowsOfPrompt, ownKeys: ownKeys[layer], ownValues: ownValues[layer],
                filled: step + 1)
        }
        return try projected(hidden)
    }
}
