import Foundation
import Testing

@testable import AlignData

/// Rows of one document: joined, kept apart, or left out, each with its reason.
@Suite struct JoinTests {
    private static func recipe(_ format: String = "jsonl", clean: String = "", maxTokens: Int = 100) throws
        -> Recipe
    {
        try Recipe(
            yaml: """
                name: rows
                sources:
                  - files: '*'
                    format: \(format)
                    fields: {document: doc, references: summary?, id: id?, split: split?, question: question?}
                    completions: {text: written?, policy: system?, scores: {human: rating?, fluent: fluent?}}
                prompt: {text: '{document}{question}', max-tokens: \(maxTokens), completion-prefix: ' '}
                clean: {\(clean)}
                split: {validation: 0}
                """, name: "rows.yml")
    }

    private struct Corpus: Equatable {
        var prompts: [Prompt]
        var counts: StageCounts
        var left: [String]

        var references: [[String]] { prompts.map { $0.references.map(\.text) } }
        var completions: [[String]] {
            prompts.map { prompt in
                prompt.given.map { given in
                    let scores = given.scores.sorted { $0.key < $1.key }.map { " \($0.key) \($0.value)" }
                    return "\(given.policy ?? "-"): \(given.text)" + scores.joined()
                }
            }
        }
    }

    private static func ingest(
        _ rows: [String], _ recipe: Recipe, perShard: Int = 4096, workers: Int = 1,
        textsInMemory: Int? = nil, in folder: TemporaryFolder? = nil,
        to output: String = "out", progress: ProgressHandler = { _ in .more }
    ) throws -> Corpus {
        let folder = try folder ?? TemporaryFolder()
        try folder.write("in/rows.txt", rows.joined(separator: "\n") + "\n")
        var configuration = IngestConfiguration()
        configuration.promptsPerShard = perShard
        configuration.workers = workers
        var stage = IngestStage(
            sources: [folder.file("in")], recipe: recipe, tokenizer: IngestSamples.tokenizer,
            configuration: configuration, output: folder.file(output))
        if let textsInMemory { stage.textsInMemory = textsInMemory }
        let report = try stage.run(progress: progress)
        #expect(report.counts.isConserved)
        #expect(report.counts.recordsIn == rows.count - (recipe.sources[0].format == .csv ? 1 : 0))
        let verified = try VerifyStage(folder.file(output)).run { _ in .more }
        #expect(verified.isSound, "\(verified.checks.filter { $0.outcome == .failed })")
        let left = try Inspection(folder.file(output)).filtered().map {
            "\($0.provenance.line ?? 0) \($0.reason)"
        }
        return Corpus(prompts: try folder.prompts(output), counts: report.counts, left: left)
    }

    private static func row(_ fields: (String, Any)...) -> String {
        let values = fields.map { "\"\($0.0)\": " + ($0.1 is String ? "\"\($0.1)\"" : "\($0.1)") }
        return "{" + values.joined(separator: ", ") + "}"
    }

    @Test("one row a summary gives one prompt with all summaries", arguments: ["", "drop-duplicates: false"])
    func summaries(clean: String) throws {
        let lines = (0..<4).map {
            Self.row(("doc", "the same text"), ("summary", "s\($0)"), ("id", "x\($0)"))
        }
        let jsonl = try Self.ingest(lines, Self.recipe(clean: clean))
        #expect(jsonl.references == [["s0", "s1", "s2", "s3"]])
        #expect(jsonl.counts.filtered == ["joined": 3] && jsonl.counts.noted["references"] == 4)
        let csv = try Self.ingest(
            ["doc,summary,id"] + (0..<4).map { "the same text,s\($0),x\($0)" },
            Self.recipe("csv", clean: clean))
        #expect(csv.references == jsonl.references && csv.counts.filtered == jsonl.counts.filtered)
    }

    @Test("one row a completion gives completions with writer and scores, in JSON lines and in CSV")
    func completions() throws {
        let csv = try Self.ingest(
            [
                "doc,system,written,rating,fluent", "one,gpt,bees make honey,0.9,", "one,llama,honey,0.2,3",
                "two,gpt,\"ferry, stopped\",0.7,", "two,llama,rain,,1", "one,gpt,bees make honey,,2",
            ], Self.recipe("csv"))
        #expect(
            csv.completions == [
                ["gpt: bees make honey fluent 2.0 human 0.9", "llama: honey fluent 3.0 human 0.2"],
                ["gpt: ferry, stopped human 0.7", "llama: rain fluent 1.0"],
            ])
        #expect(csv.counts.filtered == ["joined": 3] && csv.counts.noted["given-completions"] == 4)
        let jsonl = try Self.ingest(
            [
                Self.row(("doc", "one"), ("system", "gpt"), ("written", "bees"), ("rating", 0.9)),
                Self.row(("doc", "one"), ("system", "llama"), ("written", "bees"), ("rating", 1)),
            ], Self.recipe())
        #expect(jsonl.completions == [["gpt: bees human 0.9", "llama: bees human 1.0"]])
    }

    @Test("a shape of completions that cannot be used is an error, or rejects the record")
    func unusable() throws {
        let row = "doc,system,written,rating"
        let dot = try Recipe(
            yaml: """
                name: x
                sources: [{files: '*', format: csv, fields: {document: doc}, completions: {each: '.', text: written}}]
                prompt: {text: '{document}', max-tokens: 100}
                """, name: "x.yml")
        #expect(try Self.ingest([row, "one,gpt,w,1", "one,t5,v,2"], dot).completions == [["-: w", "-: v"]])
        let error = #expect(throws: RecipeError.self) {
            _ = try Recipe(
                yaml: """
                    name: x
                    sources: [{files: '*', format: csv, fields: {document: doc}, completions: {each: rows, text: t}}]
                    prompt: {text: '{document}', max-tokens: 100}
                    """, name: "x.yml")
        }
        #expect(error?.summary.contains("each is of jsonl, json, xml and html") == true)
        let list = try Self.ingest(
            [Self.row(("doc", "one"), ("written", "w")), "{\"doc\": \"two\", \"written\": [\"a\", \"b\"]}"],
            Self.recipe())
        #expect(list.counts.rejected == ["unusable-field": 1] && list.completions == [["-: w"]])
        let score = try Self.ingest([row, "one,gpt,w,good", "two,gpt,w,"], Self.recipe("csv"))
        #expect(score.counts.rejected == ["unusable-score": 1] && score.completions == [["gpt: w"]])
    }

    @Test("the reason of a row that adds nothing says what was equal")
    func reasons() throws {
        let rows = [
            Self.row(("doc", "a  text"), ("summary", "s"), ("id", "1")),
            Self.row(("doc", "a text"), ("summary", "s"), ("id", "1")),
            Self.row(("doc", "a text"), ("summary", "s"), ("id", "2")),
            Self.row(("doc", "a text")),
            Self.row(("doc", "a text"), ("question", "who?")),
            Self.row(("doc", "a text"), ("written", "w"), ("rating", 1)),
            Self.row(("doc", "a text"), ("written", "w"), ("rating", 2)),
            Self.row(("doc", "a text"), ("written", "w"), ("rating", 1)),
        ]
        for perShard in [1, 100] {
            let found = try Self.ingest(rows, Self.recipe(), perShard: perShard)
            #expect(found.references == [["s"], []])
            #expect(found.completions == [["-: w human 1.0"], []])
            #expect(
                found.left.sorted() == [
                    "2 duplicate", "3 duplicate-with-other-id", "4 duplicate", "6 joined", "8 duplicate",
                ])
            #expect(found.counts.rejected == ["conflicting-score": 1])
        }
    }

    @Test("where duplicates are kept, equal texts are references and completions of their own")
    func kept() throws {
        let rows = (0..<3).map {
            Self.row(
                ("doc", "a text"), ("summary", "s"), ("written", "w"), ("rating", $0), ("question", $0 / 2))
        }
        for perShard in [1, 100] {
            let found = try Self.ingest(
                rows, Self.recipe(clean: "drop-duplicates: false"), perShard: perShard)
            #expect(found.references == [["s", "s"], ["s"]])
            #expect(found.completions == [["-: w human 0.0", "-: w human 1.0"], ["-: w human 2.0"]])
            #expect(found.counts.filtered == ["joined": 1])
        }
    }

    @Test("records are apart where a field that they are grouped by differs")
    func groups() throws {
        let rows = [("a", 1), ("a", 2), ("b", 1), ("a", 1)].map { document, id in
            Self.row(("doc", document), ("id", "\(id)"), ("summary", "\(document)\(id)"))
        }
        let found = try Self.ingest(rows, Self.recipe(clean: "group-by: id"))
        #expect(found.references == [["a1"], ["a2"], ["b1"]])
        #expect(Set(found.prompts.map(\.id)).count == 3 && Set(found.prompts.map(\.documentID)).count == 2)
        #expect(found.left == ["4 duplicate"])
        let error = #expect(throws: RecipeError.self) { try Self.recipe(clean: "group-by: rater") }
        #expect(error?.summary.contains("group-by names rater, which source 1 does not map") == true)
    }

    @Test("a row shares the fate of its record, but its own summary is its own", arguments: [1, 100])
    func fate(perShard: Int) throws {
        let long = String(repeating: "x", count: 120)
        let rows = [
            Self.row(("doc", long), ("summary", "one")),
            Self.row(("doc", "short"), ("summary", "too long a summary")),
            Self.row(("doc", "short"), ("summary", "one")), Self.row(("doc", long), ("summary", "two")),
            Self.row(("doc", "short"), ("summary", "another that is too long")),
            Self.row(("doc", "short"), ("summary", "two")),
            Self.row(("doc", "short"), ("summary", "short")),
            Self.row(("doc", "short"), ("summary", "three"), ("split", "test")),
        ]
        let found = try Self.ingest(rows, Self.recipe(clean: "summary: {max-tokens: 8}"), perShard: perShard)
        #expect(found.references == [["one", "two"]])
        #expect(found.counts.rejected == ["prompt-too-long": 1])
        #expect(
            found.left.sorted() == [
                "2 summary-too-long", "4 document-left-out", "5 summary-too-long", "6 joined",
                "7 document-equals-summary", "8 duplicate-in-other-split",
            ])
    }

    /// What every system wrote for every document, system by system or document by document.
    private static func far(_ documents: Int, _ systems: Int, bySystem: Bool) -> [String] {
        func line(_ document: Int, _ system: Int) -> String {
            row(
                ("doc", "document \(document)"), ("summary", "s\(system % 2)"), ("system", "m\(system)"),
                ("written", "w\(document)"), ("rating", Double(system) / 8))
        }
        if bySystem { return (0..<systems).flatMap { system in (0..<documents).map { line($0, system) } } }
        return (0..<documents).flatMap { document in (0..<systems).map { line(document, $0) } }
    }

    @Test(
        "rows of a document may lie anywhere: the prompts are the same, and any number of workers writes the same bytes"
    )
    func farAway() throws {
        let near = try Self.ingest(Self.far(150, 3, bySystem: false), Self.recipe())
        #expect(near.prompts.count == 150 && near.counts.filtered == ["joined": 300])
        #expect(near.references.allSatisfy { $0 == ["s0", "s1"] })
        #expect(near.completions[7] == (0..<3).map { "m\($0): w7 human \(Double($0) / 8)" })
        for perShard in [1, 2, 3, 5, 64, 4096] {
            var shards: [[String: Data]] = []
            for workers in [1, 2] {
                let folder = try TemporaryFolder()
                let found = try Self.ingest(
                    Self.far(150, 3, bySystem: true), Self.recipe(), perShard: perShard, workers: workers,
                    in: folder)
                #expect(found.prompts.map(\.given) == near.prompts.map(\.given))
                #expect(found.prompts.map(\.references) == near.prompts.map(\.references))
                #expect(found.prompts.map(\.id) == near.prompts.map(\.id))
                #expect(found.counts == near.counts)
                shards.append(try contents(of: folder.file("out")))
            }
            #expect(shards[0] == shards[1])
            #expect(shards[0].keys.sorted().allSatisfy { $0 == "manifest.json" || $0.hasSuffix(".sqlite") })
        }
    }

    @Test(
        "a row finds the record of its document however many texts lie between them",
        arguments: ["", "group-by: id", "drop-duplicates: false"])
    func beyondMemory(clean: String) throws {
        let rows = Self.far(40, 3, bySystem: true)
        for perShard in [1, 7] {
            let folder = try TemporaryFolder()
            let all = try Self.ingest(
                rows, Self.recipe(clean: clean), perShard: perShard, in: folder, to: "all")
            let few = try Self.ingest(
                rows, Self.recipe(clean: clean), perShard: perShard, workers: 2, textsInMemory: 4,
                in: folder, to: "few")
            #expect(few == all && few.prompts.count == 40 && few.counts.filtered == ["joined": 80])
            #expect(try contents(of: folder.file("few")) == contents(of: folder.file("all")))
        }
        // A document beyond memory still is in one split alone.
        let other = Self.row(("doc", "document 0"), ("summary", "s"), ("split", "test"))
        let split = try Self.ingest(
            rows.map { $0.replacing("{", with: "{\"split\": \"train\", ") } + [other],
            Self.recipe(clean: clean), textsInMemory: 4)
        #expect(split.counts.filtered["duplicate-in-other-split"] == 1)
    }

    @Test("records with one prompt are one, also where an extra field has the name of a field of the prompt")
    func extraOfOneName() throws {
        let recipe = try Recipe(
            yaml: """
                name: rows
                sources:
                  - files: '*'
                    format: jsonl
                    fields: {document: doc, topic: topic, extra: {topic: other}}
                prompt: {text: '{topic}: {document}', max-tokens: 100}
                """, name: "rows.yml")
        func row(_ topic: String, _ other: String) -> String {
            Self.row(("doc", "one"), ("topic", topic), ("other", other))
        }
        let folder = try TemporaryFolder()
        let rows = [row("tea", "x"), row("tea", "y"), row("rain", "x")]
        let found = try Self.ingest(rows, recipe, perShard: 1, in: folder)
        #expect(found.prompts.map(\.text) == ["tea: one", "rain: one"])
        #expect(found.left == ["2 duplicate"] && found.counts.noted["other-extra-fields"] == 1)
        let shown = try IngestPreview(
            sources: [folder.file("in")], recipe: recipe, tokenizer: IngestSamples.tokenizer,
            configuration: IngestConfiguration(), records: 2
        ).run()
        #expect(shown.counts.noted["other-extra-fields"] == 1)
    }

    @Test("extra fields of a joined row that the record has not are counted and said", arguments: [1, 100])
    func otherExtra(perShard: Int) throws {
        let folder = try TemporaryFolder()
        let rows = [("a", "s", "en"), ("b", "s", "en"), ("a", "t", "en"), ("a", "u", "de"), ("b", "s", "fr")]
        try folder.write(
            "in/rows.txt",
            rows.map { Self.row(("doc", $0.0), ("summary", $0.1), ("lang", $0.2)) + "\n" }.joined()
                + Self.row(("doc", "b"), ("summary", "v")) + "\n")
        let recipe = try Recipe(
            yaml: """
                name: rows
                sources:
                  - files: '*'
                    format: jsonl
                    fields: {document: doc, references: summary, extra: [lang?]}
                prompt: {text: '{document}', max-tokens: 100}
                """, name: "rows.yml")
        for _ in 0..<2 {
            let report = try folder.ingest("in", recipe: recipe, perShard: perShard)
            #expect(report.counts.noted["other-extra-fields"] == 2)
            #expect(report.counts.filtered == ["joined": 3, "duplicate": 1])
            #expect(report.remarks.count == 1 && report.remarks[0].hasPrefix("2 joined or duplicate records"))
        }
        #expect(try folder.prompts("out").map(\.extra) == [["lang": "en"], ["lang": "en"]])
    }

    @Test(
        "interrupted anywhere, also while shards are written once more, the same command ends with the same bytes"
    )
    func resume() throws {
        let folder = try TemporaryFolder()
        let rows = Self.far(5, 2, bySystem: true)
        _ = try Self.ingest(rows, Self.recipe(), perShard: 3, in: folder, to: "whole")
        let whole = try contents(of: folder.file("whole"))
        var calls = 0
        _ = try Self.ingest(rows, Self.recipe(), perShard: 3, in: folder, to: "counted") { _ in
            calls += 1
            return .more
        }
        // Once a row, and once more for each that is joined to a sealed shard.
        #expect(calls > 15)
        for stop in 1..<calls {
            var call = 0
            #expect(throws: Interrupted.self) {
                _ = try Self.ingest(rows, Self.recipe(), perShard: 3, in: folder, to: "cut\(stop)") { _ in
                    call += 1
                    return call < stop ? .more : .stop
                }
            }
            // Of what was sealed, one shard is lost and one byte of another has changed.
            let sealed = (0..<2).map { folder.file("cut\(stop)/shard-0000\($0).sqlite") }
            if stop % 3 == 1 { try? FileManager.default.removeItem(atPath: sealed[stop % 2]) }
            if stop % 3 == 2, var bytes = try? Data(contentsOf: URL(fileURLWithPath: sealed[stop % 2])) {
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(fileURLWithPath: sealed[stop % 2]))
            }
            _ = try Self.ingest(rows, Self.recipe(), perShard: 3, in: folder, to: "cut\(stop)")
            #expect(try contents(of: folder.file("cut\(stop)")) == whole)
        }
    }

    @Test(
        "what is kept aside comes back by record and in order, from memory and from a file",
        arguments: [0, 300, 1 << 20])
    func keptAside(room: Int) throws {
        let folder = try TemporaryFolder()
        var waited = 0
        let late = LateJoins(room: room) {
            waited += 1
            return try UnnamedFile(in: folder.file("."), for: "joins")
        }
        #expect(late.isEmpty)
        let random = CounterRandom(seed: 5, purpose: .sampling)
        var expected: [(number: Int, addition: RecordAddition)] = []
        for index in 0..<200 {
            let number = random.integer(UInt64(index), below: 20)
            let addition = RecordAddition(
                sourceID: index % 3 == 0 ? nil : "\(index)",
                references: index % 2 == 0 ? ["r\(index) é", ""] : [],
                completions: index % 5 == 0
                    ? [
                        SourceCompletion(
                            text: "t", policy: index % 2 == 0 ? nil : "p", scores: ["x": -0.5, "y": 1e300])
                    ] : [],
                extra: index % 6 == 0 ? ["lang": "é", "topic": "\(index)"] : [:],
                provenance: Provenance(
                    source: "a", member: index % 4 == 0 ? "m" : nil, byteOffset: index % 7 == 0 ? nil : index,
                    line: 1))
            try late.add(addition, to: number)
            expected.append((number, addition))
        }
        #expect(!late.isEmpty && waited == (room < 1 << 20 ? 1 : 0))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file(".")) == [])
        // Stable: of one number, as they came.
        expected = (0..<20).flatMap { number in expected.filter { $0.number == number } }
        var sorted = late.sorted()
        for limit in [0, 7, 20] {
            while let next = try sorted.next(below: limit) {
                #expect(next.number < limit && next == expected.removeFirst())
            }
            #expect(expected.allSatisfy { $0.number >= limit })
        }
        #expect(expected.isEmpty)
    }

    @Test("a preview joins as a corpus does")
    func preview() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/rows.txt", Self.far(3, 2, bySystem: false).joined(separator: "\n"))
        let shown = try IngestPreview(
            sources: [folder.file("in")], recipe: Self.recipe(), tokenizer: IngestSamples.tokenizer,
            configuration: IngestConfiguration(), records: 2
        ).run()
        #expect(shown.taken.map(\.references) == [["s0", "s1"], ["s0", "s1"]])
        #expect(shown.taken.map { $0.completions.map(\.policy) } == [["m0", "m1"], ["m0", "m1"]])
        #expect(shown.counts.filtered == ["joined": 2] && shown.counts.isConserved)
        #expect(
            shown.left == []
                && shown.text().hasPrefix("would be taken (2 of the first 4 records, with 2 joined to them)"))
    }
}
