import Foundation
import Testing

@testable import AlignData

@Suite struct IngestArchiveTests {
    private func read(
        _ path: String, _ recipe: Recipe? = nil, limits: ArchiveLimits = ArchiveLimits(), held: Int = 64 << 20
    ) throws -> (outcomes: [RecordOutcome], notes: [String: Int]) {
        var outcomes: [RecordOutcome] = []
        var notes: [String: Int] = [:]
        var reader = CorpusReader(
            recipe: try recipe ?? IngestSamples.recipe(), limits: limits, consumed: { _ in },
            handler: { outcomes.append($0) }, note: { notes[$0, default: 0] += $1 })
        reader.heldBytes = held
        try reader.read(SourceListing(source: path))
        return (outcomes, notes)
    }

    private func bytes(_ members: [ArchiveFixture.Member], as format: ArchiveFixture.Format) throws -> [UInt8]
    {
        let folder = try TemporaryFolder()
        try ArchiveFixture.write(members, as: format, to: folder.file(format.name))
        return Array(try Data(contentsOf: URL(fileURLWithPath: folder.file(format.name))))
    }

    private func compressed(_ text: String, by filter: ArchiveFixture.Filter = .gzip) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try ArchiveFixture.compress(Array(text.utf8), by: filter, to: folder.file("x"))
        return Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("x"))))
    }

    @Test("archives in archives are read, and each record names its way out", arguments: [0, 100, 64 << 20])
    func nested(held: Int) throws {
        let folder = try TemporaryFolder()
        let innermost = try bytes(
            [.file("z.jsonl", IngestSamples.line(1)), .file("a.jsonl", IngestSamples.line(2))], as: .tarXZ)
        let middle = try bytes(
            [.file("in/most.tar.xz", innermost), .file("b.jsonl.gz", try compressed(IngestSamples.line(3)))],
            as: .tarGzip)
        try ArchiveFixture.write(
            [.file("middle.tgz", middle), .file("c.jsonl", IngestSamples.line(4))], as: .tar,
            to: folder.file("x.tar"))
        let found = try read(folder.file("x.tar"), held: held).outcomes
        #expect(
            found.map { $0.record?.provenance.member } == [
                "c.jsonl", "middle.tgz!b.jsonl.gz!b.jsonl", "middle.tgz!in/most.tar.xz!a.jsonl",
                "middle.tgz!in/most.tar.xz!z.jsonl",
            ])
        #expect(found.compactMap { $0.record?.document } == [4, 3, 2, 1].map { "document \($0)" })
        var limits = ArchiveLimits()
        limits.maxDepth = 2
        let shallow = try read(folder.file("x.tar"), limits: limits, held: held).outcomes
        #expect(shallow.count == 3)
        #expect(shallow.last?.rejection?.reason == "archive-over-limit")
        #expect(shallow.last?.rejection?.provenance.member == "middle.tgz!in/most.tar.xz")
        let pattern = try IngestSamples.recipe(("['**/*.jsonl']", "'*.tar!*.tgz!**/*.tar.xz!a.jsonl'"))
        #expect(
            try read(folder.file("x.tar"), pattern, held: held).outcomes.map { $0.record?.sourceID } == ["2"])
    }

    @Test("a zip in an archive is streamed when it is too large to hold; a 7z is held up to its limit")
    func nestedWithAnIndex() throws {
        let folder = try TemporaryFolder()
        let members: [ArchiveFixture.Member] = [
            .file("z.jsonl", IngestSamples.line(1)), .file("a.jsonl", IngestSamples.line(2)),
            .symlink("link.jsonl", to: "a.jsonl"),
        ]
        for format in [ArchiveFixture.Format.zip, .sevenZip] {
            let inner = try bytes(members, as: format)
            let path = folder.file("\(format)/x.tar.gz")
            try ArchiveFixture.write(
                [.file(format.name, inner)], as: .tarGzip, to: path, makingFolder: true)
            for held in [0, 100, 64 << 20] {
                let found = try read(path, held: held).outcomes.compactMap(\.record)
                #expect(found.map(\.document) == ["document 2", "document 1"])
                #expect(
                    found.map(\.provenance.member)
                        == ["a.jsonl", "z.jsonl"].map { "\(format.name)!\($0)" })
            }
            var limits = ArchiveLimits()
            limits.maxNested7zBytes = inner.count - 1
            let limited = try read(path, limits: limits, held: 0).outcomes
            if format == .zip {
                #expect(limited.compactMap(\.record).count == 2)
            } else {
                #expect(limited.map { $0.rejection?.reason } == ["archive-over-limit"])
            }
        }
    }

    @Test("whatever the order of the members and the room to hold them, the records come in one order")
    func order() throws {
        let folder = try TemporaryFolder()
        var members: [ArchiveFixture.Member] = (0..<9).map {
            .file("m\($0).jsonl", IngestSamples.line($0) + IngestSamples.line($0 + 10))
        }
        for key in ["k", "l"] {
            members += [
                .file("train/docs/\(key).txt", "T\n\n\(key)"), .file("train/sums/\(key).1.txt", "s\(key)"),
                .file("train/sums/\(key).2.txt", "t\(key)"),
            ]
        }
        members.append(.file("train/sums/orphan.1.txt", "x"))
        var first: [RecordOutcome]?
        for seed in 0..<4 {
            let order = CounterRandom(seed: UInt64(seed), purpose: .shuffling).permutation(members.count)
            for format in [ArchiveFixture.Format.tarGzip, .zip, .sevenZip] {
                let path = folder.file("\(seed)/\(format)/x.zip")
                try ArchiveFixture.write(order.map { members[$0] }, as: format, to: path, makingFolder: true)
                for held in [0, 150, 64 << 20] {
                    let found = try read(path, held: held).outcomes
                    first = first ?? found
                    #expect(found == first)
                    #expect(found.count == 21)
                }
            }
        }
    }

    @Test("files that belong together line by line are read side by side out of an archive")
    func parallel() throws {
        let folder = try TemporaryFolder()
        let recipe = try Recipe(
            yaml: """
                name: x
                sources:
                  - {files: '{split}.src', summaries: '{split}.tgt', format: text, record: line, fields: {document: text}}
                prompt: {text: '{document}', max-tokens: 10}
                """, name: "x.yml")
        let lines = (0..<50).map(String.init)
        try ArchiveFixture.write(
            [
                .file("val.tgt", lines.map { "s" + $0 }.joined(separator: "\n")),
                .file("val.src", lines.joined(separator: "\n")),
            ],
            as: .tarBzip2, to: folder.file("x.tar.bz2"))
        let found = try read(folder.file("x.tar.bz2"), recipe, held: 10).outcomes.compactMap(\.record)
        #expect(found.map(\.document) == lines)
        #expect(found.map(\.references) == lines.map { ["s" + $0] })
    }

    @Test(
        "compressed files are read to the end of their last part; what follows is an error",
        arguments: ArchiveFixture.Filter.allCases)
    func trueEnd(filter: ArchiveFixture.Filter) throws {
        let folder = try TemporaryFolder()
        let parts = try [1, 2].map { try compressed(IngestSamples.line($0), by: filter) }
        let path = try folder.write("x.jsonl" + filter.suffix, parts[0] + parts[1])
        #expect(try read(path).outcomes.map { $0.record?.sourceID } == ["1", "2"])
        try folder.write("x.jsonl" + filter.suffix, parts[0] + Array("garbage after the end".utf8))
        let damaged = try read(path).outcomes
        // libarchive may withhold the last 64 KiB before the damage.
        #expect(damaged.count <= 2 && damaged.dropLast().allSatisfy { $0.record?.sourceID == "1" })
        #expect(damaged.last?.rejection?.reason == "archive-damaged")
        guard filter == .gzip else { return }
        try folder.write("x.jsonl.gz", parts[0] + [UInt8](repeating: 0, count: 5000))
        #expect(try read(path).outcomes.map { $0.record?.sourceID } == ["1"])
        for cut in 1..<parts[1].count {
            try folder.write("x.jsonl.gz", parts[0] + parts[1].dropLast(cut))
            let found = try read(path).outcomes
            #expect(found.dropLast().allSatisfy { $0.record?.sourceID == "1" })
            #expect(found.last?.rejection?.reason == "archive-damaged", "\(cut)")
        }
    }

    @Test("files that a recipe excludes are not taken")
    func exclusions() throws {
        let folder = try TemporaryFolder()
        let recipe = try IngestSamples.recipe(
            ("format: jsonl", "format: jsonl\n    except: ['**/old/**', '*.tar!b.jsonl']"))
        try ArchiveFixture.write(
            [
                .file("a.jsonl", IngestSamples.line(1)), .file("b.jsonl", IngestSamples.line(2)),
                .file("old/c.jsonl", IngestSamples.line(3)),
            ],
            as: .tar, to: folder.file("in/x.tar"), makingFolder: true)
        try folder.write("in/b.jsonl", IngestSamples.line(4))
        let found = try read(folder.file("in"), recipe)
        #expect(found.outcomes.map { $0.record?.sourceID } == ["4", "1"])
        #expect(found.notes["unmatched-members"] == 2)
    }

    @Test("one, two and eight workers write the same bytes")
    func workers() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/a.jsonl", (0..<700).map(IngestSamples.line).joined() + "bad\n")
        var contents: [[String: Data]] = []
        for workers in [1, 2, 8] {
            var configuration = IngestConfiguration()
            configuration.promptsPerShard = 300
            configuration.workers = workers
            _ = try IngestStage(
                sources: [folder.file("in")], recipe: IngestSamples.recipe(),
                tokenizer: IngestSamples.tokenizer,
                configuration: configuration, output: folder.file("out\(workers)")
            ).run { _ in .more }
            contents.append(try AlignDataTests.contents(of: folder.file("out\(workers)")))
        }
        #expect(contents[0].count == 4)
        #expect(contents[1] == contents[0])
        #expect(contents[2] == contents[0])
    }

    @Test("a shard ends when its texts are large, and the records are the same")
    func textBytes() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/a.jsonl", (0..<100).map(IngestSamples.line).joined())
        var configuration = IngestConfiguration()
        configuration.textBytesPerShard = 200
        let report = try IngestStage(
            sources: [folder.file("in")], recipe: IngestSamples.recipe(), tokenizer: IngestSamples.tokenizer,
            configuration: configuration, output: folder.file("out")
        ).run { _ in .more }
        #expect(report.counts.recordsOut == 100)
        #expect(try ShardSet(opening: folder.file("out"), kind: .corpus).shardCount == 10)
    }

    @Test("sources without a record, and files that are not what the recipe says, are errors that say so")
    func nothing() throws {
        let folder = try TemporaryFolder()
        try folder.write("empty/a.jsonl", "\n\n")
        let empty = #expect(throws: IngestError.self) { try folder.ingest("empty") }
        #expect(empty == .noRecords(path: folder.file("empty")))
        try folder.write("python/a.jsonl", String(repeating: "{'text': 'x'}\n", count: 40))
        let python = #expect(throws: IngestError.self) { try folder.ingest("python", to: "out2") }
        #expect(python?.category == .tooManyRejections)
        #expect(python?.location == "python/a.jsonl")
        #expect(python?.summary.contains("Python dictionaries instead of JSON") == true)
        // The folder is free for the next try.
        try folder.write("good/a.jsonl", IngestSamples.line(1))
        #expect(try folder.ingest("good", to: "out2").counts.recordsOut == 1)
    }

    @Test("a preview shows the first records and one example of each reason, and writes nothing")
    func preview() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "in/a.jsonl",
            "bad\n" + IngestSamples.line(1) + "bad\n" + IngestSamples.line(1) + IngestSamples.line(2)
                + IngestSamples.line(3)
        )
        let result = try IngestPreview(
            sources: [folder.file("in")], recipe: IngestSamples.recipe(), tokenizer: IngestSamples.tokenizer,
            configuration: IngestConfiguration(), records: 2
        ).run()
        #expect(result.taken.map(\.document) == ["document 1", "document 2"])
        #expect(result.taken.map(\.provenance) == ["in/a.jsonl:2", "in/a.jsonl:5"])
        #expect(result.left.map(\.reason) == ["not-json", "duplicate"])
        #expect(result.left.map(\.provenance) == ["in/a.jsonl:1", "in/a.jsonl:4"])
        #expect(result.counts.isConserved)
        #expect(result.text().contains("not-json 2, first in/a.jsonl:1: not JSON at byte 0 of the line"))
        #expect(!result.text().contains("bad\n"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("")).sorted() == ["in"])
    }
}
