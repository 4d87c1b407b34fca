import AlignData
import Testing

@Suite struct InspectionTests {
    let sample: PipelineSample

    init() throws {
        sample = try PipelineSample()
        try sample.generate()
        try sample.score()
        try sample.pair()
    }

    private func inspection(_ name: String) throws -> Inspection { try Inspection(sample.folder.file(name)) }

    @Test func theSummaryAddsUpTheShards() throws {
        let summary = try inspection("candidates").summary()
        #expect(summary.kind == .candidates && summary.shards == 4)
        #expect(summary.rows["prompt"] == 15 && summary.rows["completion"] == 60)
        #expect(summary.prompts == ["train": 15])
        #expect(try inspection("corpus").summary().prompts == ["train": 15, "validation": 6, "test": 2])
        let text = summary.text
        for part in [
            "candidates, written by generate", "bigram-0", "split-not-selected", "23 in, 15 out", "corpus",
        ] {
            #expect(text.contains(part))
        }
    }

    @Test(arguments: ["corpus", "candidates", "rewards", "pairs"])
    func aSampleIsDrawnWithoutRepetitionAndByItsSeedAlone(name: String) throws {
        let inspection = try inspection(name)
        let five = try inspection.sample(count: 5, seed: 1)
        #expect(five.count == 5 && Set(five).count == 5)
        #expect(try inspection.sample(count: 5, seed: 1) == five)
        #expect(try inspection.sample(count: 5, seed: 2) != five)
        let summary = try inspection.summary()
        let total = summary.rows[name == "rewards" ? "reward" : "prompt"]
        #expect(try Set(inspection.sample(count: 1000, seed: 3)).count == total)
    }

    @Test func aSampledPairShowsPromptCompletionsAndRewards() throws {
        let groups = try sample.open("pairs", .pairs).shard(at: 0).groups()
        let all = try inspection("pairs").sample(count: 1000, seed: 0)
        let shown = try #require(all.first { $0.promptID == groups[0].promptID })
        #expect(shown.completions.map(\.reward) == groups[0].candidates.map { $0.reward })
        #expect(shown.pairs == groups[0].pairs)
        let text = shown.text()
        #expect(text.contains("prompt \(shown.promptID)  train"))
        #expect(text.contains("posts.jsonl:1") && text.contains("  completion 1  reward 0."))
        for completion in shown.completions { #expect(text.contains("    " + completion.text)) }
    }

    @Test func textIsCutToItsEndAndCannotSteerTheTerminal() throws {
        let folder = try TemporaryFolder()
        let writer = try ShardSamples.writer(folder.file("corpus"), .corpus)
        try writer.write(shard: 0) { shard in
            var prompt = ShardSamples.prompt(0)
            prompt.text = "start " + String(repeating: "x", count: 500) + "\u{1B}[2Jend"
            try shard.insert(document: ShardSamples.document(0), id: prompt.documentID)
            try shard.insert(prompt: prompt)
            try shard.insert(rejection: ShardSamples.rejection(4))
            return StageCounts()
        }
        _ = try writer.finish()
        let inspection = try Inspection(folder.file("corpus"))
        let text = try inspection.sample(count: 1, seed: 0)[0].text(promptTail: 20)
        #expect(text.contains("…") && text.contains("end") && !text.contains("start"))
        #expect(!text.unicodeScalars.contains("\u{1B}"))

        let rejection = try inspection.rejections()[0]
        #expect(Inspection.text(of: rejection) == "a.jsonl:4  not-json  the line is not JSON")
        #expect(Inspection.text(of: rejection, showingExcerpt: true).contains("{\"broken\": "))
    }
}
