import AlignData
import Foundation

/// A policy small enough to compute by hand: the next token depends on the last one alone.
struct BigramPolicy: Sampler, LogProbabilityModel {
    static let endOfSequence: TokenID = 6
    static let vocabulary = 7

    var seed: UInt64 = 0
    var contextLength = 64
    var modelID: String { "bigram-\(seed)" }
    /// Called before each prompt; may throw, as an interrupted model does.
    var willSample: () throws -> Void = {}

    /// ln p(next | last), normalized in double precision.
    func logProbabilities(after last: TokenID) -> [Double] {
        let random = CounterRandom(seed: seed, purpose: .initialization, lane: UInt32(last))
        let logits = (0..<BigramPolicy.vocabulary).map { random.normal(UInt64($0)) }
        let normalizer = log(logits.reduce(0) { $0 + exp($1) })
        return logits.map { $0 - normalizer }
    }

    func sample(
        _ prompts: [(id: RecordID, tokens: [TokenID])], configuration: SamplingConfiguration,
        progress: (Int) throws -> Void
    ) throws -> [[SampledCompletion]] {
        try prompts.enumerated().map { index, prompt in
            try willSample()
            try progress(index * configuration.candidates)
            return (0..<configuration.candidates).map { rollout in
                let random = CounterRandom(
                    seed: configuration.seed, purpose: .sampling, record: prompt.id, lane: UInt32(rollout))
                var tokens: [TokenID] = []
                var total = 0.0
                while tokens.count < configuration.maxTokens, tokens.last != BigramPolicy.endOfSequence {
                    let logs = logProbabilities(after: tokens.last ?? prompt.tokens[prompt.tokens.count - 1])
                    var left = random.uniform(UInt64(tokens.count))
                    let token =
                        logs.indices.first {
                            left -= exp(logs[$0]); return left < 0
                        } ?? logs.count - 1
                    tokens.append(TokenID(token))
                    total += logs[token]
                }
                return SampledCompletion(
                    tokens: tokens,
                    finishReason: tokens.last == BigramPolicy.endOfSequence ? .endOfSequence : .length,
                    logProbability: total, sampledLogProbability: total)
            }
        }
    }

    func logProbabilities(of groups: [TokenGroup]) throws -> [[Double]] {
        groups.map { group in
            group.completions.map { completion in
                zip(group.prompt.suffix(1) + completion, completion).reduce(0) { sum, step in
                    sum + logProbabilities(after: step.0)[Int(step.1)]
                }
            }
        }
    }

    /// A tokenizer of six letters and an end of sequence, loaded from files as any other.
    /// - Parameter chatTemplate: a template without quotation marks and line ends.
    static func tokenizer(in folder: TemporaryFolder, chatTemplate: String? = nil) throws -> Tokenizer {
        let path = folder.file("tokenizer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        func write(_ json: String, _ name: String) throws {
            try Data(json.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
        }
        try write(
            """
            {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 5}, "merges": []},
             "added_tokens": [{"id": 6, "content": "</s>", "special": true}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"}}
            """, "tokenizer.json")
        let chat = chatTemplate.map { #", "chat_template": "\#($0)""# } ?? ""
        try write(#"{"eos_token": "</s>"\#(chat)}"#, "tokenizer_config.json")
        return try Tokenizer.load(from: path)
    }
}

/// Rewards a completion by the share of the letter a in it, so that rewards tie now and then.
struct LetterScorer: RewardScorer {
    var scorerID = "letters"
    var vocabulary = ScorerVocabulary.size(BigramPolicy.vocabulary)
    var broken: Double?
    var contextLength: Int?

    func rewards(for groups: [RewardQuestions]) throws -> [[Double]] {
        groups.map { group in
            group.tokens.completions.map { completion in
                broken ?? Double(completion.count { $0 == 0 }) / Double(completion.count)
            }
        }
    }
}

/// Rewards a completion by its number of tokens.
struct LengthScorer: RewardScorer {
    var scorerID: String { "length" }
    var vocabulary: ScorerVocabulary { .size(BigramPolicy.vocabulary) }

    func rewards(for groups: [RewardQuestions]) throws -> [[Double]] {
        groups.map { $0.completions.map { Double($0.tokens.count) } }
    }
}
