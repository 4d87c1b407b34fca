import Foundation
import Testing

@testable import AlignData

@Suite struct PreferenceReaderTests {
    private let lines = """
        {"text": "doc", "title": "T", "good": "yes ", "bad": "no", "by": 0.5, "split": "train"}
        {"text": "doc", "good": "same", "bad": " same"}
        {"text": "doc", "good": "x", "bad": ""}
        {"text": "doc", "good": "x", "bad": "y", "by": "much"}
        {"text": "doc", "good": "x"}
        {"text": "\(String(repeating: "x", count: 200))", "good": "x", "bad": "y"}
        oops
        {"text": "doc", "good": "a", "bad": "b"}

        """

    @Test("pairs are completions as training sees them; what makes no pair is rejected with its reason")
    func pairs() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("p.jsonl", lines)
        let result = try PreferenceReader(
            path: path, recipe: IngestSamples.recipe(), tokenizer: IngestSamples.tokenizer
        ).read()
        #expect(result.counts.isConserved)
        #expect(
            result.counts.rejected == [
                "identical-completions": 1, "empty-completion": 1, "unusable-margin": 1, "missing-field": 1,
                "prompt-too-long": 1, "not-json": 1,
            ])
        #expect(result.rejections.compactMap(\.provenance.line) == [2, 3, 4, 5, 6, 7])
        let pair = try #require(result.pairs.first)
        #expect(
            IngestSamples.tokenizer.decode(pair.promptTokens, skippingSpecialTokens: false)
                == "T: doc<|im_end|>")
        #expect(IngestSamples.tokenizer.decode(pair.chosen.dropLast()) == " yes")
        #expect(pair.chosen.last == 257 && pair.rejected.last == 257)
        #expect(pair.margin == 0.5)
        #expect(pair.split == .train)
        #expect(result.pairs.count == 2)
        #expect(result.pairs[1].documentID == pair.documentID)
        #expect(result.pairs[1].margin == nil)
    }

    @Test("what has no tokens makes no pair, and what has none of a document no prompt")
    func noTokens() throws {
        let folder = try TemporaryFolder()
        let letters = try BigramPolicy.tokenizer(in: folder)
        let lines = ["a漢", "漢b", "漢漢", "ab"].map { texts in
            "{\"text\": \"abc\", \"good\": \"\(texts.prefix(1))\", \"bad\": \"\(texts.suffix(1))\"}\n"
        }
        let other = "{\"text\": \"漢字\", \"good\": \"a\", \"bad\": \"b\"}\n"
        try folder.write("in/p.jsonl", lines.joined() + other)
        let recipe = try IngestSamples.recipe(
            ("\"{title}: {document}<|im_end|>\"", "\"{document}\""), ("  completion-prefix: \" \"\n", ""))
        let result = try PreferenceReader(
            path: folder.file("in/p.jsonl"), recipe: recipe, tokenizer: letters
        ).read()
        #expect(result.pairs.count == 1 && result.counts.isConserved)
        #expect(
            result.counts.rejected == ["empty-completion": 2, "identical-completions": 1, "empty-prompt": 1])

        let report = try IngestStage(
            sources: [folder.file("in")], recipe: recipe, tokenizer: letters,
            configuration: IngestConfiguration(), output: folder.file("out")
        ).run { _ in .more }
        #expect(report.counts.rejected == ["empty-prompt": 1])
    }

    @Test("without a split a fifth of the documents is held out, all pairs of one together")
    func splits() throws {
        let folder = try TemporaryFolder()
        let lines = (0..<1000).map {
            "{\"text\": \"document \($0 / 2)\", \"good\": \"a\($0)\", \"bad\": \"b\"}\n"
        }
        let path = try folder.write("p.jsonl", lines.joined())
        let pairs = try PreferenceReader(
            path: path, recipe: IngestSamples.recipe(), tokenizer: IngestSamples.tokenizer
        ).read().pairs
        let held = Set(pairs.filter { $0.split == .validation }.map(\.documentID))
        #expect(held.isDisjoint(with: pairs.filter { $0.split == .train }.map(\.documentID)))
        // Four standard deviations of a share of 500 are 0.072.
        #expect(abs(Double(held.count) / 500 - 0.2) < 0.072)
    }

    @Test("the recipe's shares are those of the preferences, too")
    func statedSplits() throws {
        let folder = try TemporaryFolder()
        let lines = (0..<1000).map { "{\"text\": \"document \($0)\", \"good\": \"a\", \"bad\": \"b\"}\n" }
        let path = try folder.write("p.jsonl", lines.joined())
        func recipe(_ split: String) throws -> Recipe {
            try Recipe(
                yaml: """
                    name: letters
                    sources: [{files: '*.none', format: jsonl, fields: {document: text}}]
                    prompt: {text: '{document}', max-tokens: 64, truncate: reject}
                    preferences: {document: text, chosen: good, rejected: bad}
                    \(split)
                    """, name: "letters")
        }
        func pairs(_ split: String) throws -> [Split: Int] {
            try PreferenceReader(path: path, recipe: recipe(split), tokenizer: IngestSamples.tokenizer)
                .read().pairs.reduce(into: [:]) { $0[$1.split, default: 0] += 1 }
        }
        #expect(try pairs("split: {validation: 0}") == [.train: 1000])
        let held = try pairs("split: {validation: 0.5, test: 0.25}")
        // Four standard deviations of 1000 at 0.5 are 63.
        #expect(abs((held[.validation] ?? 0) - 500) < 63 && abs((held[.test] ?? 0) - 250) < 63)
    }

    @Test(
        "of several votes the recipe takes the first, their mean or their median",
        arguments: [
            ("first", ["good", "bad", "bad", "good"], [:]),
            ("mean", ["", "tie", "bad", "bad"], ["unknown-label": 1]),
            ("median", ["good", "tie", "bad", "bad"], [:]),
            ("only", ["", "", "", ""], ["several-values": 4]),
        ] as [(String, [String], [String: Int])])
    func votes(take: String, better: [String], rejected: [String: Int]) throws {
        let folder = try TemporaryFolder()
        let votes = ["[1, 1, 2]", "[2, 1]", "[2, 2]", "[1, 3]"]
        let lines = votes.enumerated().map { index, votes in
            "{\"text\": \"document \(index)\", \"good\": \"good\", \"bad\": \"bad\", \"votes\": \(votes)}\n"
        }
        let path = try folder.write("p.jsonl", lines.joined())
        let recipe = try Recipe(
            yaml: """
                name: letters
                sources: [{files: '*.none', format: jsonl, fields: {document: text}}]
                prompt: {text: '{document}', max-tokens: 64, truncate: reject}
                preferences:
                  document: text
                  first: good
                  second: bad
                  label: {path: {path: votes, take: \(take)}, first: ['1', '1.0'], second: ['2', '2.0'], tie: ['1.5']}
                """, name: "letters")
        let result = try PreferenceReader(path: path, recipe: recipe, tokenizer: IngestSamples.tokenizer)
            .read()
        let chosen = result.pairs.map { IngestSamples.tokenizer.decode($0.chosen.dropLast()) }
        #expect(chosen == better.filter { $0 == "good" || $0 == "bad" })
        #expect(result.counts.rejected == rejected)
        #expect((result.counts.filtered["tie"] ?? 0) == better.count { $0 == "tie" })
        #expect(result.counts.isConserved)
    }

    @Test("a compressed file gives the same pairs; a recipe without preferences, or no file, is an error")
    func files() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("p.jsonl", lines)
        try ArchiveFixture.gzip(Array(lines.utf8), to: folder.file("p.jsonl.gz"))
        let read = { (path: String, recipe: Recipe) in
            try PreferenceReader(path: path, recipe: recipe, tokenizer: IngestSamples.tokenizer).read()
        }
        let recipe = try IngestSamples.recipe()
        #expect(try read(path, recipe).pairs == read(folder.file("p.jsonl.gz"), recipe).pairs)
        #expect(throws: IngestError.noPreferences(recipe: "scitldr")) {
            try read(path, Recipe.named("scitldr"))
        }
        #expect(throws: IngestError.self) { try read(folder.file("none"), recipe) }
    }
}
