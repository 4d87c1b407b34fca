import Foundation

@testable import AlignData

enum IngestSamples {
    /// Every byte is a token; two control tokens follow, the second of which ends a sequence.
    static let tokenizer: Tokenizer = {
        var definition = TokenizerDefinition(
            pieces: ByteAlphabet.scalars.map { String(Character($0)) } + ["<|im_start|>", "<|im_end|>"],
            merges: [])
        definition.addedTokens = [
            AddedTokens.Token(id: 256, content: "<|im_start|>", isSpecial: true),
            AddedTokens.Token(id: 257, content: "<|im_end|>", isSpecial: true),
        ]
        definition.endOfSequence = 257
        return Tokenizer(definition)
    }()

    /// All four kinds of source, and preferences.
    static let recipe = """
        name: mine
        sources:
          - files: ['**/*.jsonl']
            format: jsonl
            fields: {document: text, title: title?, references: summaries?, id: id?, split: split?}
          - files: '**/*.xml'
            format: xml
            record: //post
            fields: {document: text, title: title, references: summary}
          - documents: '**/{split}/docs/{key}.txt'
            summaries: '**/{split}/sums/{key}.*.txt'
            format: text
            title: first-line
        prompt:
          text: "{title}: {document}<|im_end|>"
          max-tokens: 100
          completion-prefix: " "
        preferences: {document: text, title: title?, chosen: good, rejected: bad, margin: by?, split: split?}

        """

    static func recipe(_ changes: (String, String)...) throws -> Recipe {
        var yaml = recipe
        for (old, new) in changes { yaml = yaml.replacingOccurrences(of: old, with: new) }
        return try Recipe(yaml: yaml, name: "mine.yml")
    }

    static func line(_ i: Int) -> String {
        "{\"id\": \(i), \"text\": \"document \(i)\", \"summaries\": [\"summary \(i)\"]}\n"
    }
}

extension TemporaryFolder {
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, Array(text.utf8))
    }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = URL(fileURLWithPath: file(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return url.path
    }

    func ingest(
        _ sources: String..., recipe: Recipe? = nil, to output: String = "out", perShard: Int = 4096,
        progress: ProgressHandler = { _ in .more }
    ) throws -> StageReport {
        var configuration = IngestConfiguration()
        configuration.promptsPerShard = perShard
        return try IngestStage(
            sources: sources.map { file($0) }, recipe: try recipe ?? IngestSamples.recipe(),
            tokenizer: IngestSamples.tokenizer, configuration: configuration, output: file(output)
        ).run(progress: progress)
    }

    func prompts(_ output: String = "out") throws -> [Prompt] {
        let set = try ShardSet(opening: file(output), kind: .corpus)
        return try (0..<set.shardCount).flatMap { try set.shard(at: $0).prompts() }
    }

    func rejections(_ output: String = "out") throws -> [Rejection] {
        let set = try ShardSet(opening: file(output), kind: .corpus)
        return try (0..<set.shardCount).flatMap { try set.shard(at: $0).rejections() }
    }
}
