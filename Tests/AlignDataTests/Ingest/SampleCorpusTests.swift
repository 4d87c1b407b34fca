import Foundation
import Testing

@testable import AlignData

@Suite struct SampleCorpusTests {
    private static let samples = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("samples").path

    @Test("the sample recipe takes every post of the sample corpus out of its four layouts")
    func corpus() throws {
        let folder = try TemporaryFolder()
        let recipe = try Recipe.load(path: Self.samples + "/recipe.yml")
        let report = try IngestStage(
            sources: [Self.samples + "/corpus"],
            recipe: try Self.roomier(recipe), tokenizer: IngestSamples.tokenizer,
            configuration: IngestConfiguration(), output: folder.file("out")
        ).run { _ in .more }
        #expect(report.counts.recordsOut == 128)
        #expect(report.counts.recordsIn == 128)
        #expect(report.counts.noted["split-train"] == 96)
        #expect(report.counts.noted["split-validation"] == 32)
        let prompts = try folder.prompts()
        let layouts = Dictionary(grouping: prompts) { prompt in
            (prompt.provenance.source as NSString).pathExtension
        }
        #expect(layouts.mapValues(\.count) == ["jsonl": 32, "gz": 32, "zip": 32, "txt": 32])
        #expect(prompts.allSatisfy { (1...2).contains($0.references.count) })
        #expect(prompts.allSatisfy { $0.text.contains("\n\nTITLE: ") && $0.tokens.first == 256 })
    }

    @Test("every sample preference becomes a pair, and no document is on both sides of the split")
    func preferences() throws {
        let recipe = try Self.roomier(Recipe.load(path: Self.samples + "/recipe.yml"))
        let result = try PreferenceReader(
            path: Self.samples + "/preferences.jsonl", recipe: recipe, tokenizer: IngestSamples.tokenizer
        ).read()
        #expect(result.pairs.count == 257)
        #expect(result.rejections.isEmpty)
        let held = Set(result.pairs.filter { $0.split == .validation }.map(\.documentID))
        #expect(!held.isEmpty)
        #expect(held.isDisjoint(with: result.pairs.filter { $0.split == .train }.map(\.documentID)))
    }

    /// The tests' tokenizer spends a token a byte.
    private static func roomier(_ recipe: Recipe) throws -> Recipe {
        var recipe = recipe
        recipe.prompt = try PromptTemplate(
            text: recipe.prompt.text, maxTokens: 4096, truncation: recipe.prompt.truncation,
            completionPrefix: recipe.prompt.completionPrefix)
        return recipe
    }
}
