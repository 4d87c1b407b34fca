import AlignData
import ArgumentParser
import Foundation

/// Pair shards of 50,000 prompts of 256 tokens with two completions of 46: written, hashed and sealed; then
/// streamed in shuffled order, 32 groups a batch. The texts are empty, as the peer's rows have none.
struct PairsRow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "pairs")

    @Option(help: "A folder for the shards, which are overwritten.")
    var work: String

    @Option var rows = 50_000

    @Option var repeats = 3

    @Option(help: "Completions a prompt, all of them paired.")
    var completions = 2

    @Option(help: "Batches that are read ahead together.")
    var window = 8

    @Flag(help: "Stream the set that is there, and report the memory that it took.")
    var existing = false

    func run() throws {
        let output = work + "/pairs"
        if existing {
            try stream(output)
            return Measurement.report("stream-memory", Measurement.peakGigabytes, "GB")
        }
        let random = RandomTokens()
        let ids = (0..<rows).map { row in
            (0...completions).map { RecordID(kind: "record", [String(row), String($0)]) }
        }
        var writing: [Double] = []
        for _ in 0...repeats {
            try? FileManager.default.removeItem(atPath: output)
            writing.append(try Measurement.seconds { try write(to: output, random, ids) })
        }
        Measurement.report("write", Double(rows) / Measurement.median(Array(writing.dropFirst())), "rows/s")

        try stream(output)
    }

    private func stream(_ output: String) throws {
        let stream = PairPrefetch(
            try PairStream(ShardSet(opening: output, kind: .pairs), seed: 0), window: window)
        let seconds = try Measurement.medianSeconds(repeats: repeats) {
            var position = StreamPosition()
            while position.epoch == 0 { position = try stream.batch(at: position, size: .groups(32)).next }
        }
        Measurement.report("stream", Double(stream.groupCount) / seconds, "rows/s")
    }

    private func write(to output: String, _ random: RandomTokens, _ ids: [[RecordID]]) throws {
        let writer = try ShardSetWriter(
            output: output, kind: .pairs, stage: "benchmark", configuration: ["rows": rows], seed: 0,
            facts: ["vocabulary": "49152"], inputs: [])
        let rowsPerShard =
            rows > 100_000 ? PairsConfiguration().promptsPerShard : IngestConfiguration().promptsPerShard
        for (shard, start) in stride(from: 0, to: rows, by: rowsPerShard).enumerated() {
            try writer.write(shard: shard) { writer in
                let range = start..<min(rows, start + rowsPerShard)
                for row in range { try insert(row, ids[row], random, into: writer) }
                var counts = StageCounts()
                counts.recordsIn = range.count
                counts.recordsOut = range.count
                return counts
            }
        }
        _ = try writer.finish()
    }

    private func insert(
        _ row: Int, _ ids: [RecordID], _ random: RandomTokens, into shard: ShardWriter
    ) throws {
        let place = (completions + 1) * row
        let prompt = Prompt(
            id: ids[0], documentID: ids[0], split: .train, text: "", tokens: random.tokens(256, at: place),
            provenance: Provenance(source: "benchmark"))
        let completions = (0..<self.completions).map { rollout in
            Completion(
                id: ids[1 + rollout], promptID: ids[0], text: "",
                tokens: random.tokens(46, at: place + 1 + rollout), finishReason: .length,
                policyID: "benchmark", rolloutIndex: rollout, logProbability: -1, sampledLogProbability: -1,
                referenceLogProbability: -1)
        }
        let group = CandidateGroup(
            promptID: prompt.id, promptTokens: prompt.tokens,
            candidates: completions.map {
                Candidate(
                    id: $0.id, tokens: $0.tokens, finishReason: $0.finishReason,
                    reward: Double($0.rolloutIndex), referenceLogProbability: $0.referenceLogProbability)
            }, pairs: CompletionPair.all(of: completions.count))
        try shard.insert(group: group, prompt: prompt, completions: completions)
    }
}
