/// A look into a shard set: what it holds, a few rows, what was rejected. Opens the shards by their size, without
/// hashing them: `verify` does that.
public final class Inspection {
    public struct Summary: Hashable, Sendable, Codable {
        public var path: String
        public var kind: ShardKind
        public var stage: String
        public var toolVersion: String
        public var seed: UInt64
        public var configuration: String
        public var facts: [String: String]
        public var inputs: [Manifest.Input]
        public var counts: StageCounts
        public var shards: Int
        public var bytes: Int
        /// Rows by table, over all shards.
        public var rows: [String: Int]
        /// Prompts by split; empty for rewards.
        public var prompts: [String: Int]
    }

    /// One row as a person reads it: a prompt with all that belongs to it, or one reward.
    public struct Sample: Hashable, Sendable, Codable {
        public struct Completion: Hashable, Sendable, Codable {
            public var id: RecordID
            public var text: String
            public var tokens: Int
            public var finishReason: FinishReason
            public var logProbability: Double
            public var referenceLogProbability: Double
            /// Of pairs only.
            public var reward: Double?
        }

        public var promptID: RecordID
        public var split: Split?
        public var prompt: String?
        public var promptTokens: Int?
        public var provenance: Provenance?
        /// The record's own id, and its extra fields.
        public var sourceID: String?
        public var extra: [String: String] = [:]
        public var references: [String]
        /// What came with a corpus.
        public var given: [SourceCompletion]
        public var completions: [Completion]
        public var pairs: [CompletionPair]
        /// Of a reward set only.
        public var reward: Double?
        public var completionID: RecordID?
    }

    private let set: ShardSet

    public init(_ path: String) throws { set = try ShardSet(opening: path, hashing: false) }

    public func summary() throws -> Summary {
        let manifest = set.manifest
        var rows: [String: Int] = [:]
        for shard in manifest.shards { rows.merge(shard.rows, uniquingKeysWith: +) }
        var prompts: [String: Int] = [:]
        for index in 0..<set.shardCount {
            prompts.merge(try set.shard(at: index).promptCounts, uniquingKeysWith: +)
        }
        return Summary(
            path: set.path, kind: manifest.kind, stage: manifest.stage, toolVersion: manifest.toolVersion,
            seed: manifest.seed, configuration: manifest.configuration, facts: manifest.facts,
            inputs: manifest.inputs, counts: manifest.counts, shards: manifest.shards.count,
            bytes: manifest.shards.reduce(0) { $0 + $1.bytes }, rows: rows, prompts: prompts)
    }

    /// `count` rows, drawn without replacement by `seed`, in the order of the set: prompts with all that belongs to
    /// them, or rewards. Fewer where the set has fewer.
    public func sample(count: Int, seed: UInt64) throws -> [Sample] {
        let table = set.kind == .rewards ? "reward" : "prompt"
        let sizes = set.manifest.shards.map { $0.rows[table] ?? 0 }
        let total = sizes.reduce(0, +)
        let order = Permutation(count: total, seed: seed, lane: 0)
        let chosen = (0..<min(count, total)).map { order[$0] }.sorted()
        var samples: [Sample] = []
        var start = 0
        for (index, size) in sizes.enumerated() {
            let rows = chosen.filter { start <= $0 && $0 < start + size }.map { $0 - start }
            if !rows.isEmpty { samples += try Inspection.samples(rows, of: set.shard(at: index)) }
            start += size
        }
        return samples
    }

    /// The records that were not taken, at most `limit`, in the order they were met.
    public func rejections(limit: Int = .max) throws -> [Rejection] {
        var rejections: [Rejection] = []
        for index in 0..<set.shardCount where rejections.count < limit {
            rejections += try set.shard(at: index).rejections()
        }
        return Array(rejections.prefix(limit))
    }

    /// The records that a rule left out, at most `limit`, in the order they were met; of a corpus.
    public func filtered(limit: Int = .max) throws -> [FilteredRecord] {
        var filtered: [FilteredRecord] = []
        for index in 0..<set.shardCount where filtered.count < limit {
            filtered += try set.shard(at: index).filtered()
        }
        return Array(filtered.prefix(limit))
    }

    private static func samples(_ rows: [Int], of shard: ShardReader) throws -> [Sample] {
        if shard.kind == .rewards {
            let rewards = try shard.rewards()
            return rows.map { row in
                Sample(
                    promptID: rewards[row].promptID, split: nil, prompt: nil, promptTokens: nil,
                    provenance: nil,
                    references: [], given: [], completions: [], pairs: [], reward: rewards[row].value,
                    completionID: rewards[row].completionID)
            }
        }
        let prompts = try shard.prompts()
        let completions = Dictionary(grouping: try shard.completions(), by: \.promptID)
        let groups = shard.kind == .pairs ? try shard.groups(at: rows) : []
        return rows.enumerated().map { slot, row in
            let prompt = prompts[row]
            let group = groups.isEmpty ? nil : groups[slot]
            return Sample(
                promptID: prompt.id, split: prompt.split, prompt: prompt.text,
                promptTokens: prompt.tokens.count,
                provenance: prompt.provenance, sourceID: prompt.sourceID, extra: prompt.extra,
                references: prompt.references.map(\.text),
                given: prompt.given.map {
                    SourceCompletion(text: $0.text, policy: $0.policy, scores: $0.scores)
                },
                completions: (completions[prompt.id] ?? []).enumerated().map { index, completion in
                    Sample.Completion(
                        id: completion.id, text: completion.text, tokens: completion.tokens.count,
                        finishReason: completion.finishReason, logProbability: completion.logProbability,
                        referenceLogProbability: completion.referenceLogProbability,
                        reward: group?.candidates[index].reward)
                }, pairs: group?.pairs ?? [], reward: nil, completionID: nil)
        }
    }
}
