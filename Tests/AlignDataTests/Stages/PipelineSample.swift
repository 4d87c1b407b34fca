import AlignData
import Foundation

/// A small corpus and the stages over it, in one temporary folder.
struct PipelineSample {
    let folder: TemporaryFolder
    let tokenizer: Tokenizer
    var corpus: String { folder.file("corpus") }

    /// - Parameter splits: of the prompts, shard by shard.
    init(splits: [[Split]] = PipelineSample.splits) throws {
        folder = try TemporaryFolder()
        tokenizer = try BigramPolicy.tokenizer(in: folder)
        let writer = try ShardSetWriter(
            output: corpus, kind: .corpus, stage: "ingest", configuration: ShardSamples.Configuration(),
            seed: 0,
            facts: ["tokenizer": tokenizer.hash],
            inputs: [.init(role: "source", name: "posts.jsonl", sha256: "00")])
        var next = 0
        for (index, splits) in splits.enumerated() {
            try writer.write(shard: index) { shard in
                var counts = StageCounts()
                for split in splits {
                    let prompt = PipelineSample.prompt(next, split)
                    try shard.insert(
                        document: SourceRecord(
                            document: prompt.text, split: split, provenance: prompt.provenance),
                        id: prompt.documentID)
                    try shard.insert(prompt: prompt)
                    counts.recordsIn += 1
                    counts.recordsOut += 1
                    next += 1
                }
                return counts
            }
        }
        _ = try writer.finish()
    }

    /// 23 prompts in three shards: 15 train, 6 validation, 2 test.
    static let splits: [[Split]] = [
        Array(repeating: .train, count: 7) + [.validation, .test],
        [.validation, .train, .validation, .train, .train, .train, .train],
        [.validation, .train, .train, .train, .test, .validation, .validation],
    ]

    static func prompt(_ i: Int, _ split: Split) -> Prompt {
        let tokens = (0...(i % 4 + 1)).map { TokenID(($0 + i) % 6) }
        return Prompt(
            id: RecordID(kind: "prompt", ["\(i)"]), documentID: RecordID(kind: "document", ["\(i)"]),
            split: split,
            text: tokens.map { String("abcdef".dropFirst(Int($0)).prefix(1)) }.joined(), tokens: tokens,
            references: [ReferenceSummary(text: "ab", tokens: [0, 1])], sourceID: "post-\(i + 1)",
            extra: ["topic": "letters"],
            provenance: Provenance(source: "posts.jsonl", line: i + 1))
    }

    static var generation: GenerateConfiguration {
        var configuration = GenerateConfiguration()
        configuration.sampling.candidates = 4
        configuration.sampling.maxTokens = 5
        configuration.sampling.seed = 11
        configuration.promptsPerShard = 4
        return configuration
    }

    @discardableResult
    func generate(
        _ configuration: GenerateConfiguration = generation, policy: BigramPolicy = BigramPolicy(),
        reference: BigramPolicy? = BigramPolicy(seed: 1), to output: String = "candidates",
        computed: [String: String] = [:], progress: @escaping ProgressHandler = { _ in .more }
    ) throws -> StageReport {
        try GenerateStage(
            corpus: corpus, sampler: policy, policy: policy, reference: reference, tokenizer: tokenizer,
            configuration: configuration, output: folder.file(output), computed: computed
        ).run(progress: progress)
    }

    @discardableResult
    func score(
        _ configuration: ScoreConfiguration = .init(), scorer: (any RewardScorer)? = nil,
        candidates: String = "candidates", to output: String = "rewards", computed: [String: String] = [:],
        progress: @escaping ProgressHandler = { _ in .more }
    ) throws -> StageReport {
        try ScoreStage(
            candidates: folder.file(candidates),
            scorer: scorer ?? LetterScorer(vocabulary: .tokenizer(hash: tokenizer.hash)),
            configuration: configuration, output: folder.file(output), computed: computed
        ).run(progress: progress)
    }

    /// As many prompts a shard as the candidates have.
    static var pairing: PairsConfiguration {
        var configuration = PairsConfiguration()
        configuration.promptsPerShard = 4
        return configuration
    }

    @discardableResult
    func pair(
        _ configuration: PairsConfiguration = pairing, candidates: String = "candidates",
        rewards: [String] = ["rewards"], to output: String = "pairs",
        progress: @escaping ProgressHandler = { _ in .more }
    ) throws -> StageReport {
        try PairsStage(
            candidates: folder.file(candidates), rewards: rewards.map(folder.file),
            configuration: configuration,
            output: folder.file(output)
        ).run(progress: progress)
    }

    func open(_ name: String, _ kind: ShardKind) throws -> ShardSet {
        try ShardSet(opening: folder.file(name), kind: kind)
    }

    func completions(_ name: String = "candidates") throws -> [Completion] {
        let set = try open(name, .candidates)
        return try (0..<set.shardCount).flatMap { try set.shard(at: $0).completions() }
    }
}
