import Foundation

@testable import AlignData

/// Tests of imports: rows are written, imported and looked at.
protocol ImportSuite {
    var sample: PipelineSample { get }
}

extension ImportSuite {
    /// The reference of the sample's candidates.
    var policy: BigramPolicy { BigramPolicy(seed: 1) }

    func write(_ lines: [String], to name: String = "rows.jsonl") throws -> String {
        let path = sample.folder.file(name)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @discardableResult
    func `import`(
        _ files: [String], _ format: ImportFormat, to name: String = "imported", recipe: Recipe? = nil,
        policy: BigramPolicy = BigramPolicy(seed: 1), change: (inout ImportConfiguration) -> Void = { _ in },
        progress: @escaping ProgressHandler = { _ in .more }
    ) throws -> StageReport {
        var configuration = ImportConfiguration()
        configuration.format = format
        configuration.promptsPerShard = 3
        change(&configuration)
        return try ImportStage(
            files: files, recipe: recipe, policy: policy, tokenizer: sample.tokenizer,
            configuration: configuration, output: sample.folder.file(name)
        ).run(progress: progress)
    }

    func rows(_ sql: String, of name: String) throws -> Set<[String]> {
        let set = try sample.open(name, .pairs)
        return try Set(
            (0..<set.shardCount).flatMap { index in
                try SQLiteShell(sample.folder.file(name) + "/" + set.manifest.shards[index].file).rows(sql)
            })
    }

    static var preferences: String {
        "SELECT prompt, chosen, rejected, score_chosen, score_rejected, split FROM trl_preference"
    }
    static var completions: String {
        "SELECT prompt.text, completion.text, hex(completion.tokens), finish_reason, reward, raw_reward,"
            + " reference_log_probability FROM completion JOIN prompt ON prompt.position = prompt_position"
    }

    func makePairs(_ strategy: PairingStrategy = .all) throws {
        var generation = PipelineSample.generation
        generation.withReferences = true
        try sample.generate(generation)
        try sample.score()
        var pairing = PipelineSample.pairing
        pairing.pairing.strategy = strategy
        try sample.pair(pairing)
    }

    func export(_ format: ExportFormat, to name: String) throws -> String {
        var configuration = ExportConfiguration()
        configuration.format = format
        let path = sample.folder.file(name)
        _ = try ExportStage(pairs: sample.folder.file("pairs"), configuration: configuration, output: path)
            .run { _ in .more }
        return path
    }
}
