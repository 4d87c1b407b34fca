import AlignData
import Testing

@Suite struct GenerateStageTests {
    let sample: PipelineSample
    init() throws { sample = try PipelineSample() }

    private func prompts(_ name: String) throws -> [Prompt] {
        let set = try sample.open(name, .candidates)
        return try (0..<set.shardCount).flatMap { try set.shard(at: $0).prompts() }
    }

    @Test func everyPromptOfTheSplitGetsItsCompletionsInOrder() throws {
        let report = try sample.generate()
        #expect(report.counts.recordsIn == 23 && report.counts.recordsOut == 15 && report.counts.isConserved)
        #expect(report.counts.filtered == [GenerateStage.splitNotSelected: 8])
        let expected = PipelineSample.splits.flatMap { $0 }.enumerated().filter { $1 == .train }
            .map { PipelineSample.prompt($0.offset, .train) }
        #expect(try prompts("candidates") == expected)
        let set = try sample.open("candidates", .candidates)
        #expect(set.manifest.shards.map { $0.rows["prompt"] } == [4, 4, 4, 3])
        #expect(set.manifest.facts["policy"] == "bigram-0" && set.manifest.facts["reference"] == "bigram-1")
        #expect(set.manifest.inputs.map(\.role) == ["corpus"])
    }

    @Test func completionsCarryTheirTokensTextAndExactLogProbabilities() throws {
        try sample.generate()
        let prompts = try Dictionary(uniqueKeysWithValues: prompts("candidates").map { ($0.id, $0) })
        let completions = try sample.completions()
        #expect(completions.count == 60 && Set(completions.map(\.id)).count == 60)
        for (index, completion) in completions.enumerated() {
            #expect(completion.rolloutIndex == index % 4)
            let prompt = try #require(prompts[completion.promptID])
            let group = TokenGroup(prompt: prompt.tokens, completions: [completion.tokens])
            #expect(try BigramPolicy().logProbabilities(of: [group]) == [[completion.logProbability]])
            #expect(
                try BigramPolicy(seed: 1).logProbabilities(of: [group]) == [
                    [completion.referenceLogProbability]
                ])
            let ended = completion.tokens.last == BigramPolicy.endOfSequence
            #expect(completion.finishReason == (ended ? .endOfSequence : .length))
            #expect(completion.text == sample.tokenizer.decode(completion.tokens))
            #expect(completion.text.count == completion.tokens.count - (ended ? 1 : 0))
        }
    }

    @Test func withoutAReferenceThePolicyIsItsOwn() throws {
        try sample.generate(reference: nil)
        for completion in try sample.completions() {
            #expect(completion.referenceLogProbability == completion.logProbability)
        }
    }

    @Test func referenceSummariesJoinTheCompletionsWithTheirOwnLogProbabilities() throws {
        try sample.generate(to: "alone")
        var configuration = PipelineSample.generation
        configuration.withReferences = true
        let report = try sample.generate(configuration)
        #expect(report.counts.noted["reference-completions"] == 15)
        let drawn = try sample.completions("alone")
        let all = try sample.completions()
        #expect(all.filter { $0.finishReason != .given } == drawn)
        let given = all.filter { $0.finishReason == .given }
        #expect(given.count == 15 && Set(all.map(\.id)).count == all.count)
        let prompts = try Dictionary(uniqueKeysWithValues: prompts("candidates").map { ($0.id, $0) })
        for completion in given {
            #expect(completion.tokens == [0, 1, BigramPolicy.endOfSequence] && completion.text == "ab")
            #expect(completion.rolloutIndex == 4 && completion.policyID == GenerateStage.referencePolicy)
            let prompt = try #require(prompts[completion.promptID])
            let group = TokenGroup(prompt: prompt.tokens, completions: [completion.tokens])
            #expect(try BigramPolicy().logProbabilities(of: [group]) == [[completion.logProbability]])
            #expect(completion.sampledLogProbability == completion.logProbability)
            #expect(
                try BigramPolicy(seed: 1).logProbabilities(of: [group]) == [
                    [completion.referenceLogProbability]
                ])
        }
        // With the policy as its own reference, one pass gives both.
        try sample.generate(configuration, reference: nil, to: "own")
        for completion in try sample.completions("own") {
            #expect(completion.referenceLogProbability == completion.logProbability)
        }
        try sample.score()
        #expect(try sample.pair().counts.isConserved)
        #expect(try VerifyStage(sample.folder.file("pairs")).run { _ in .more }.isSound)
    }

    @Test func aReferenceThatDoesNotFitTheContextIsLeftOutWholeAndCounted() throws {
        var policy = BigramPolicy()
        policy.contextLength = 7
        var configuration = PipelineSample.generation
        (configuration.withReferences, configuration.sampling.maxTokens) = (true, 2)
        let report = try sample.generate(configuration, policy: policy)
        // Prompts have 2 to 5 tokens and the reference 3: beside a prompt of 5 it does not fit into 7.
        #expect(report.counts.recordsOut == 15 && report.counts.noted["references-too-long"] == 3)
        #expect(report.counts.noted["reference-completions"] == 12)
    }

    @Test func aPromptThatDoesNotFitTheContextIsCountedAndKeptApart() throws {
        var policy = BigramPolicy()
        policy.contextLength = 9
        let report = try sample.generate(policy: policy)
        // Prompts have 2 to 5 tokens and completions 5: those of 5 do not fit into 9.
        #expect(report.counts.rejected[GenerateStage.promptTooLong] == 3 && report.counts.isConserved)
        let rejections = try Inspection(sample.folder.file("candidates")).rejections()
        #expect(rejections.count == 3)
        #expect(
            rejections.allSatisfy { $0.provenance.line != nil && $0.reason == GenerateStage.promptTooLong })
        #expect(
            rejections[0].detail
                == "the prompt's 5 tokens and 5 of a completion exceed the context of 9")
    }

    @Test func theLimitHoldsForEachSplitAndALargerOneSelectsTheSameAndMore() throws {
        var configuration = PipelineSample.generation
        configuration.splits = [.validation, .train]
        var selected: [Set<RecordID>] = []
        for limit in [0, 1, 3, 6, 100] {
            configuration.maxPrompts = limit
            let report = try sample.generate(configuration, to: "limit-\(limit)")
            #expect(report.counts.isConserved && report.counts.recordsIn == 23)
            let prompts = try prompts("limit-\(limit)")
            #expect(prompts.count { $0.split == .train } == min(limit, 15))
            #expect(prompts.count { $0.split == .validation } == min(limit, 6))
            selected.append(Set(prompts.map(\.id)))
        }
        for (fewer, more) in zip(selected, selected.dropFirst()) { #expect(fewer.isSubset(of: more)) }
    }

    @Test func anInterruptedRunGoesOnToTheSameBytes() throws {
        try sample.generate(to: "whole")
        let whole = try contents(of: sample.folder.file("whole"))
        // Stopped at every report of progress in turn, each run going on from the one before.
        var runs = 0
        while true {
            var left = runs % 5 + 1
            runs += 1
            do {
                try sample.generate(to: "stopped") { _ in
                    left -= 1
                    return left == 0 ? .stop : .more
                }
                break
            } catch is Interrupted {
                #expect(throws: ShardError.unfinished(folder: sample.folder.file("stopped"))) {
                    try sample.open("stopped", .candidates)
                }
            }
            if runs > 60 { break }
            if runs % 5 == 0 { try interruptedByTheModel() }
        }
        #expect(runs > 1 && runs <= 60)
        #expect(try contents(of: sample.folder.file("stopped")) == whole)
    }

    private func interruptedByTheModel() throws {
        var calls = 0
        let policy = BigramPolicy(willSample: {
            calls += 1
            if calls == 6 { throw Interrupted() }
        })
        _ = try? sample.generate(policy: policy, to: "stopped")
    }

    @Test func completeWorkIsReportedAndNotRepeated() throws {
        let first = try sample.generate()
        let policy = BigramPolicy(willSample: { Issue.record("nothing is sampled again") })
        let second = try sample.generate(policy: policy)
        #expect(!first.alreadyComplete && second.alreadyComplete && second.counts == first.counts)
    }

    @Test func anotherConfigurationModelOrTokenizerIsRefused() throws {
        try sample.generate()
        var other = PipelineSample.generation
        other.sampling.temperature = 0.5
        #expect(throws: ShardError.self) { try sample.generate(other) }
        #expect(
            throws: ShardError.otherWork(
                folder: sample.folder.file("candidates"), difference: "it was made with another policy",
                isComplete: true)
        ) { try sample.generate(policy: BigramPolicy(seed: 9)) }

        let foreign = try PipelineSample(splits: [[.train]])
        let corpus = try ShardSetWriter(
            output: foreign.folder.file("foreign"), kind: .corpus, stage: "ingest", configuration: 0, seed: 0,
            facts: ["tokenizer": "another"], inputs: [])
        _ = try corpus.finish()
        let stage = GenerateStage(
            corpus: foreign.folder.file("foreign"), sampler: BigramPolicy(), policy: BigramPolicy(),
            reference: nil,
            tokenizer: sample.tokenizer, configuration: PipelineSample.generation,
            output: foreign.folder.file("candidates"))
        let mismatch = ModelMismatch(
            part: .tokenizer, expected: "another", given: sample.tokenizer.hash,
            path: foreign.folder.file("foreign"))
        #expect(throws: mismatch) { try stage.run { _ in .more } }
        #expect(
            mismatch.summary
                == "the data was made with another tokenizer (another) than the one given "
                + "(\(sample.tokenizer.hash.prefix(12))…)")
    }

    @Test func anotherChatTemplateThanThePromptsHaveIsRefused() throws {
        let configuration = #"{"chat_template": "{{ messages[0].content }}"}"#
        let tokenizer = try TokenizerFolder("smollm", files: ["tokenizer_config.json": configuration]).load()
        let given = try #require(tokenizer.chatTemplateHash)
        for template in ["another", given] {
            let path = sample.folder.file("chats-\(template)")
            let corpus = try ShardSetWriter(
                output: path, kind: .corpus, stage: "ingest", configuration: 0, seed: 0,
                facts: ["tokenizer": tokenizer.hash, "chat-template": template], inputs: [])
            _ = try corpus.finish()
            let stage = GenerateStage(
                corpus: path, sampler: BigramPolicy(), policy: BigramPolicy(), reference: nil,
                tokenizer: tokenizer,
                configuration: PipelineSample.generation, output: path + "-candidates")
            if template == given {
                #expect(try stage.run { _ in .more }.counts.isConserved)
            } else {
                let mismatch = ModelMismatch(
                    part: .chatTemplate, expected: template, given: given, path: path)
                #expect(throws: mismatch) { try stage.run { _ in .more } }
            }
        }
    }

    /// What draws completions need not be what says how probable they are.
    @Test func aSamplerOfItsOwnGivesTheSameCandidates() throws {
        struct Drawing: Sampler {
            let model = BigramPolicy()
            var modelID: String { model.modelID }
            var contextLength: Int { model.contextLength }
            func sample(
                _ prompts: [(id: RecordID, tokens: [TokenID])], configuration: SamplingConfiguration,
                progress: (Int) throws -> Void
            ) throws -> [[SampledCompletion]] {
                try model.sample(prompts, configuration: configuration, progress: progress)
            }
        }
        try sample.generate()
        _ = try GenerateStage(
            corpus: sample.corpus, sampler: Drawing(), policy: BigramPolicy(),
            reference: BigramPolicy(seed: 1), tokenizer: sample.tokenizer,
            configuration: PipelineSample.generation, output: sample.folder.file("apart")
        ).run { _ in .more }
        #expect(
            try contents(of: sample.folder.file("apart")) == contents(of: sample.folder.file("candidates")))
    }

    @Test func theSizeOfAShardDoesNotChangeWhatIsDrawn() throws {
        try sample.generate()
        var other = PipelineSample.generation
        other.promptsPerShard = 100
        try sample.generate(other, to: "one-shard")
        #expect(try sample.completions("one-shard") == sample.completions())
    }

    @Test func workThatGoesOnWithOtherThreadsSaysSoAndStatesBoth() throws {
        let one = ["threads": "1", "instruction-set": "AVX2", "torch": "9"]
        let two = ["threads": "2", "instruction-set": "AVX2", "torch": "9"]
        #expect(throws: Interrupted.self) {
            try sample.generate(computed: one) { $0.done > 20 ? .stop : .more }
        }
        let resumed = try sample.generate(computed: two)
        #expect(resumed.notes.count == 1 && resumed.notes[0].contains("begun with threads 1, now 2"))
        let facts = try sample.open("candidates", .candidates).manifest.facts
        #expect(facts["threads"] == "1 + 2" && facts["instruction-set"] == "AVX2" && facts["torch"] == "9")

        let whole = try sample.generate(to: "whole", computed: one)
        #expect(whole.notes.isEmpty)
        #expect(try sample.generate(to: "whole", computed: one).notes.isEmpty)
        let again = try sample.generate(to: "whole", computed: two)
        #expect(
            again.alreadyComplete && again.notes.count == 1 && again.notes[0].contains("threads 1, now 2"))

        let deep = DeepVerification(model: BigramPolicy(), prompts: 1000, computed: two)
        let report = try VerifyStage(sample.folder.file("whole"), deep: deep).run { _ in .more }
        #expect(report.isSound && report.notes.count == 1 && report.notes[0].contains("threads 1, now 2"))
        let same = DeepVerification(model: BigramPolicy(), prompts: 1000, computed: one)
        #expect(try VerifyStage(sample.folder.file("whole"), deep: same).run { _ in .more }.notes.isEmpty)
    }
}
