import Foundation
import Testing

@testable import AlignData

/// A record's own id and the fields that a recipe lists under `extra` go to the end and come back.
@Suite struct ExtraFieldsTests {
    let folder: TemporaryFolder
    let tokenizer: Tokenizer

    init() throws {
        folder = try TemporaryFolder()
        tokenizer = try BigramPolicy.tokenizer(in: folder)
    }

    private static func recipe(_ extra: String, each: String = "") throws -> Recipe {
        try Recipe(
            yaml: """
                name: letters
                sources:
                  - files: '*.jsonl'
                    format: jsonl\(each)
                    fields: {document: text, id: id?, split: split?, extra: \(extra)}
                prompt: {text: "{document}", max-tokens: 32}
                """, name: "letters.yml")
    }

    private func ingest(_ recipe: Recipe, _ lines: String) throws -> [Prompt] {
        try folder.write("letters.jsonl", lines)
        var configuration = IngestConfiguration()
        configuration.promptsPerShard = 2
        _ = try IngestStage(
            sources: [folder.file("letters.jsonl")], recipe: recipe, tokenizer: tokenizer,
            configuration: configuration, output: folder.file("corpus")
        ).run { _ in .more }
        return try folder.prompts("corpus")
    }

    private static let lines = """
        {"id": "x-1", "text": "abc", "split": "train", "lang": "de", "meta": {"topic": "a, \\"b\\"\\n🐢"}}
        {"id": 2, "text": "fade", "split": "train", "lang": "en", "meta": {}}
        {"text": "beef", "split": "train", "lang": "en", "meta": {"topic": 7, "rank": [1, 2]}}

        """

    @Test func ownIdsAndExtraFieldsAreInEverySet() throws {
        let prompts = try ingest(
            Self.recipe("{lang: lang, topic: meta.topic?, rank: meta.rank?}"), Self.lines)
        #expect(prompts.map(\.sourceID) == ["x-1", "2", nil])
        #expect(
            prompts.map(\.extra) == [
                ["lang": "de", "topic": "a, \"b\"\n🐢"], ["lang": "en"],
                ["lang": "en", "topic": "7", "rank": "1 2"],
            ])
        var generation = GenerateConfiguration()
        generation.sampling.candidates = 3
        generation.sampling.maxTokens = 5
        _ = try GenerateStage(
            corpus: folder.file("corpus"), sampler: BigramPolicy(), policy: BigramPolicy(), reference: nil,
            tokenizer: tokenizer,
            configuration: generation, output: folder.file("candidates")
        ).run { _ in .more }
        _ = try ScoreStage(
            candidates: folder.file("candidates"), scorer: LengthScorer(), configuration: .init(),
            output: folder.file("rewards")
        ).run { _ in .more }
        _ = try PairsStage(
            candidates: folder.file("candidates"), rewards: [folder.file("rewards")], configuration: .init(),
            output: folder.file("pairs")
        ).run { _ in .more }
        for (name, kind) in [("candidates", ShardKind.candidates), ("pairs", .pairs)] {
            let set = try ShardSet(opening: folder.file(name), kind: kind)
            let found = try (0..<set.shardCount).flatMap { try set.shard(at: $0).prompts() }
            #expect(found.map(\.sourceID) == prompts.map(\.sourceID))
            #expect(found.map(\.extra) == prompts.map(\.extra))
            #expect(try VerifyStage(folder.file(name)).run { _ in .more }.isSound)
        }
        let shell = try SQLiteShell(folder.file("pairs/shard-00000.sqlite"))
        #expect(
            try shell.rows("SELECT fields ->> 'lang', ifnull(source_id, '-') FROM prompt") == [
                ["de", "x-1"], ["en", "2"], ["en", "-"],
            ])
        #expect(
            try shell.rows("SELECT fields FROM prompt WHERE position = 2")
                == [[#"{"lang":"en","rank":"1 2","topic":"7"}"#]])
        let sample = try Inspection(folder.file("pairs")).sample(count: 3, seed: 0)
        #expect(sample[0].text().contains("id x-1") && sample[0].text().contains("lang  de"))
    }

    @Test(arguments: [ExportFormat.trlPreference, .trlScored])
    func exportsCarryThemAndImportsTakeThemBack(format: ExportFormat) throws {
        try ownIdsAndExtraFieldsAreInEverySet()
        var export = ExportConfiguration()
        export.format = format
        let file = folder.file("out.jsonl")
        _ = try ExportStage(pairs: folder.file("pairs"), configuration: export, output: file).run { _ in .more
        }
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains(#""source_id": "x-1""#))
        #expect(format != .trlScored || text.contains(#""source_id": null"#))
        var configuration = ImportConfiguration()
        configuration.format = format == .trlScored ? .trlScored : .trlPreference
        _ = try ImportStage(
            files: [file], recipe: nil, policy: BigramPolicy(), tokenizer: tokenizer,
            configuration: configuration, output: folder.file("imported")
        ).run { _ in .more }
        let before = try ShardSet(opening: folder.file("pairs"), kind: .pairs).shard(at: 0).prompts()
        let set = try ShardSet(opening: folder.file("imported"), kind: .pairs)
        let after = try set.shard(at: 0).prompts()
        #expect(set.manifest.counts.noted[ImportedGroups.differingFields] == nil)
        // A prompt whose rewards all tie has no preference.
        let known = Dictionary(uniqueKeysWithValues: before.map { ($0.text, $0) })
        #expect(!after.isEmpty && after.allSatisfy { $0.sourceID == known[$0.text]?.sourceID })
        #expect(after.allSatisfy { $0.extra == known[$0.text]?.extra })
    }

    @Test func commaSeparatedValuesHaveAColumnForEach() throws {
        try ownIdsAndExtraFieldsAreInEverySet()
        var export = ExportConfiguration()
        export.format = .csv
        let file = folder.file("out.csv")
        _ = try ExportStage(pairs: folder.file("pairs"), configuration: export, output: file).run { _ in .more
        }
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.prefix { $0 != "\r\n" }.hasSuffix(",split,source_id,lang,rank,topic"))
        #expect(text.contains(",train,x-1,de,,\"a, \"\"b\"\"\n🐢\"\r\n"))
    }

    @Test func everyQuestionOfADocumentKeepsItsOwnId() throws {
        let prompts = try ingest(
            Recipe(
                yaml: """
                    name: letters
                    sources:
                      - files: '*.jsonl'
                        format: jsonl
                        each: questions[*]
                        fields: {document: ^.text, question: q, id: id, extra: [^.lang, kind?]}
                    prompt: {text: "{document}{question}", max-tokens: 32}
                    """, name: "letters.yml"),
            """
            {"text": "abc", "lang": "de", "questions": [{"id": "q1", "q": "a"}, {"id": "q2", "q": "b", "kind": "w"}]}

            """)
        #expect(prompts.map(\.sourceID) == ["q1", "q2"])
        #expect(prompts.map(\.extra) == [["^.lang": "de"], ["^.lang": "de", "kind": "w"]])
    }

    @Test func anExtraFieldThatMustBeThereAndIsNotCostsItsRecord() throws {
        let prompts = try ingest(Self.recipe("[lang]"), Self.lines + #"{"text": "cab"}"# + "\n")
        #expect(prompts.count == 3)
        #expect(try folder.rejections("corpus").map(\.reason) == ["missing-field"])
    }

    @Test(arguments: ["[prompt]", "{source_id: id}", "[split]", "[lang, lang]", "[]"])
    func namesThatExportsUseAreRefused(extra: String) throws {
        #expect(throws: RecipeError.self) { try Self.recipe(extra) }
    }
}
