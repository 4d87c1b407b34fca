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
        for index in 0..<pairs.shardCount {
            let prompts = try candidates.shard(at: index).prompts()
            #expect(try pairs.shard(at: index).prompts().allSatisfy(prompts.contains))
            #expect(try pairs.shard(at: index).completions().allSatisfy(known.contains))
        }
        for fact in ["policy", "reference", "tokenizer", "scorer"] {
            #expect(pairs.manifest.facts[fact] != nil)
        }
        #expect(pairs.manifest.inputs.map(\.role) == ["candidates", "rewards"])
    }

    @Test func bestAgainstWorstListsOnePairAPrompt() throws {
        var configuration = PairsConfiguration()
        configuration.strategy = .bestAgainstWorst
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
}
