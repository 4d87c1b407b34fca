import AlignData
import Foundation
import Testing

@Suite struct ShardSetTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func aCorpusComesBackAsItWasWritten() throws {
        let writer = try ShardSamples.writer(folder.file("corpus"), .corpus)
        #expect(writer.completed == nil)
        var prompts = (0..<7).map {
            ShardSamples.prompt($0, split: Split.allCases[$0 % 3], references: $0 % 3)
        }
        prompts[4].given = ShardSamples.given(4)
        try writer.write(shard: 0) { shard in
            for (i, prompt) in prompts.enumerated() {
                #expect(shard.promptCount == i)
                try shard.insert(document: ShardSamples.document(i), id: prompt.documentID)
                try shard.insert(prompt: prompt)
            }
            try shard.insert(rejection: ShardSamples.rejection(3))
            try shard.insert(rejection: ShardSamples.rejection(1))
            try shard.insert(filtered: ShardSamples.filtered(5))
            var counts = StageCounts()
            counts.recordsIn = 10
            counts.recordsOut = 7
            counts.rejected = ["not-json": 2]
            counts.filtered = ["duplicate": 1]
            return counts
        }
        let manifest = try writer.finish()
        #expect(
            manifest.shards[0].rows == [
                "document": 7, "prompt": 7, "reference": 6, "given_completion": 2, "given_score": 3,
                "rejection": 2, "filtered": 1,
            ])
        #expect(manifest.counts.isConserved && manifest.counts.rejected == ["not-json": 2])

        let set = try ShardSet(opening: folder.file("corpus"), kind: .corpus)
        #expect(set.manifest == manifest)
        let shard = try set.shard(at: 0)
        #expect(try shard.prompts() == prompts)
        #expect(try shard.rejections() == [ShardSamples.rejection(3), ShardSamples.rejection(1)])
        #expect(try shard.filtered() == [ShardSamples.filtered(5)])
        #expect(shard.rowCounts == manifest.shards[0].rows)
        #expect(shard.counts == manifest.counts)
    }

    @Test func candidatesAndRewardsComeBackAsTheyWereWritten() throws {
        let prompts = (0..<3).map { ShardSamples.prompt($0, references: 2) }
        let completions = prompts.flatMap { prompt in (0..<3).map { ShardSamples.completion($0, of: prompt) }
        }
        let candidates = try ShardSamples.writer(folder.file("candidates"), .candidates)
        try candidates.write(shard: 0) { shard in
            for prompt in prompts { try shard.insert(prompt: prompt) }
            // In any order: reading goes by prompt and rollout.
            for completion in completions.reversed() { try shard.insert(completion: completion) }
            return StageCounts()
        }
        _ = try candidates.finish()
        let shard = try ShardSet(opening: folder.file("candidates"), kind: .candidates).shard(at: 0)
        #expect(try shard.prompts() == prompts)
        #expect(try shard.completions() == completions)

        let rewards = completions.map {
            Reward(
                completionID: $0.id, promptID: $0.promptID, scorerID: "s",
                value: .pi * Double($0.rolloutIndex))
        }
        let scores = try ShardSamples.writer(folder.file("rewards"), .rewards)
        try scores.write(shard: 0) { shard in
            for reward in rewards { try shard.insert(reward: reward) }
            return StageCounts()
        }
        _ = try scores.finish()
        let read = try ShardSet(opening: folder.file("rewards"), kind: .rewards).shard(at: 0).rewards()
        #expect(read == rewards.sorted { $0.completionID < $1.completionID })
    }

    @Test func groupsComeBackAsTheyWereWrittenInAnyOrder() throws {
        try ShardSamples.writePairs(to: folder.file("pairs"), shards: [[.train, .train, .validation]])
        let shard = try ShardSet(opening: folder.file("pairs"), kind: .pairs).shard(at: 0)
        let expected = (0..<3).map { i in
            let prompt = ShardSamples.prompt(i)
            return ShardSamples.group(prompt, (0..<(2 + i)).map { ShardSamples.completion($0, of: prompt) })
        }
        #expect(try shard.groups() == expected)
        #expect(try shard.groups(at: [2, 0, 2]) == [expected[2], expected[0], expected[2]])
        #expect(throws: ShardError.self) { try shard.groups(at: [3]) }
        #expect(
            shard.rowCounts == [
                "prompt": 3, "reference": 3, "completion": 9, "pair": 1 + 3 + 6, "rejection": 0,
            ])
    }

    @Test func theSameRowsGiveTheSameBytesWhateverWasInterrupted() throws {
        func write(_ output: String, failing: Int?) throws {
            let writer = try ShardSamples.writer(output, .candidates)
            for index in 0..<4 {
                try writer.write(shard: index) { shard in
                    for i in 0..<20 {
                        let prompt = ShardSamples.prompt(index * 20 + i)
                        try shard.insert(prompt: prompt)
                        if index == failing && i == 11 { throw Interrupted() }
                        try shard.insert(completion: ShardSamples.completion(0, of: prompt))
                    }
                    return StageCounts()
                }
            }
            _ = try writer.finish()
        }
        try write(folder.file("whole"), failing: nil)
        let whole = try contents(of: folder.file("whole"))
        #expect(whole.keys.sorted() == ["manifest.json"] + (0..<4).map { "shard-0000\($0).sqlite" })
        for index in 0..<4 {
            let output = folder.file("interrupted-\(index)")
            #expect(throws: Interrupted.self) { try write(output, failing: index) }
            #expect(throws: ShardError.unfinished(folder: output)) {
                try ShardSet(opening: output, kind: .candidates)
            }
            // What a killed process leaves behind.
            try Data("half a shard".utf8).write(
                to: URL(fileURLWithPath: output + "/shard-0000\(index).sqlite.partial"))
            try write(output, failing: nil)
            #expect(try contents(of: output) == whole)
        }
    }

    @Test func aFinishedSetIsRecognisedAndLeftAlone() throws {
        let manifest = try ShardSamples.writePairs(to: folder.file("pairs"), shards: [[.train]])
        let before = try contents(of: folder.file("pairs"))
        #expect(try ShardSamples.writer(folder.file("pairs"), .pairs).completed == manifest)
        #expect(try contents(of: folder.file("pairs")) == before)
    }

    @Test func aFolderOfOtherWorkIsRefused() throws {
        try ShardSamples.writePairs(to: folder.file("pairs"), shards: [[.train]])
        #expect(
            throws: ShardError.otherWork(
                folder: folder.file("pairs"), difference: "it was made with name sample, not other",
                isComplete: true)
        ) { try ShardSamples.writer(folder.file("pairs"), .pairs, name: "other") }

        let begun = folder.file("begun")
        try ShardSamples.writer(begun, .pairs).write(shard: 0) { _ in StageCounts() }
        #expect(
            throws: ShardError.otherWork(
                folder: begun, difference: "it was begun with name sample, not other")
        ) { try ShardSamples.writer(begun, .pairs, name: "other") }
        #expect(throws: ShardError.otherWork(folder: begun, difference: "it was begun with other inputs")) {
            try ShardSetWriter(
                output: begun, kind: .pairs, stage: "test", configuration: ShardSamples.Configuration(),
                seed: 7,
                facts: ["tokenizer": "t"], inputs: [])
        }
        #expect(
            throws: ShardError.otherWork(folder: begun, difference: "it was begun with another tokenizer")
        ) {
            try ShardSetWriter(
                output: begun, kind: .pairs, stage: "test", configuration: ShardSamples.Configuration(),
                seed: 7,
                facts: ["tokenizer": "u"], inputs: [.init(role: "source", name: "a", sha256: "00")])
        }

        try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.file("notes.txt")))
        #expect(throws: ShardError.foreignFiles(folder: folder.path)) {
            try ShardSamples.writer(folder.path, .pairs)
        }
    }

    @Test func twoWritersOfOneFolderAreRefused() throws {
        let first = try ShardSamples.writer(folder.file("pairs"), .pairs)
        #expect(throws: FolderInUse(path: folder.file("pairs"))) {
            try ShardSamples.writer(folder.file("pairs"), .pairs)
        }
        _ = try first.finish()
        #expect(try ShardSamples.writer(folder.file("pairs"), .pairs).completed != nil)
    }

    @Test func aGapBetweenShardsIsNotFinished() throws {
        let writer = try ShardSamples.writer(folder.file("gap"), .rewards)
        try writer.write(shard: 0) { _ in StageCounts() }
        try writer.write(shard: 2) { _ in StageCounts() }
        #expect(throws: ShardError.incomplete(folder: folder.file("gap"), index: 1)) { try writer.finish() }
    }

    @Test func aSecondRecordOfTheSameIDIsRefused() throws {
        let writer = try ShardSamples.writer(folder.file("twice"), .candidates)
        let error = #expect(throws: ShardError.self) {
            try writer.write(shard: 0) { shard in
                try shard.insert(prompt: ShardSamples.prompt(1))
                try shard.insert(prompt: ShardSamples.prompt(1))
                return StageCounts()
            }
        }
        #expect(error?.summary == "a row breaks a rule of the shard: UNIQUE constraint failed: prompt.id")
    }

    @Test func aSetOfAnotherKindIsRefused() throws {
        try ShardSamples.writePairs(to: folder.file("pairs"), shards: [[.train]])
        #expect(
            throws: ShardError.wrongKind(folder: folder.file("pairs"), found: .pairs, expected: .corpus)
        ) { try ShardSet(opening: folder.file("pairs"), kind: .corpus) }
        #expect(throws: ShardError.notAShardSet(folder: folder.path)) {
            try ShardSet(opening: folder.path, kind: .pairs)
        }
    }
}
