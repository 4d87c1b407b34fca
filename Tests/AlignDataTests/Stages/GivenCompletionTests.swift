import AlignData
import Testing

/// Completions that came with a corpus, from the record to the pair.
@Suite struct GivenCompletionTests {
    let sample: PipelineSample
    private var corpus: String { sample.folder.file("published") }

    init() throws {
        sample = try PipelineSample(splits: [[.train]])
        let lines = (0..<6).map { index in
            let document = ["abc", "bcd", "cde", "def", "efa", "fab"][index]
            // One without a completion.
            let completions =
                index == 5
                ? ""
                : """
                {"t": "ab", "by": "bart", "quality": 0.5}, {"t": "fe", "quality": -\(index)}
                """
            return "{\"d\": \"\(document)\", \"c\": [\(completions)]}\n"
        }
        try sample.folder.write("in/x.jsonl", lines.joined())
        let recipe = try Recipe(
            yaml: """
                name: published
                sources:
                  - files: '*.jsonl'
                    format: jsonl
                    fields: {document: d}
                    completions: {each: 'c[*]', text: t, policy: by?, scores: {quality: quality}}
                split: {validation: 0}
                prompt: {text: '{document}', max-tokens: 10, completion-prefix: ''}
                """, name: "published.yml")
        let report = try IngestStage(
            sources: [sample.folder.file("in")], recipe: recipe, tokenizer: sample.tokenizer,
            configuration: IngestConfiguration(), output: corpus
        ).run { _ in .more }
        #expect(report.counts.noted["given-completions"] == 10)
    }

    private func generate(
        candidates: Int, to output: String = "candidates", reference: BigramPolicy? = BigramPolicy(seed: 1)
    ) throws -> StageReport {
        var configuration = PipelineSample.generation
        configuration.sampling.candidates = candidates
        configuration.withCompletions = true
        return try GenerateStage(
            corpus: corpus, sampler: BigramPolicy(), policy: BigramPolicy(), reference: reference,
            tokenizer: sample.tokenizer,
            configuration: configuration, output: sample.folder.file(output)
        ).run { _ in .more }
    }

    @Test func aCorpusKeepsThemWithWriterTokensAndScores() throws {
        let prompts = try ShardSet(opening: corpus, kind: .corpus).shard(at: 0).prompts()
        #expect(prompts.count == 6)
        #expect(
            prompts[2].given == [
                GivenCompletion(text: "ab", tokens: [0, 1], policy: "bart", scores: ["quality": 0.5]),
                GivenCompletion(text: "fe", tokens: [5, 4], scores: ["quality": -2]),
            ])
        #expect(prompts[5].given.isEmpty)
        #expect(try VerifyStage(corpus).run { _ in .more }.isSound)
        let shown = try Inspection(corpus).sample(count: 6, seed: 0)
        #expect(shown[2].given.map(\.policy) == ["bart", nil])
        #expect(shown[2].text().contains("  completion by bart quality 0.5\n    ab"))
    }

    @Test func theyJoinWhatIsDrawnWithTheirOwnLogProbabilities() throws {
        let report = try generate(candidates: 2)
        #expect(report.counts.noted["given-completions"] == 10 && report.counts.recordsOut == 6)
        let given = try sample.completions().filter { $0.finishReason == .given }
        #expect(given.count == 10)
        #expect(Set(given.map(\.policyID)) == ["corpus:bart", "corpus"])
        #expect(given.allSatisfy { $0.tokens.last == BigramPolicy.endOfSequence && $0.rolloutIndex >= 2 })
        let set = try sample.open("candidates", .candidates)
        let prompts = try (0..<set.shardCount).flatMap { try set.shard(at: $0).prompts() }
        for completion in given {
            let prompt = try #require(prompts.first { $0.id == completion.promptID })
            let group = TokenGroup(prompt: prompt.tokens, completions: [completion.tokens])
            #expect(try BigramPolicy().logProbabilities(of: [group]) == [[completion.logProbability]])
            #expect(
                try BigramPolicy(seed: 1).logProbabilities(of: [group])
                    == [[completion.referenceLogProbability]])
        }
    }

    @Test func aloneTheyArePairedByTheScoresTheyCameWith() throws {
        let report = try generate(candidates: 0)
        #expect(report.counts.isConserved && report.counts.recordsOut == 5)
        #expect(report.counts.filtered[GenerateStage.noCompletion] == 1)
        let scored = try ScoreStage(
            candidates: sample.folder.file("candidates"), corpusScore: "quality",
            configuration: ScoreConfiguration(), output: sample.folder.file("rewards")
        ).run { _ in .more }
        #expect(scored.counts.isConserved && scored.counts.recordsOut == 10)
        try sample.pair()
        let pairs = try sample.open("pairs", .pairs)
        let groups = try (0..<pairs.shardCount).flatMap { try pairs.shard(at: $0).groups() }
        #expect(groups.map { $0.candidates.map(\.reward) } == (0..<5).map { [0.5, -Double($0)] })
        for name in ["candidates", "rewards", "pairs"] {
            #expect(try VerifyStage(sample.folder.file(name)).run { _ in .more }.isSound)
        }
    }

    @Test func aScoreThatSomeDidNotComeWithIsAnError() throws {
        _ = try generate(candidates: 1)
        let error = #expect(throws: StageError.self) {
            try ScoreStage(
                candidates: sample.folder.file("candidates"), corpusScore: "quality",
                configuration: ScoreConfiguration(), output: sample.folder.file("rewards")
            ).run { _ in .more }
        }
        guard case .noCorpusScore(_, "quality", _)? = error else {
            Issue.record("another error")
            return
        }
    }
}
