import Testing

@testable import AlignData

/// Which summary files belong to which documents.
@Suite struct SummaryPairingTests {
    private static func recipe(_ files: String, _ summaries: String, record: String = "file") throws -> Recipe
    {
        try Recipe(
            yaml: """
                name: x
                sources:
                  - {files: \(files), summaries: \(summaries), format: text, record: \(record)}
                prompt: {text: '{document}', max-tokens: 100}
                """, name: "x.yml")
    }

    /// Documents with their summaries, and the reasons of rejections, from files of which each holds its own path.
    private static func pairs(
        _ paths: [String], _ recipe: Recipe, packed: Bool
    ) throws -> (records: [String: [String]], rejected: [String]) {
        let folder = try TemporaryFolder()
        if packed {
            try ArchiveFixture.write(
                paths.map { .file($0, $0) }, as: .tarGzip, to: folder.file("in/x.tgz"), makingFolder: true)
        } else {
            for path in paths { try folder.write("in/" + path, path) }
        }
        var records: [String: [String]] = [:]
        var rejected: [String] = []
        let reader = CorpusReader(
            recipe: recipe, limits: ArchiveLimits(), consumed: { _ in },
            handler: { outcome in
                if let record = outcome.record { records[record.document] = record.references }
                if let rejection = outcome.rejection { rejected.append(rejection.reason) }
            }, note: { _, _ in })
        try reader.read(SourceListing(source: folder.file("in")))
        return (records, rejected.sorted())
    }

    @Test(
        "a summary belongs to the document in its own folders, whatever the wildcards are",
        arguments: [
            (
                "'**/{split}.src'", "'**/{split}.tgt'", ["a/train.src", "b/train.src"],
                ["a/train.tgt", "b/train.tgt"]
            ),
            ("'*/{key}.txt'", "'*/{key}.sum'", ["a/k.txt", "b/k.txt"], ["a/k.sum", "b/k.sum"]),
            ("'p?/{key}.txt'", "'q?/{key}.txt'", ["p1/k.txt", "p2/k.txt"], ["q1/k.txt", "q2/k.txt"]),
            ("'**-{key}.txt'", "'**-{key}.sum'", ["a/x-k.txt", "a/y-k.txt"], ["a/x-k.sum", "a/y-k.sum"]),
            (
                "'**/d/**/{key}.txt'", "'**/s/**/{key}.txt'", ["a/d/1/k.txt", "a/d/2/k.txt", "b/d/1/k.txt"],
                ["a/s/1/k.txt", "a/s/2/k.txt", "b/s/1/k.txt"]
            ),
            ("'**/{key}.txt'", "'sums/{key}.sum'", ["a/k.txt", "b/l.txt"], ["sums/k.sum", "sums/l.sum"]),
            ("'docs/{key}.txt'", "'**/{key}.sum'", ["docs/k.txt", "docs/l.txt"], ["x/y/k.sum", "z/l.sum"]),
        ], [false, true])
    func folders(
        _ layout: (files: String, summaries: String, documents: [String], expected: [String]), packed: Bool
    ) throws {
        let found = try Self.pairs(
            layout.documents + layout.expected, Self.recipe(layout.files, layout.summaries), packed: packed)
        let expected = Dictionary(uniqueKeysWithValues: zip(layout.documents, layout.expected.map { [$0] }))
        #expect(found.records == expected)
        #expect(found.rejected == [])
    }

    @Test("a document and a summary in different folders are both rejected", arguments: [false, true])
    func crossed(packed: Bool) throws {
        let found = try Self.pairs(
            ["a/train.src", "b/train.tgt"],
            Self.recipe("'**/{split}.src'", "'**/{split}.tgt'", record: "line"),
            packed: packed)
        #expect(found.records == [:])
        #expect(found.rejected == ["missing-summary", "unpaired-summary"])
    }

    @Test("lists belong together pattern by pattern, one pattern to all of a list", arguments: [false, true])
    func lists(packed: Bool) throws {
        let paths = ["a/k.txt", "b/k.txt", "x/k.sum", "y/k.sum"]
        let both = try Self.pairs(
            paths, Self.recipe("['a/{key}.txt', 'b/{key}.txt']", "['x/{key}.sum', 'y/{key}.sum']"),
            packed: packed)
        #expect(both.records == ["a/k.txt": ["x/k.sum"], "b/k.txt": ["y/k.sum"]])
        let several = try Self.pairs(
            ["a/k.txt", "x/k.sum", "y/k.sum"], Self.recipe("'a/{key}.txt'", "['y/{key}.sum', 'x/{key}.sum']"),
            packed: packed)
        #expect(several.records == ["a/k.txt": ["y/k.sum", "x/k.sum"]])
        let one = try Self.pairs(
            ["a/k.txt", "b/l.txt", "s/k.sum", "s/l.sum"],
            Self.recipe("['a/{key}.txt', 'b/{key}.txt']", "'s/{key}.sum'"), packed: packed)
        #expect(one.records == ["a/k.txt": ["s/k.sum"], "b/l.txt": ["s/l.sum"]])
        let wrong = #expect(throws: RecipeError.self) {
            try Self.recipe("['a/{key}', 'b/{key}']", "['x/{key}', 'y/{key}', 'z/{key}']")
        }
        #expect(wrong?.summary.contains("files has 2 patterns and summaries 3") == true)
        let loose = #expect(throws: RecipeError.self) {
            try Self.recipe("['a/{key}', 'b/{name}']", "['x/{key}', 'y/{key}']")
        }
        #expect(loose?.summary.contains("capture nothing in common") == true)
    }

    @Test("a star or a name in summaries alone stands for several of one document", arguments: [false, true])
    func several(packed: Bool) throws {
        for summaries in ["'s/{key}.*.sum'", "'s/{key}.{rater}.sum'", "'s/{key}.?.sum'"] {
            let found = try Self.pairs(
                ["a/k.txt", "s/k.1.sum", "s/k.2.sum"], Self.recipe("'a/{key}.txt'", summaries), packed: packed
            )
            #expect(found.records == ["a/k.txt": ["s/k.1.sum", "s/k.2.sum"]])
        }
    }

    @Test("where either of two files could be meant, nothing is taken", arguments: [false, true])
    func ambiguous(packed: Bool) throws {
        let place = packed ? "in/x.tgz!" : "in/"
        let shared = #expect(throws: IngestError.self) {
            _ = try Self.pairs(
                ["a/k.txt", "b/k.txt", "s/k.sum"], Self.recipe("'**/{key}.txt'", "'s/{key}.sum'"),
                packed: packed)
        }
        #expect(
            shared
                == .sharedSummary(
                    summary: place + "s/k.sum", documents: [place + "a/k.txt", place + "b/k.txt"]))
        let candidates = #expect(throws: IngestError.self) {
            _ = try Self.pairs(
                ["a/k.txt", "s/1/k.sum", "s/2/k.sum"], Self.recipe("'a/{key}.txt'", "'s/**/{key}.sum'"),
                packed: packed)
        }
        #expect(
            candidates
                == .ambiguousSummaries(
                    document: place + "a/k.txt", summaries: [place + "s/1/k.sum", place + "s/2/k.sum"]))
        #expect(candidates?.category == .badData && candidates?.hint != nil)
    }
}
