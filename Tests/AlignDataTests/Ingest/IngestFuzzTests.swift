import Foundation
import Testing

@testable import AlignData

/// Damaged inputs, made from the miniatures by a seeded mutator. `ALIGN_DATA_FUZZ=100000` tries as many a format.
@Suite struct IngestFuzzTests {
    static let trials = ProcessInfo.processInfo.environment["ALIGN_DATA_FUZZ"].flatMap { Int($0) } ?? 150

    /// Changes some bytes, as chance and malice would.
    struct Mutator {
        private static let pieces =
            [
                "\"", "\\", "{", "}", "[", "]", "<", ">", "</", "<!--", "]]>", "&", "&#0;", "&x;", "\n",
                "\r\n", "\r", "\t",
                ",", ":", "\\u", "\\ud800", "\u{FEFF}", "<!DOCTYPE a [",
                "<?xml version='1.0' encoding='UTF-16'?>", "null",
                "-", "1e999", "''", " .", "@highlight", "{{", "[[", "==",
            ].map { Array($0.utf8) } + [
                [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF, 0xFE], [0xF0, 0x9F],
            ]

        let random: CounterRandom

        func mutated(_ original: [UInt8]) -> [UInt8] {
            var bytes = original
            for step in 0..<(1 + random.integer(0, below: 4)) {
                guard !bytes.isEmpty else { return bytes }
                let draw = { (index: Int, bound: Int) in
                    random.integer(UInt64(1 + step * 8 + index), below: bound)
                }
                let start = draw(0, bytes.count)
                let end = min(bytes.count, start + draw(1, 1 + min(64, bytes.count)))
                switch draw(2, 7) {
                case 0: bytes[start] ^= 1 << draw(3, 8)
                case 1: bytes[start] = UInt8(draw(3, 256))
                case 2: bytes.removeSubrange(start..<end)
                case 3: bytes.insert(contentsOf: bytes[start..<end], at: draw(3, bytes.count))
                case 4: bytes.removeSubrange(start...)
                default: bytes.insert(contentsOf: Self.pieces[draw(3, Self.pieces.count)], at: start)
                }
            }
            return bytes
        }
    }

    private func mutator(_ trial: Int, _ lane: Int) -> Mutator {
        Mutator(random: CounterRandom(seed: UInt64(trial), purpose: .selection, lane: UInt32(lane)))
    }

    /// Records and reasons, as far as they do not depend on how a parser phrases a fault.
    private func read(_ bytes: [UInt8], _ source: RecipeSource, chunk: Int, summaries: [UInt8]) throws
        -> [String]
    {
        var file = RecordFile(
            origin: FileOrigin(
                source: "x", captures: ["split": "train", "key": "k", "category": "c", "paper": "p"]),
            bytes: AlignDataTests.source(bytes, chunk: chunk))
        if !source.summaries.isEmpty {
            file.summaries = [
                RecordFile(
                    origin: FileOrigin(source: "s"), bytes: AlignDataTests.source(summaries, chunk: chunk))
            ]
        }
        var found: [String] = []
        var cleaner = TextCleaner()
        try source.reader.read(file) { outcome in
            switch outcome {
            case .record(let record):
                found.append("record \(cleaner.clean(record.document)) \(record.references)")
            case .rejection(let rejection): found.append(rejection.reason)
            case .unselected: found.append("unselected")
            case .noted: break
            }
        }
        return found
    }

    @Test(
        "damaged files are read to their end, to the same records in chunks of any size",
        arguments: RecipeSource.Format.allCases)
    func files(format: RecipeSource.Format) throws {
        var samples: [(source: RecipeSource, bytes: [UInt8], summaries: [UInt8])] = []
        for miniature in CorpusMiniature.all {
            for source in try Recipe.named(miniature.name).sources where source.format == format {
                let files: [[UInt8]] =
                    switch miniature.package {
                    case .files(let files): files.map(\.1)
                    case .archive(_, _, let members): members.map(\.1)
                    case .compressed(_, _, let bytes): [bytes]
                    }
                samples += files.map { (source, $0, files[files.count - 1]) }
            }
        }
        let mapping = FieldMapping(document: Field("//body"), references: [Field("//p")])
        if format == .html {
            let page = Array(
                "<html><title>t</title><body><div><p>a<p>b<ul><li>c</ul></div></body></html>".utf8)
            samples.append((RecipeSource(files: [], format: .html, fields: mapping), page, []))
        }
        if format == .tsv {
            let rows = Array("text\theadline\na\tb\nc\td\n".utf8)
            samples.append(
                (
                    RecipeSource(files: [], format: .tsv, fields: FieldMapping(document: Field("text"))),
                    rows, []
                ))
        }
        #expect(!samples.isEmpty)
        for trial in 0..<Self.trials {
            let sample = samples[trial % samples.count]
            let damaged = mutator(trial, 1).mutated(sample.bytes)
            let whole = try read(damaged, sample.source, chunk: 1 << 18, summaries: sample.summaries)
            let pieces = try read(damaged, sample.source, chunk: 1 + trial % 17, summaries: sample.summaries)
            // Where libxml2 finds a fault depends on how much of the file it has seen.
            if format != .xml { #expect(whole == pieces, "trial \(trial)") }
            #expect(whole.count <= damaged.count + 2)
        }
    }

    @Test(
        "damaged archives are read as far as they can be, in bounded memory",
        arguments: [ArchiveFixture.Format.tar, .tarGzip, .tarXZ, .tarZstandard, .zip, .sevenZip, .cpio])
    func archives(format: ArchiveFixture.Format) throws {
        let folder = try TemporaryFolder()
        let members: [ArchiveFixture.Member] = [
            .file("b.jsonl", IngestSamples.line(1)),
            .file("a.jsonl", IngestSamples.line(2) + IngestSamples.line(3)),
            .file("train/docs/k.txt", "T\n\nx"), .file("train/sums/k.1.txt", "s"),
        ]
        try ArchiveFixture.write(members, as: format, to: folder.file(format.name))
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: folder.file(format.name))))
        let recipe = try IngestSamples.recipe()
        var limits = ArchiveLimits()
        limits.maxBytes = 1 << 20
        for trial in 0..<Self.trials {
            let path = try folder.write(format.name, mutator(trial, 2).mutated(whole))
            var count = 0
            let reader = CorpusReader(
                recipe: recipe, limits: limits, consumed: { _ in }, handler: { _ in count += 1 },
                note: { _, _ in })
            do {
                try reader.read(SourceListing(source: path))
            } catch let error as IngestError {
                // A name that no longer matches.
                guard case .nothingMatched = error else { throw error }
            }
            #expect(count < 2000)
        }
    }

    @Test(
        "a damaged line changes no other line's record",
        arguments: [RecipeSource.Format.jsonLines, .tsv, .csv])
    func lines(format: RecipeSource.Format) throws {
        var source = RecipeSource(
            files: [], format: format, fields: FieldMapping(document: Field("text"), references: [Field("s")])
        )
        if format != .jsonLines { source.columns = ["text", "s"] }
        let lines = (0..<20).map { index in
            switch format {
            case .jsonLines: "{\"text\": \"t\(index)\", \"s\": \"s\"}"
            case .tsv: "t\(index)\ts"
            default: "t\(index),s"
            }
        }
        for trial in 0..<Self.trials {
            let random = CounterRandom(seed: UInt64(trial), purpose: .selection, lane: 3)
            // Not the first, whose first bytes could be the mark of another encoding.
            let damagedLine = 1 + random.integer(0, below: lines.count - 1)
            var text: [UInt8] = []
            for (index, line) in lines.enumerated() {
                let bytes =
                    index == damagedLine ? mutator(trial, 4).mutated(Array(line.utf8)) : Array(line.utf8)
                // Only what stays one line is damage to one line.
                text += bytes.filter { $0 != 0x0A } + [0x0A]
            }
            let found = try read(text, source, chunk: 1 + trial % 40, summaries: [])
            let expected = lines.indices.filter { $0 != damagedLine }.map { "record t\($0) [\"s\"]" }
            #expect(expected.allSatisfy { found.contains($0) }, "trial \(trial)")
            #expect((19...20).contains(found.count), "trial \(trial)")
        }
    }
}
