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
        #expect(throws: other) { try sample.score(vocabulary: .tokenizer(hash: "another")) }
        // Without a tokenizer there is the number of tokens.
        let size = sample.tokenizer.vocabularySize
        #expect(
            throws: StageError.scorerVocabulary(path: candidates, candidates: size, scorer: size - 1)
        ) { try sample.score(vocabulary: .size(size - 1)) }
        let report = try sample.score(vocabulary: .size(size))
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
            try sample.score(scorer: scorer, to: "by\(workers)", vocabulary: .text)
            found.append(try rewards("by\(workers)"))
        }
        #expect(found[0] == found[1] && found[0].count == 60 && Set(found[0].values).count > 1)
    }

    @Test(arguments: ["echo 3; ", ""])
    func whatAProgramSaysUnaskedKeepsItsRewardsFromBeingSealed(banner: String) throws {
        let command = banner + "while read -r line; do echo 1; done" + (banner.isEmpty ? "; echo done" : "")
        #expect(throws: ProgramScorerError.self) {
            try sample.score(scorer: ProgramScorer(command: command), vocabulary: .text)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: sample.folder.file("rewards"))
        #expect(names == ["plan.json"])
    }
}
