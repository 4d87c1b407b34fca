import AlignData
import Foundation
import Testing

@Suite struct PairsStageTests {
    let sample: PipelineSample

    init() throws {
        sample = try PipelineSample()
        try sample.generate()
        try sample.score()
    }

    private func groups(_ name: String = "pairs") throws -> [CandidateGroup] {
        let set = try sample.open(name, .pairs)
        return try (0..<set.shardCount).flatMap { try set.shard(at: $0).groups() }
    }

    @Test func groupsHoldTheDifferentCompletionsWithTheirRewards() throws {
        let report = try sample.pair()
        let groups = try groups()
        let byID = try Dictionary(uniqueKeysWithValues: sample.completions().map { ($0.id, $0) })
        #expect(report.counts.recordsIn == 60 && report.counts.isConserved)
        #expect(report.counts.recordsOut == groups.reduce(0) { $0 + $1.candidates.count })
        for group in groups {
            #expect(group.pairs == CompletionPair.all(of: group.candidates.count))
            #expect(Set(group.candidates.map(\.tokens)).count == group.candidates.count)
            for candidate in group.candidates {
                let completion = try #require(byID[candidate.id])
                #expect(candidate.tokens == completion.tokens)
                #expect(candidate.referenceLogProbability == completion.referenceLogProbability)
                let share = Double(candidate.tokens.count { $0 == 0 }) / Double(candidate.tokens.count)
                #expect(candidate.reward == share)
            }
        }
        // The sample must exercise what it claims to: duplicates and ties occur in it.
        #expect((report.counts.filtered[Pairing.identicalCompletions] ?? 0) > 0)
        #expect((report.counts.noted["ties"] ?? 0) > 0)
        let ties = groups.reduce(0) { sum, group in
            sum
                + group.pairs.count {
                    group.candidates[$0.first].reward == group.candidates[$0.second].reward
                }
        }
        #expect(report.counts.noted["ties"] == ties)
        #expect(report.counts.noted["pairs"] == groups.reduce(0) { $0 + $1.pairs.count })
    }

    @Test func theSetIsSelfContained() throws {
        try sample.pair()
        let pairs = try sample.open("pairs", .pairs)
        let candidates = try sample.open("candidates", .candidates)
        let known = try Set(
            (0..<candidates.shardCount).flatMap { try candidates.shard(at: $0).completions() })
        let prompts = try Set((0..<candidates.shardCount).flatMap { try candidates.shard(at: $0).prompts() })
        for index in 0..<pairs.shardCount {
            #expect(try pairs.shard(at: index).prompts().allSatisfy(prompts.contains))
            #expect(try pairs.shard(at: index).completions().allSatisfy(known.contains))
        }
        for fact in ["policy", "reference", "tokenizer", "scorer"] {
            #expect(pairs.manifest.facts[fact] != nil)
        }
        #expect(pairs.manifest.inputs.map(\.role) == ["candidates", "rewards"])
    }

    @Test func bestAgainstWorstListsOnePairAPrompt() throws {
        var configuration = PipelineSample.pairing
        configuration.pairing.strategy = .bestAgainstWorst
        try sample.pair(to: "all")
        let report = try sample.pair(configuration)
        #expect(report.counts.isConserved)
        for (group, all) in zip(try groups(), try groups("all")) {
            #expect(group.promptID == all.promptID && group.pairs == [CompletionPair(0, 1)])
            let rewards = all.candidates.map(\.reward)
            #expect(Set(group.candidates.map(\.reward)) == Set([rewards.min(), rewards.max()]))
        }
    }

    @Test func rewardsOfOtherCandidatesAreRefused() throws {
        var other = PipelineSample.generation
        other.sampling.seed = 12
        try sample.generate(other, to: "others")
        try sample.score(candidates: "others", to: "other-rewards")
        #expect(throws: StageError.otherCandidates(path: sample.folder.file("other-rewards"))) {
            try sample.pair(rewards: ["other-rewards"])
        }
        #expect(throws: StageError.rewardSets(count: 0)) { try sample.pair(rewards: []) }
    }

    @Test func anInterruptedRunGoesOnToTheSameBytes() throws {
        try sample.pair(to: "whole")
        let whole = try contents(of: sample.folder.file("whole"))
        for stop in 1...5 {
            var left = stop
            #expect(throws: Interrupted.self) {
                try sample.pair(to: "stopped-\(stop)") { _ in
                    left -= 1
                    return left == 0 ? .stop : .more
                }
            }
            try sample.pair(to: "stopped-\(stop)")
            #expect(try contents(of: sample.folder.file("stopped-\(stop)")) == whole)
        }
    }

    /// Raw and shaped reward of each completion in a pair.
    private func rewards(_ name: String = "pairs") throws -> [RecordID: (
        raw: Double, shaped: Double, reason: String
    )] {
        var rewards: [RecordID: (raw: Double, shaped: Double, reason: String)] = [:]
        for shard in try sample.open(name, .pairs).manifest.shards {
            let shell = try SQLiteShell(sample.folder.file(name) + "/" + shard.file)
            for row in try shell.rows("SELECT id, raw_reward, reward, finish_reason FROM completion") {
                rewards[try #require(RecordID(hex: row[0]))] = (
                    try #require(Double(row[1])), try #require(Double(row[2])), row[3]
                )
            }
        }
        return rewards
    }

    @Test func theRewardIsTheWeightedSumOfTheRewardSets() throws {
        try sample.score(scorer: LengthScorer(), to: "lengths")
        var configuration = PipelineSample.pairing
        configuration.weights = [2, -0.25]
        try sample.pair(configuration, rewards: ["rewards", "lengths"])
        let set = try sample.open("pairs", .pairs)
        #expect(set.manifest.inputs.map(\.name) == ["candidates", "rewards", "lengths"])
        #expect(set.manifest.configuration.contains("\"weights\":[2,-0.25]"))
        #expect(set.manifest.facts["scorer"] == "letters+length")
        let rewards = try rewards()
        #expect(!rewards.isEmpty)
        for completion in try sample.completions() {
            guard let found = rewards[completion.id] else { continue }
            let share = Double(completion.tokens.count { $0 == 0 }) / Double(completion.tokens.count)
            #expect(
                found.raw == 2 * share - 0.25 * Double(completion.tokens.count) && found.shaped == found.raw)
        }
        let report = try VerifyStage(sample.folder.file("pairs")).run { _ in .more }
        #expect(report.checks.filter { $0.outcome != .passed && $0.name.hasPrefix("lineage: pairs") } == [])
        #expect(throws: StageError.rewardSets(count: 1)) { try sample.pair(configuration, to: "one") }
    }

    @Test func aRewardThatIsNotTheStatedSumIsFound() throws {
        var configuration = PipelineSample.pairing
        configuration.weights = [0.5]
        try sample.pair(configuration)
        #expect(try VerifyStage(sample.folder.file("pairs")).run { _ in .more }.isSound)
        // As if another set of weights had been stated: the manifest of one, the shards of the other.
        configuration.weights = [1]
        try sample.pair(configuration, to: "other")
        let set = try sample.open("pairs", .pairs)
        let other = try sample.open("other", .pairs)
        #expect(set.manifest.counts == other.manifest.counts)
        let rewards = try rewards("pairs")
        for (id, found) in try self.rewards("other") { #expect(rewards[id]?.raw == 0.5 * found.raw) }
    }

    @Test func unfinishedCompletionsFollowTheRule() throws {
        let plain = try rewards(after: { _ in })
        #expect(
            plain.values.contains { $0.reason == "length" } && plain.values.contains { $0.reason == "eos" })
        for (id, found) in try rewards(after: { $0.unfinished = .penalty(0.5) }) {
            #expect(found.raw == plain[id]?.raw)
            #expect(found.shaped == (found.reason == "length" ? found.raw - 0.5 : found.raw))
        }
        for found in try rewards(after: { $0.unfinished = .reward(-3) }).values {
            #expect(found.shaped == (found.reason == "length" ? -3 : found.raw))
        }
        let dropped = try rewards(after: { $0.unfinished = .drop })
        #expect(!dropped.isEmpty && dropped.values.allSatisfy { $0.reason == "eos" })
        let counts = try sample.open("ruled", .pairs).manifest.counts
        #expect(counts.isConserved)
        #expect(
            counts.filtered[PairsStage.unfinishedCompletions]
                == (try sample.completions().count { $0.finishReason == .length }))
    }

    private func rewards(
        after change: (inout PairsConfiguration) -> Void
    ) throws -> [RecordID: (raw: Double, shaped: Double, reason: String)] {
        var configuration = PipelineSample.pairing
        change(&configuration)
        try? FileManager.default.removeItem(atPath: sample.folder.file("ruled"))
        try sample.pair(configuration, to: "ruled")
        return try rewards("ruled")
    }

    @Test func shapedRewardsStandBesideTheRawOnes() throws {
        let plain = try rewards(after: { _ in })
        for (id, found) in try rewards(after: { $0.shaping = .clip(lower: 0.1, upper: 0.3) }) {
            #expect(found.raw == plain[id]?.raw && found.shaped == min(max(found.raw, 0.1), 0.3))
        }
        let whitened = try rewards(after: { $0.shaping = .whiten })
        let facts = try sample.open("ruled", .pairs).manifest.facts
        let mean = try #require(facts["reward-mean"].flatMap(Double.init))
        let deviation = try #require(facts["reward-deviation"].flatMap(Double.init))
        let all = try sample.completions().map { completion in
            Double(completion.tokens.count { $0 == 0 }) / Double(completion.tokens.count)
        }
        let expected = all.reduce(0, +) / Double(all.count)
        let variance = all.reduce(0) { $0 + ($1 - expected) * ($1 - expected) } / Double(all.count)
        #expect(abs(mean - expected) < 1e-12 && abs(deviation - variance.squareRoot()) < 1e-12)
        for found in whitened.values { #expect(found.shaped == (found.raw - mean) / deviation) }
    }

    @Test func shardsOfAnySizeHoldTheSameGroupsInTheSameOrder() throws {
        try sample.pair()
        let expected = try groups()
        for (prompts, bytes) in [
            (1, 1 << 28), (2, 1 << 28), (5, 1 << 28), (100, 1 << 28), (100, 1), (100, 4000),
        ] {
            var configuration = PairsConfiguration()
            (configuration.promptsPerShard, configuration.bytesPerShard) = (prompts, bytes)
            let name = "pairs-\(prompts)-\(bytes)"
            let report = try sample.pair(configuration, to: name)
            #expect(try groups(name) == expected && report.counts.isConserved)
            let rows = try sample.open(name, .pairs).manifest.shards.map { $0.rows["prompt"] ?? 0 }
            #expect(rows.dropLast().allSatisfy { bytes == 1 ? $0 == 1 : $0 > 0 && $0 <= prompts })
            if bytes == 4000 { #expect(rows.count > 1 && rows.count < expected.count) }
            #expect(try VerifyStage(sample.folder.file(name)).run { _ in .more }.isSound)
        }
    }
}
