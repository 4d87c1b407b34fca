import AlignData
import Foundation
import Testing

@Suite struct ScoreStageTests {
    let sample: PipelineSample

    init() throws {
        sample = try PipelineSample()
        try sample.generate()
    }

    private func rewards(_ name: String = "rewards") throws -> [RecordID: Double] {
        let set = try sample.open(name, .rewards)
        let rewards = try (0..<set.shardCount).flatMap { try set.shard(at: $0).rewards() }
        #expect(rewards.allSatisfy { $0.scorerID == "letters" })
        return Dictionary(uniqueKeysWithValues: rewards.map { ($0.completionID, $0.value) })
    }

    @Test func everyCompletionGetsTheScorersValue() throws {
        let report = try sample.score()
        #expect(report.counts.isConserved && report.counts.recordsOut == 60)
        let rewards = try rewards()
        for completion in try sample.completions() {
            let share = Double(completion.tokens.count { $0 == 0 }) / Double(completion.tokens.count)
            #expect(rewards[completion.id] == share)
        }
        let set = try sample.open("rewards", .rewards)
        let candidates = try sample.open("candidates", .candidates)
        #expect(set.shardCount == candidates.shardCount)
        #expect(set.manifest.facts["scorer"] == "letters")
        #expect(set.manifest.inputs.map(\.sha256) == [candidates.manifestHash])
    }

    @Test func completionsThatDidNotEndGetTheRulesValueInstead() throws {
        try sample.score(to: "plain")
        var configuration = ScoreConfiguration()
        configuration.unfinishedReward = -1
        try sample.score(configuration)
        let (plain, ruled) = (try rewards("plain"), try rewards())
        let completions = try sample.completions()
        #expect(completions.contains { $0.finishReason == .length })
        for completion in completions {
            #expect(ruled[completion.id] == (completion.finishReason == .length ? -1 : plain[completion.id]))
        }
    }

    /// A scorer of 6 tokens' context; the prompts have 2 to 5 tokens, their completions up to 5.
    @Test func whatExceedsTheScorersContextIsRejectedAndCountedAndMakesNoPair() throws {
        let scorer = LetterScorer(contextLength: 6)
        let report = try sample.score(scorer: scorer)
        let prompts = Dictionary(
            uniqueKeysWithValues: PipelineSample.splits.joined().enumerated().map { index, split in
                let prompt = PipelineSample.prompt(index, split)
                return (prompt.id, prompt.tokens.count)
            })
        let completions = try sample.completions()
        let fitting = completions.filter { (prompts[$0.promptID] ?? 0) + $0.tokens.count <= 6 }
        let rejected = completions.count - fitting.count
        #expect(rejected > 0 && !fitting.isEmpty)
        #expect(report.counts.rejected == ["completion-too-long": rejected] && report.counts.isConserved)
        #expect(try Set(rewards().keys) == Set(fitting.map(\.id)))

        let paired = try sample.pair()
        #expect(paired.counts.isConserved && paired.counts.recordsIn == completions.count)
        #expect(paired.counts.filtered["unscored-completions"] == rejected)
        for name in ["rewards", "pairs"] {
            #expect(try VerifyStage(sample.folder.file(name)).run { _ in .more }.isSound)
        }
        // Whatever a rule gives a reward needs no scorer.
        var ruled = ScoreConfiguration()
        ruled.unfinishedReward = -1
        let partly = try sample.score(ruled, scorer: scorer, to: "ruled")
        #expect(partly.counts.rejectedTotal < rejected && partly.counts.isConserved)
        // A scorer that takes nothing leaves nothing to go on with.
        let nothing = try sample.score(scorer: LetterScorer(contextLength: 1), to: "nothing")
        #expect(nothing.isEmpty && nothing.counts.recordsOut == 0)
    }

    @Test func anInterruptedRunPairsTheSameWhereCompletionsWereRejected() throws {
        try sample.score(scorer: LetterScorer(contextLength: 6))
        var configuration = PipelineSample.pairing
        configuration.promptsPerShard = 1
        try sample.pair(configuration, to: "whole")
        var left = 3
        #expect(throws: Interrupted.self) {
            try sample.pair(configuration, to: "stopped") { _ in
                left -= 1
                return left == 0 ? .stop : .more
            }
        }
        try sample.pair(configuration, to: "stopped")
        #expect(try contents(of: sample.folder.file("stopped")) == contents(of: sample.folder.file("whole")))
    }

    @Test func howTheScorerComputedStandsBesideHowTheCandidatesWere() throws {
        let one = ["threads": "1", "torch": "9"]
        try sample.generate(to: "by-one", computed: one)
        try sample.score(candidates: "by-one", computed: ["threads": "2", "torch": "9"])
        try sample.pair(candidates: "by-one")
        for (name, kind) in [("rewards", ShardKind.rewards), ("pairs", .pairs)] {
            let facts = try sample.open(name, kind).manifest.facts
            #expect(facts["threads"] == "1" && facts["scorer-threads"] == "2")
            #expect(facts["torch"] == "9" && facts["scorer-torch"] == "9")
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aRewardThatIsNoNumberNamesItsCompletion(value: Double) throws {
        let first = try sample.completions()[0].id
        #expect(throws: StageError.notFinite(what: "reward", completion: first)) {
            try sample.score(scorer: LetterScorer(broken: value))
        }
        // Nothing of it stays: the same folder then takes sound scores.
        #expect(try sample.score().counts.recordsOut == 60)
    }

    @Test func aScorerOfAnotherVocabularyIsRefused() throws {
        let candidates = sample.folder.file("candidates")
        let other = ModelMismatch(
            part: .tokenizer, expected: sample.tokenizer.hash, given: "another", path: candidates)
        #expect(throws: other) {
            try sample.score(scorer: LetterScorer(vocabulary: .tokenizer(hash: "another")))
        }
        // Without a tokenizer there is the number of tokens.
        let size = sample.tokenizer.vocabularySize
        #expect(
            throws: StageError.scorerVocabulary(path: candidates, candidates: size, scorer: size - 1)
        ) { try sample.score(scorer: LetterScorer(vocabulary: .size(size - 1))) }
        let report = try sample.score(scorer: LetterScorer(vocabulary: .size(size)))
        #expect(report.figures.contains { $0.name == "tokenizer" && $0.value.hasPrefix("unchecked") })
    }

    @Test func anInterruptedRunGoesOnToTheSameBytes() throws {
        try sample.score(to: "whole")
        let whole = try contents(of: sample.folder.file("whole"))
        for stop in 1...5 {
            var left = stop
            #expect(throws: Interrupted.self) {
                try sample.score(to: "stopped-\(stop)") { _ in
                    left -= 1
                    return left == 0 ? .stop : .more
                }
            }
            try sample.score(to: "stopped-\(stop)")
            #expect(try contents(of: sample.folder.file("stopped-\(stop)")) == whole)
        }
    }

    @Test func aProgramScoresTextAndTheRewardsDoNotDependOnHowManyRun() throws {
        let command = "while read -r line; do echo ${#line}; done"
        var found: [[RecordID: Double]] = []
        for workers in [1, 3] {
            let scorer = ProgramScorer(command: command, name: "letters", workers: workers)
            try sample.score(scorer: scorer, to: "by\(workers)")
            found.append(try rewards("by\(workers)"))
        }
        #expect(found[0] == found[1] && found[0].count == 60 && Set(found[0].values).count > 1)
    }

    @Test(arguments: ["echo 3; ", ""])
    func whatAProgramSaysUnaskedKeepsItsRewardsFromBeingSealed(banner: String) throws {
        let command = banner + "while read -r line; do echo 1; done" + (banner.isEmpty ? "; echo done" : "")
        #expect(throws: ProgramScorerError.self) {
            try sample.score(scorer: ProgramScorer(command: command))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: sample.folder.file("rewards"))
        #expect(names == ["plan.json"])
    }
}
