import AlignData
import Foundation

/// A folder that is gone when the test is over.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/align-data-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

/// Name → bytes of every file in a folder.
func contents(of folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
        files[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
    return files
}

/// Small records of each kind, all different, with the characters that break careless writers.
enum ShardSamples {
    struct Configuration: Codable { var name = "sample" }

    static func prompt(_ i: Int, split: Split = .train, references: Int = 1) -> Prompt {
        let text = "Line \(i)\nwith 'quotes', \"more\", ünïcode 🐢 and a NUL-free end"
        return Prompt(
            id: RecordID(kind: "prompt", ["\(i)"]), documentID: RecordID(kind: "document", ["\(i)"]),
            split: split,
            text: text, tokens: (0...i % 5).map { TokenID($0 * 7 + i) }, truncatedCharacters: i % 3,
            references: (0..<references).map {
                ReferenceSummary(text: "summary \($0) of \(i)", tokens: [TokenID(i), TokenID($0)])
            }, sourceID: i % 2 == 0 ? "s\(i)" : nil,
            extra: i % 3 == 0 ? [:] : ["topic": "\"ünïcode\" \\ 🐢\n\(i)", "b": "", "a\u{1}": "NUL-free"],
            provenance: Provenance(
                source: "posts.tar.gz", member: i % 2 == 0 ? "train.jsonl" : nil, byteOffset: i * 100,
                line: i % 3 == 0 ? i : nil))
    }

    static func document(_ i: Int) -> SourceRecord {
        SourceRecord(
            sourceID: i % 2 == 0 ? "s\(i)" : nil, document: "Text of \(i)",
            title: i % 3 == 0 ? nil : "Title \(i)",
            split: .train, provenance: prompt(i).provenance)
    }

    static func completion(_ k: Int, of prompt: Prompt, tokens: [TokenID]? = nil) -> Completion {
        Completion(
            id: RecordID(kind: "completion", [prompt.id.hex, "\(k)"]), promptID: prompt.id,
            text: k == 1 ? "" : "completion \(k)", tokens: tokens ?? [TokenID(k), 70_000, 2],
            finishReason: k % 2 == 0 ? .endOfSequence : .length, policyID: "policy", rolloutIndex: k,
            logProbability: -1.5 - Double(k), sampledLogProbability: -1 / 3.0,
            referenceLogProbability: -Double(k))
    }

    static func rejection(_ i: Int) -> Rejection {
        Rejection(
            stage: "ingest", reason: "not-json", detail: "the line is not JSON",
            provenance: Provenance(source: "a.jsonl", line: i), excerpt: "{\"broken\": ")
    }

    static func filtered(_ i: Int) -> FilteredRecord {
        FilteredRecord(
            reason: "duplicate", provenance: Provenance(source: "a.jsonl", member: "m", byteOffset: i))
    }

    static func given(_ i: Int) -> [GivenCompletion] {
        [
            GivenCompletion(
                text: "given \(i)", tokens: [TokenID(i)], policy: "ünïcode", scores: ["a": 0.5, "b": -1]),
            GivenCompletion(text: "", tokens: [], scores: ["a": 0]),
        ]
    }

    static func group(_ prompt: Prompt, _ completions: [Completion]) -> CandidateGroup {
        CandidateGroup(
            promptID: prompt.id, promptTokens: prompt.tokens,
            candidates: completions.map {
                Candidate(
                    id: $0.id, tokens: $0.tokens, finishReason: $0.finishReason,
                    reward: Double($0.rolloutIndex % 3) / 4,
                    referenceLogProbability: $0.referenceLogProbability)
            },
            pairs: CompletionPair.all(of: completions.count))
    }

    static func writer(_ output: String, _ kind: ShardKind, name: String = "sample") throws -> ShardSetWriter
    {
        try ShardSetWriter(
            output: output, kind: kind, stage: "test", configuration: Configuration(name: name), seed: 7,
            facts: ["tokenizer": "t"], inputs: [.init(role: "source", name: "a", sha256: "00")])
    }

    /// One shard of pairs: `groups` groups with 2 to 4 completions each.
    @discardableResult
    static func writePairs(
        to output: String, shards: [[Split]], pageSize: Int? = nil,
        completions: (Int) -> Int = { 2 + $0 % 3 }
    ) throws -> Manifest {
        let writer = try writer(output, .pairs)
        if let pageSize { writer.pageSize = pageSize }
        var next = 0
        for (index, splits) in shards.enumerated() {
            try writer.write(shard: index) { shard in
                var counts = StageCounts()
                for split in splits {
                    let prompt = prompt(next, split: split)
                    let completions = (0..<completions(next)).map { completion($0, of: prompt) }
                    try shard.insert(
                        group: group(prompt, completions), prompt: prompt, completions: completions)
                    counts.recordsIn += completions.count
                    counts.recordsOut += completions.count
                    next += 1
                }
                return counts
            }
        }
        return try writer.finish()
    }
}
