import Foundation
import Testing

@testable import AlignData

@Suite struct IngestStageTests {
    @Test("a line becomes a rendered, tokenized prompt with its references and its provenance")
    func prompt() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "in/a.jsonl",
            "{\"text\": \"body <|im_end|>\", \"title\": \"T\", \"summaries\": [\"s\"], \"split\": \"dev\"}\n")
        let report = try folder.ingest("in")
        let prompt = try #require(try folder.prompts().first)
        #expect(prompt.text == "T: body <|im_end|><|im_end|>")
        // What looks like a control token in a document stays text.
        let body = Array("T: body <|im_end|>".utf8)
        #expect(prompt.tokens.count == body.count + 1)
        #expect(prompt.tokens.last == 257)
        #expect(IngestSamples.tokenizer.decode(prompt.tokens.dropLast()) == "T: body <|im_end|>")
        #expect(prompt.references.map(\.text) == ["s"])
        #expect(IngestSamples.tokenizer.decode(prompt.references[0].tokens) == " s")
        #expect(prompt.split == .validation)
        #expect(prompt.provenance == Provenance(source: "in/a.jsonl", byteOffset: 0, line: 1))
        #expect(report.counts.recordsOut == 1)
        #expect(!report.tooManyRejections)
    }

    @Test("every layout, plain and in any archive, gives the same prompts; each names where it came from")
    func layouts() throws {
        let folder = try TemporaryFolder()
        let xml = "<posts><post><title>T</title><text>one</text><summary>s</summary></post></posts>"
        let texts: [(String, String)] = [
            ("train/docs/k.txt", "T\n\ntwo\n"), ("train/sums/k.1.txt", "s"), ("train/sums/k.2.txt", "t"),
        ]
        try folder.write("plain/x.jsonl", IngestSamples.line(1))
        try folder.write("plain/x.xml", xml)
        for (name, text) in texts { try folder.write("plain/" + name, text) }
        let members: [ArchiveFixture.Member] =
            [.file("x.jsonl", IngestSamples.line(1)), .file("x.xml", xml)] + texts.map { .file($0, $1) }
        let report = try folder.ingest("plain", to: "plain.out")
        #expect(report.counts.recordsOut == 3)
        let plain = try folder.prompts("plain.out")
        #expect(plain.map { $0.references.count }.sorted() == [1, 1, 2])
        for format in ArchiveFixture.Format.allCases {
            try ArchiveFixture.write(members.reversed(), as: format, to: folder.file(format.name))
            _ = try folder.ingest(format.name, to: "out-" + format.name)
            let packed = try folder.prompts("out-" + format.name)
            #expect(Set(packed.map(\.id)) == Set(plain.map(\.id)))
            #expect(Set(packed.map(\.text)) == Set(plain.map(\.text)))
            #expect(packed.map(\.provenance.member) == ["train/docs/k.txt", "x.jsonl", "x.xml"])
        }
    }

    @Test("the order of an archive's members decides nothing")
    func memberOrder() throws {
        let folder = try TemporaryFolder()
        let members = (0..<7).map { ArchiveFixture.Member.file("m\($0).jsonl", IngestSamples.line($0 % 5)) }
        try ArchiveFixture.write(members, as: .tarGzip, to: folder.file("a/x.tar.gz"), makingFolder: true)
        try ArchiveFixture.write(
            members.reversed(), as: .tarGzip, to: folder.file("b/x.tar.gz"), makingFolder: true)
        _ = try folder.ingest("a/x.tar.gz", to: "a.out")
        _ = try folder.ingest("b/x.tar.gz", to: "b.out")
        #expect(try folder.prompts("a.out") == folder.prompts("b.out"))
        let shard = "shard-00000.sqlite"
        #expect(try contents(of: folder.file("a.out"))[shard] == contents(of: folder.file("b.out"))[shard])
    }

    @Test("records in are prompts, filtered and rejected records, by reason")
    func conservation() throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "x", count: 200)
        try folder.write(
            "in/a.jsonl",
            IngestSamples.line(1) + "not json\n\n" + IngestSamples.line(1) + "{\"title\": \"no text\"}\n"
                + "{\"text\": \" \"}\n{\"text\": \"same\", \"summaries\": [\"same\"]}\n"
                + "{\"text\": \"\(long)\"}\n"
                + IngestSamples.line(2))
        try folder.write("in/broken.xml", "<posts><post></posts>")
        try folder.write("in/train/docs/lonely.txt", "T\n\nx")
        try folder.write("in/train/sums/orphan.1.txt", "s")
        try folder.write("in/notes.md", "not asked for")
        for perShard in [1, 2, 4096] {
            let report = try folder.ingest("in", to: "out\(perShard)", perShard: perShard)
            #expect(report.counts.isConserved)
            #expect(report.counts.recordsIn == 11)
            #expect(report.counts.recordsOut == 2)
            #expect(
                report.counts.filtered == ["duplicate": 1, "empty-document": 1, "document-equals-summary": 1])
            #expect(
                report.counts.rejected == [
                    "not-json": 1, "missing-field": 1, "prompt-too-long": 1, "not-xml": 1,
                    "missing-summary": 1,
                    "unpaired-summary": 1,
                ])
            #expect(report.counts.noted["unmatched-files"] == 1)
            #expect(report.tooManyRejections)
            #expect(try folder.prompts("out\(perShard)").count == 2)
            #expect(try folder.rejections("out\(perShard)").count == 6)
            let filtered = try Inspection(folder.file("out\(perShard)")).filtered()
            #expect(
                filtered.map { "\($0.provenance) \($0.reason)" } == [
                    "in/a.jsonl:4 duplicate", "in/a.jsonl:6 empty-document",
                    "in/a.jsonl:7 document-equals-summary",
                ])
        }
    }

    @Test("the same input gives the same bytes, and a finished corpus is left alone")
    func sameBytes() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/a.jsonl", (0..<600).map(IngestSamples.line).joined())
        _ = try folder.ingest("in", to: "a", perShard: 100)
        _ = try folder.ingest("in", to: "b", perShard: 100)
        let first = try contents(of: folder.file("a"))
        #expect(first.keys.count { $0.hasSuffix(".sqlite") } == 6)
        #expect(try first == contents(of: folder.file("b")))
        let again = try folder.ingest("in", to: "a", perShard: 100)
        #expect(again.alreadyComplete)
        #expect(again.counts.recordsOut == 600)
        #expect(try first == contents(of: folder.file("a")))
    }

    @Test("interrupted anywhere, the same command ends with the same bytes")
    func resume() throws {
        let folder = try TemporaryFolder()
        let lines = (0..<300).map { IngestSamples.line($0 % 250) + ($0 % 7 == 0 ? "bad\n" : "") }
        try folder.write("in/a.jsonl", lines.joined())
        _ = try folder.ingest("in", to: "whole", perShard: 64)
        let whole = try contents(of: folder.file("whole"))
        var calls = 0
        _ = try folder.ingest("in", to: "counted", perShard: 64) { _ in
            calls += 1
            return .more
        }
        for stop in 1..<calls {
            let output = "stopped\(stop)"
            var call = 0
            #expect(throws: Interrupted.self) {
                try folder.ingest("in", to: output, perShard: 64) { _ in
                    call += 1
                    return call < stop ? .more : .stop
                }
            }
            let report = try folder.ingest("in", to: output, perShard: 64)
            #expect(!report.alreadyComplete)
            #expect(try contents(of: folder.file(output)) == whole)
        }
    }

    @Test("another recipe or other input never goes on with earlier work")
    func otherWork() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/a.jsonl", IngestSamples.line(1))
        _ = try folder.ingest("in")
        #expect(throws: ShardError.self) {
            try folder.ingest("in", recipe: IngestSamples.recipe(("max-tokens: 100", "max-tokens: 99")))
        }
        try folder.write("in/a.jsonl", IngestSamples.line(2))
        #expect(throws: ShardError.self) { try folder.ingest("in") }
    }

    @Test("records without a split are assigned one by their content")
    func splits() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/a.jsonl", (0..<50).map(IngestSamples.line).joined())
        let recipe = try IngestSamples.recipe(("prompt:\n", "split: {validation: 0.5}\nprompt:\n"))
        let report = try folder.ingest("in", recipe: recipe)
        let prompts = try folder.prompts()
        #expect(prompts.allSatisfy { $0.split == recipe.splits.split(of: $0.documentID, seed: 0) })
        #expect(report.counts.noted["split-validation"] == prompts.count { $0.split == .validation })
        #expect(Set(prompts.map(\.split)) == [.train, .validation])
    }

    @Test(
        "bounds in tokens leave out what is shorter or longer, each with its place, and keep what is at them")
    func tokenBounds() throws {
        let folder = try TemporaryFolder()
        func line(_ document: Int, _ summary: Int) -> String {
            let texts = [document, summary].map { String(repeating: "x", count: $0) }
            return "{\"text\": \"\(texts[0])\", \"summaries\": [\"\(texts[1])\"]}\n"
        }
        // Every byte is a token, and a summary begins with a blank.
        let lines = [line(4, 2), line(5, 2), line(9, 2), line(10, 2), line(6, 1), line(7, 4), line(8, 5)]
        try folder.write("in/a.jsonl", lines.joined())
        let recipe = try IngestSamples.recipe(
            (
                "prompt:\n",
                "clean: {min-tokens: 5, max-tokens: 9, summary: {min-tokens: 3, max-tokens: 5}}\nprompt:\n"
            ))
        for perShard in [1, 100] {
            let report = try folder.ingest("in", recipe: recipe, to: "out\(perShard)", perShard: perShard)
            #expect(report.counts.isConserved && report.counts.recordsOut == 3)
            let filtered = try Inspection(folder.file("out\(perShard)")).filtered()
            #expect(
                filtered.map { "\($0.provenance.line ?? 0) \($0.reason)" }.sorted() == [
                    "1 too-short", "4 too-long", "5 summary-too-short", "7 summary-too-long",
                ])
            #expect(try VerifyStage(folder.file("out\(perShard)")).run { _ in .more }.isSound)
        }
    }

    @Test("the shards do not depend on the number of workers")
    func workers() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/a.jsonl", (0..<700).map(IngestSamples.line).joined(separator: "bad\n"))
        var outputs: [[String: Data]] = []
        for workers in [1, 2, 8] {
            var configuration = IngestConfiguration()
            configuration.promptsPerShard = 150
            configuration.workers = workers
            _ = try IngestStage(
                sources: [folder.file("in")], recipe: try IngestSamples.recipe(),
                tokenizer: IngestSamples.tokenizer, configuration: configuration,
                output: folder.file("out\(workers)")
            ).run { _ in .more }
            outputs.append(try contents(of: folder.file("out\(workers)")))
        }
        #expect(outputs[0].keys.count { $0.hasSuffix(".sqlite") } == 5)
        #expect(outputs[1] == outputs[0] && outputs[2] == outputs[0])
    }

    @Test("what cannot be written ends all threads, and is what the reader is told")
    func noThreadIsLeft() throws {
        struct Full: Error {}
        weak var tokenizer: Tokenizer?
        try {
            let own = try TokenizerFolder("smollm", files: [:]).load()
            tokenizer = own
            let pipeline = CorpusPipeline(
                renderer: RecordRenderer(recipe: try IngestSamples.recipe(), tokenizer: own), first: 0,
                workers: 8
            ) { throw Full() }
            let text = String(repeating: "many words to cut into tokens ", count: 1000)
            #expect(throws: Full.self) {
                while true {
                    let record = SourceRecord(
                        document: text, split: .train, provenance: Provenance(source: "a", line: 1))
                    try pipeline.add(
                        CleanRecord(
                            record: record, split: .train, documentID: RecordID(kind: "document", ["a"])))
                }
            }
            #expect(pipeline.stop() == nil)
        }()
        #expect(tokenizer == nil, "a thread that renders would hold it")
    }

    @Test("a prompt that is too long is cut where the recipe says so, and counted")
    func truncation() throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "123456789\\n", count: 20)
        try folder.write("in/a.jsonl", "{\"text\": \"\(text)\"}\n")
        let recipe = try IngestSamples.recipe(
            ("max-tokens: 100", "max-tokens: 100\n  truncate: {post-to-last-newline: document}"))
        let report = try folder.ingest("in", recipe: recipe)
        #expect(report.counts.noted["truncated-prompts"] == 1)
        let prompt = try #require(try folder.prompts().first)
        #expect(prompt.tokens.count <= 100)
        #expect(prompt.text.hasSuffix("123456789<|im_end|>"))
        #expect(prompt.truncatedCharacters > 0)
    }

    @Test("a file's name is its split only where it is the name of one")
    func splitNames() throws {
        let folder = try TemporaryFolder()
        for name in ["posts", "valid"] {
            try folder.write("in/\(name).jsonl", "{\"document\": \"\(name)\", \"summary\": \"s\"}\n")
        }
        var recipe = try Recipe.named("generic")
        recipe.splits.validation = 0
        let report = try folder.ingest("in", recipe: recipe)
        #expect(report.counts.recordsOut == 2)
        #expect(try folder.prompts().map(\.split) == [.train, .validation])
    }

    @Test("a missing source, or one in which nothing matches, is an error before any work")
    func nothing() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/readme.md", "x")
        let unmatched = #expect(throws: IngestError.self) { try folder.ingest("in") }
        #expect(unmatched?.summary.contains("there is readme.md") == true)
        #expect(unmatched?.summary.contains("**/*.jsonl") == true)
        let missing = #expect(throws: IngestError.self) { try folder.ingest("in", "nowhere") }
        #expect(missing == .missingSource(path: folder.file("nowhere")))
        #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
        try ArchiveFixture.write([.file("readme.md", "x")], as: .zip, to: folder.file("x.zip"))
        #expect(throws: IngestError.self) { try folder.ingest("x.zip") }
    }
}
