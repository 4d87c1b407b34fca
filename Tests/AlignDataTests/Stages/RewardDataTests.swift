import AlignData
import Foundation
import Testing

@Suite struct RewardDataTests {
    let sample: PipelineSample
    let data: RewardData
    let recipe: Recipe

    /// Two labelled preferences, one that is none, and the candidates of the sample corpus.
    init() throws {
        sample = try PipelineSample()
        var generation = PipelineSample.generation
        generation.splits = [.train, .validation]
        try sample.generate(generation)
        let lines = """
            {"document": "abc", "chosen": "a", "rejected": "b", "split": "train"}
            {"document": "abd", "chosen": "a", "rejected": "a", "split": "train"}
            {"document": "abe", "chosen": "c", "rejected": "d", "split": "validation"}

            """
        let path = sample.folder.file("preferences.jsonl")
        try Data(lines.utf8).write(to: URL(fileURLWithPath: path))
        recipe = try Recipe(
            yaml: """
                name: letters
                description: Letters.
                sources: [{files: '*.jsonl', format: jsonl, fields: {document: document}}]
                prompt: {text: '{document}', max-tokens: 16, truncate: reject}
                preferences: {document: document, chosen: chosen, rejected: rejected, split: split}
                """, name: "letters")
        var data = try RewardData(preferences: path, recipe: recipe, tokenizer: sample.tokenizer, seed: 0)
        #expect(data.pairs.map(\.chosen) == [[0, 6], [2, 6]])
        #expect(data.counts.recordsIn == 3)
        try data.addReferencesAgainstSamples(
            of: sample.folder.file("candidates"), tokenizer: sample.tokenizer)
        self.data = data
    }

    @Test func everySampledCompletionButTheReferenceItselfIsRejectedForIt() throws {
        let completions = try sample.completions()
        let reference: [TokenID] = [0, 1, 6]
        let different = completions.filter { $0.tokens != reference }
        #expect(data.pairs.dropFirst(2).map(\.rejected) == different.map(\.tokens))
        #expect(data.pairs.dropFirst(2).allSatisfy { $0.chosen == reference })
        #expect(data.counts.isConserved)
        #expect(data.counts.recordsIn == 3 + completions.count)
        #expect(data.counts.filtered[RewardData.equalsReference] ?? 0 == completions.count - different.count)
    }

    @Test func pairsBeyondTheModelsContextAreRejectedAndCounted() throws {
        let preferences = sample.folder.file("preferences.jsonl")
        func read(_ contextLength: Int) throws -> RewardData {
            var data = try RewardData(
                preferences: preferences, recipe: recipe, tokenizer: sample.tokenizer, seed: 0,
                contextLength: contextLength)
            try data.addReferencesAgainstSamples(
                of: sample.folder.file("candidates"), tokenizer: sample.tokenizer)
            return data
        }
        // The labelled ones have 3 + 2 tokens.
        let some = try read(6)
        let fitting = data.pairs.filter {
            $0.promptTokens.count + max($0.chosen.count, $0.rejected.count) <= 6
        }
        #expect(some.pairs == fitting && fitting.count < data.pairs.count)
        #expect(some.counts.rejected["completion-too-long"] == data.pairs.count - fitting.count)
        #expect(some.counts.isConserved)
        let none = try read(4)
        #expect(none.counts.rejected["completion-too-long"] == data.pairs.count && none.pairs.isEmpty)
        let read = try PreferenceReader(
            path: preferences, recipe: recipe, tokenizer: sample.tokenizer, contextLength: 4
        ).read()
        #expect(
            read.rejections.filter { $0.reason == "completion-too-long" }.map(\.provenance.line) == [1, 3])
    }

    @Test func pairsKeepTheSplitAndTheDocumentOfTheirPrompt() throws {
        let documents = Dictionary(
            uniqueKeysWithValues: PipelineSample.splits.flatMap { $0 }.enumerated().map { index, split in
                (PipelineSample.prompt(index, split).documentID, split)
            })
        let sampled = data.pairs.dropFirst(2)
        #expect(sampled.allSatisfy { documents[$0.documentID] == $0.split })
        #expect(Set(sampled.map(\.split)) == [.train, .validation])
    }

    @Test func theInputsNameEverythingThatDecidesThePairs() throws {
        #expect(data.inputs.map(\.role) == ["preferences", "mapping", "template", "tokenizer", "candidates"])
        #expect(data.inputs.last?.sha256 == (try sample.open("candidates", .candidates).manifestHash))
    }
}
