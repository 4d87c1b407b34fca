import Foundation
import Testing

@testable import AlignData

@Suite struct BuiltInRecipeTests {
    @Test("every built-in recipe has a miniature of its corpus")
    func complete() {
        #expect(CorpusMiniature.all.map(\.name).sorted() == Recipe.builtInNames)
    }

    @Test(
        "every record of a corpus comes out of the layout in which it is published",
        arguments: CorpusMiniature.all)
    func layout(miniature: CorpusMiniature) throws {
        let folder = try TemporaryFolder()
        try miniature.write(to: folder, "in")
        var records: [SourceRecord] = []
        var left: [String: Int] = [:]
        let recipe = try Recipe.named(miniature.name)
        var cleaner = RecordCleaner(recipe: recipe, seed: 0)
        let reader = CorpusReader(
            recipe: recipe, limits: ArchiveLimits(), consumed: { _ in },
            handler: { outcome in
                switch outcome {
                case .record(let record):
                    switch try cleaner.judge(record) {
                    case .sound(let clean): records.append(clean.record)
                    case .joins: left[RecordCleaner.joined, default: 0] += 1
                    case .filtered(let reason): left[reason, default: 0] += 1
                    }
                case .rejection(let rejection): left[rejection.reason, default: 0] += 1
                case .unselected: left[RecordCleaner.unselected, default: 0] += 1
                case .noted: break
                }
            }, note: { _, _ in })
        try reader.read(SourceListing(source: folder.file("in")))
        #expect(records.map(\.document) == miniature.documents)
        #expect(records.map(\.references) == miniature.references)
        #expect(records.map(\.sourceID) == miniature.ids)
        #expect(records.map(\.split) == miniature.splits)
        #expect(left == miniature.left)
        if let title = miniature.title { #expect(records.first?.title == title) }
        for (name, value) in miniature.fields { #expect(records.first?.fields[name] == value) }
    }

    @Test("comparisons of two summaries become pairs by their label, ties are counted")
    func comparisons() throws {
        let folder = try TemporaryFolder()
        let lines = [0, 1, 2].map { choice in
            """
            {"info": {"id": "t3_1", "post": "Post.", "title": "T", "subreddit": "tea"}, "split": "train", \
            "summaries": [{"text": " first\(choice)", "policy": "sup1", "note": ""}, {"text": " second", \
            "policy": "ref", "note": ""}], "choice": \(choice), "worker": "w", "batch": "batch3", "extra": {}}

            """
        }
        try folder.write("comparisons/batch3.json", lines.joined())
        var recipe = try Recipe.named("tldr")
        recipe.prompt = try PromptTemplate(text: recipe.prompt.text, maxTokens: 4096)
        recipe.preferences?.labels?.tie = ["2"]
        let read = try PreferenceReader(
            path: folder.file("comparisons"), recipe: recipe, tokenizer: IngestSamples.tokenizer
        ).read()
        #expect(read.counts.isConserved)
        #expect(read.counts.filtered == ["tie": 1])
        let chosen = read.pairs.map { IngestSamples.tokenizer.decode($0.chosen.dropLast()) }
        #expect(chosen == ["first0", "second"])
        recipe.preferences?.labels?.tie = []
        let strict = try PreferenceReader(
            path: folder.file("comparisons/batch3.json"), recipe: recipe, tokenizer: IngestSamples.tokenizer
        ).read()
        #expect(strict.counts.rejected == ["unknown-label": 1])
    }
}

extension CorpusMiniature {
    func write(to folder: TemporaryFolder, _ name: String) throws {
        switch package {
        case .files(let files):
            for (path, bytes) in files { try folder.write(name + "/" + path, bytes) }
        case .archive(let file, let format, let members):
            try ArchiveFixture.write(
                members.map { .file($0, $1) }, as: format, to: folder.file(name + "/" + file),
                makingFolder: true)
        case .compressed(let file, let filter, let bytes):
            try folder.write(name + "/placeholder", "")
            try ArchiveFixture.compress(bytes, by: filter, to: folder.file(name + "/" + file))
            try FileManager.default.removeItem(atPath: folder.file(name + "/placeholder"))
        }
    }
}
