import AlignData
import CoPGTrain
import Foundation
import Testing

/// Training from a sealed pair set on disk.
struct PairSourceTests {
    private struct Configuration: Codable { var name = "world" }

    /// The small world as a set of two shards.
    private static func writePairs(to folder: String) throws -> ShardSet {
        let writer = try ShardSetWriter(
            output: folder, kind: .pairs, stage: "pairs", configuration: Configuration(), seed: 0, facts: [:],
            inputs: [])
        let groups = TrainingWorld.groups
        for (shard, range) in [0..<6, 6..<groups.count].enumerated() {
            try writer.write(shard: shard) { writer in
                var counts = StageCounts()
                for index in range { counts += try insert(groups[index], number: index, into: writer) }
                return counts
            }
        }
        _ = try writer.finish()
        return try ShardSet(opening: folder, kind: .pairs)
    }

    private static func insert(_ group: CandidateGroup, number: Int, into writer: ShardWriter) throws
        -> StageCounts
    {
        var group = group
        group.promptID = RecordID(kind: "prompt", ["\(number)"])
        for index in group.candidates.indices {
            group.candidates[index].id = RecordID(kind: "completion", ["\(number)", "\(index)"])
        }
        let prompt = Prompt(
            id: group.promptID, documentID: group.promptID, split: .train, text: "",
            tokens: group.promptTokens,
            provenance: Provenance(source: "world"))
        let completions = group.candidates.enumerated().map { index, candidate in
            Completion(
                id: candidate.id, promptID: prompt.id, text: "\(candidate.tokens[0])",
                tokens: candidate.tokens,
                finishReason: candidate.finishReason, policyID: "world", rolloutIndex: index,
                logProbability: candidate.referenceLogProbability,
                sampledLogProbability: candidate.referenceLogProbability,
                referenceLogProbability: candidate.referenceLogProbability)
        }
        try writer.insert(group: group, prompt: prompt, completions: completions)
        var counts = StageCounts()
        counts.recordsIn = completions.count
        counts.recordsOut = completions.count
        return counts
    }

    @Test func aKilledRunOverShardsGoesOnToTheSameFiles() throws {
        try TrainingWorld.withFolder { pairs in
            let set = try Self.writePairs(to: pairs)
            let expected = try TrainingWorld.withFolder { folder in
                let source = try PairSource(set, seed: 5)
                #expect(source.groupCount == 11)
                _ = try TrainingWorld.trainer(TrainingWorld.policy, source: source, folder: folder).run { _ in
                    .more
                }
                return try TrainingWorld.files(in: folder)
            }
            #expect(expected.count > 5)
            for batches in [1, 4, 8] {
                try TrainingWorld.withFolder { folder in
                    let failing = FailingSource(try PairSource(set, seed: 5), batches: batches)
                    #expect(throws: FailingSource.Failure.self) {
                        _ = try TrainingWorld.trainer(TrainingWorld.policy, source: failing, folder: folder)
                            .run { _ in .more }
                    }
                    let source = try PairSource(set, seed: 5)
                    _ = try TrainingWorld.trainer(TrainingWorld.policy, source: source, folder: folder)
                        .run { _ in .more }
                    let files = try TrainingWorld.files(in: folder)
                    #expect(files == expected)
                    let reseeded = try PairSource(set, seed: 6)
                    #expect(
                        throws: TrainingError.anotherRun(
                            folder: folder, difference: "it was made with another source")
                    ) {
                        _ = try TrainingWorld.trainer(TrainingWorld.policy, source: reseeded, folder: folder)
                            .run { _ in .more }
                    }
                }
            }
        }
    }
}
