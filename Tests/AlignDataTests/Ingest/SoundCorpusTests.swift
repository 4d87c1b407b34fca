import Foundation
import Testing

@testable import AlignData

/// Whatever ingest calls done, verify calls sound.
@Suite struct SoundCorpusTests {
    private static func recipe(each: Bool, clean: String) throws -> Recipe {
        try Recipe(
            yaml: """
                name: random
                sources:
                  - files: '*.jsonl'
                    format: jsonl
                    \(each ? "each: 'parts[*]'" : "split: train")
                    fields:
                      document: '\(each ? "^." : "")d'
                      question: q?
                      references: [r?, rs?]
                      id: i?
                    completions: {each: 'c[*]', text: t, policy: p?, scores: {x: x?, y: y?}}
                prompt: {text: '{document}{question}', max-tokens: 12, completion-prefix: ' '}
                clean: {\(clean)}
                """, name: "random.yml")
    }

    /// Lines of few different texts, some of which cannot be taken.
    private static func line(_ random: CounterRandom, _ line: Int, each: Bool) -> String {
        var draws = UInt64(line) * 1000
        func draw(_ bound: Int) -> Int {
            draws += 1
            return random.integer(draws, below: bound)
        }
        func part() -> String {
            var fields: [String] = []
            if draw(3) > 0 { fields.append("\"q\": \" q\(draw(3))\"") }
            if draw(2) > 0 { fields.append("\"r\": \"\(["r0", "r1", "", "d1"][draw(4)])\"") }
            if draw(4) == 0 { fields.append("\"rs\": [\"r\(draw(3))\", \"r\(draw(3))\"]") }
            if draw(2) > 0 { fields.append("\"i\": \"\(draw(4))\"") }
            if draw(2) > 0 {
                let completions = (0..<draw(3)).map { _ in
                    "{\"t\": \"t\(draw(2))\", \"p\": \"p\(draw(2))\", \"x\": \(draw(2)), \"y\": \(draw(3) == 0 ? "\"z\"" : "1")}"
                }
                fields.append("\"c\": [\(completions.joined(separator: ", "))]")
            }
            return fields.joined(separator: ", ")
        }
        if draw(12) == 0 { return "broken" }
        let document = ["d0", "d1", "d2", "d3", " d  4 ", "d 4", "a document that is too long for it", ""][
            draw(8)]
        if !each {
            return "{\"d\": \"\(document)\"" + [part()].filter { !$0.isEmpty }.map { ", " + $0 }.joined()
                + "}"
        }
        let parts = (0..<draw(4)).map { _ in "{" + part() + "}" }
        return "{\"d\": \"\(document)\", \"parts\": [\(parts.joined(separator: ", "))]}"
    }

    @Test(
        "a corpus that ingest calls done is sound, whatever is joined, left out or rejected in it",
        arguments: [
            "", "drop-duplicates: false", "group-by: id", "near-duplicates: 0.9", "needs-summary: true",
            "summary: {max-tokens: 3}", "drop-duplicates: false, group-by: [id, question]", "max-tokens: 4",
        ], [false, true])
    func sound(clean: String, each: Bool) throws {
        let recipe = try Self.recipe(each: each, clean: clean)
        for seed in 0..<2 {
            let folder = try TemporaryFolder()
            let random = CounterRandom(seed: UInt64(seed), purpose: .sampling)
            for file in 0..<2 {
                let lines = (0..<16).map { Self.line(random, file * 16 + $0, each: each) }
                try folder.write("in/\(file).jsonl", lines.joined(separator: "\n") + "\n")
            }
            var prompts: [RecordID: Prompt]?
            var counts: StageCounts?
            for perShard in [1, 2, 3, 5] {
                var bytes: [String: Data]?
                for workers in [1, 2] {
                    let output = "out\(perShard).\(workers)"
                    var configuration = IngestConfiguration()
                    configuration.promptsPerShard = perShard
                    configuration.workers = workers
                    let report = try IngestStage(
                        sources: [folder.file("in")], recipe: recipe, tokenizer: IngestSamples.tokenizer,
                        configuration: configuration, output: folder.file(output)
                    ).run { _ in .more }
                    let verified = try VerifyStage(folder.file(output)).run { _ in .more }
                    #expect(
                        verified.isSound,
                        "seed \(seed), \(perShard) a shard: \(verified.checks.filter { $0.outcome == .failed })"
                    )
                    let written = try contents(of: folder.file(output))
                    #expect(bytes == nil || bytes == written)
                    bytes = written
                    // What is in a corpus does not depend on where its shards end.
                    let found = Dictionary(
                        uniqueKeysWithValues: try folder.prompts(output).map { ($0.id, $0) })
                    prompts = prompts ?? found
                    #expect(found.mapValues(\.references) == prompts?.mapValues(\.references))
                    #expect(found.mapValues(\.given) == prompts?.mapValues(\.given))
                    #expect(found.mapValues(\.split) == prompts?.mapValues(\.split))
                    counts = counts ?? report.counts
                    #expect(report.counts.recordsIn == counts?.recordsIn)
                    #expect(report.counts.rejected == counts?.rejected)
                    #expect(report.counts.recordsOut == counts?.recordsOut)
                }
            }
        }
    }

    @Test(
        "a document whose prompts lie in several shards stands in each of them; another text there is found")
    func documents() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "in/a.jsonl",
            #"{"d": "story", "parts": [{"q": " who?"}, {"q": " why?"}, {"q": " when?"}]}"# + "\n")
        var configuration = IngestConfiguration()
        configuration.promptsPerShard = 1
        _ = try IngestStage(
            sources: [folder.file("in")], recipe: try Self.recipe(each: true, clean: ""),
            tokenizer: IngestSamples.tokenizer, configuration: configuration, output: folder.file("out")
        ).run { _ in .more }
        #expect(try folder.prompts().map(\.text) == ["storywho?", "storywhy?", "storywhen?"])
        #expect(try VerifyStage(folder.file("out")).run { _ in .more }.isSound)
        let shard = folder.file("out/shard-00001.sqlite")
        try SQLiteShell(shard, readonly: false).execute("UPDATE document SET text = 'another'")
        var manifest = try ManifestFile.read(in: folder.file("out")).manifest
        manifest.shards[1].sha256 = try FileHash.sha256(ofFile: shard)
        manifest.shards[1].bytes = try #require(Files.size(shard))
        try ManifestFile.write(manifest, in: folder.file("out"))
        let found = try VerifyStage(folder.file("out")).run { _ in .more }.checks.first {
            $0.name == "unique ids"
        }
        #expect(found?.problems.first?.contains("has another text than in a shard before") == true)
    }
}
