import Foundation
import Testing

@testable import AlignData

@Suite struct IncompleteSourceTests {
    /// Bytes that do not compress, so that a cut falls behind whole records.
    private static let lines = (0..<2000).map { i in
        let random = CounterRandom(seed: UInt64(i), purpose: .sampling)
        let noise = (0..<8).map { String(random.bits($0), radix: 36) }.joined(separator: " ")
        return "{\"text\": \"\(noise)\"}\n"
    }.joined()

    enum Damage: CaseIterable {
        case cutStream, cutTar, cutBetweenMembers, cutCompressedTar, flippedZip, cutZip, restOfXML, restOfJSON

        func write(to folder: TemporaryFolder) throws -> String {
            let members: [ArchiveFixture.Member] = [
                .file("a.jsonl", IngestSamples.line(1)), .file("b.jsonl", IncompleteSourceTests.lines),
            ]
            func cut(_ name: String) throws {
                let url = URL(fileURLWithPath: folder.file(name))
                let bytes = try Data(contentsOf: url)
                try bytes.prefix(bytes.count / 2).write(to: url)
            }
            func archive(_ format: ArchiveFixture.Format) throws -> String {
                try ArchiveFixture.write(members, as: format, to: folder.file(format.name))
                return format.name
            }
            switch self {
            case .cutStream:
                try ArchiveFixture.gzip(
                    Array(IncompleteSourceTests.lines.utf8), to: folder.file("in.jsonl.gz"))
                try cut("in.jsonl.gz")
                return "in.jsonl.gz"
            case .cutTar, .cutCompressedTar, .cutZip:
                let name = try archive(self == .cutTar ? .tar : self == .cutZip ? .zip : .tarGzip)
                try cut(name)
                return name
            case .cutBetweenMembers:
                let name = try archive(.tar)
                let url = URL(fileURLWithPath: folder.file(name))
                // A header and a block of data.
                try Data(contentsOf: url).prefix(1024).write(to: url)
                return name
            case .flippedZip:
                let name = try archive(.zip)
                var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
                // In the data behind the first header: the structure stays as it is.
                bytes[60] ^= 1
                try bytes.write(to: URL(fileURLWithPath: folder.file(name)))
                return name
            case .restOfXML:
                let post = "<post><text>x</text><title>t</title><summary>s</summary></post>"
                try folder.write("in.xml", "<posts>\(post)<post></posts>\(post)")
                return "in.xml"
            case .restOfJSON:
                try folder.write("in.json", "[{\"text\": \"x\"}, {\"text\": \"y\"} {\"text\": \"z\"}]")
                return "in.json"
            }
        }
    }

    private func recipe() throws -> Recipe {
        try IngestSamples.recipe(
            ("max-tokens: 100", "max-tokens: 200"),
            (
                "sources:\n",
                "sources:\n  - files: '**/*.json'\n    format: json\n    fields: {document: text, title: title?}\n"
            ))
    }

    private func ingest(
        _ name: String, in folder: TemporaryFolder, change: (inout IngestConfiguration) -> Void = { _ in }
    ) throws -> StageReport {
        var configuration = IngestConfiguration()
        configuration.allowedRejections = 1
        change(&configuration)
        return try IngestStage(
            sources: [folder.file(name)], recipe: try recipe(), tokenizer: IngestSamples.tokenizer,
            configuration: configuration, output: folder.file("out")
        ).run { _ in .more }
    }

    @Test(
        "a source that is not read to its end is said whatever share may be rejected, again when the work is complete",
        arguments: Damage.allCases)
    func incomplete(damage: Damage) throws {
        let folder = try TemporaryFolder()
        let name = try damage.write(to: folder)
        let report = try ingest(name, in: folder)
        #expect(!report.tooManyRejections)
        #expect(report.incompleteSources == 1)
        #expect(report.counts.recordsOut > 0)
        #expect(report.counts.noted["sources-not-read-to-their-end"] == 1)
        #expect(report.figures.contains { $0.name == "sources not read to their end" && $0.value == "1" })
        let again = try ingest(name, in: folder)
        #expect(again.alreadyComplete && again.incompleteSources == 1)
        // The same corpus: what is good enough decides nothing that is written.
        let accepted = try ingest(name, in: folder) { $0.allowsIncompleteSources = true }
        #expect(accepted.alreadyComplete && accepted.incompleteSources == 0)
        #expect(accepted.figures.contains { $0.name == "sources not read to their end" })
    }

    @Test("a sound source and single bad lines are no such thing")
    func sound() throws {
        let folder = try TemporaryFolder()
        try folder.write("in.jsonl", IngestSamples.line(1) + "oops\n")
        let report = try ingest("in.jsonl", in: folder)
        #expect(report.counts.rejectedTotal == 1 && report.incompleteSources == 0)
        #expect(report.counts.noted["sources-not-read-to-their-end"] == nil)
    }

    @Test("preferences say it in their counts")
    func preferences() throws {
        let folder = try TemporaryFolder()
        let lines = (0..<2000).map { i in
            let noise = CounterRandom(seed: UInt64(i), purpose: .sampling).bits(0)
            return "{\"text\": \"d \(noise)\", \"good\": \"a\", \"bad\": \"b\"}\n"
        }
        let path = folder.file("p.jsonl.gz")
        try ArchiveFixture.gzip(Array(lines.joined().utf8), to: path)
        try Data(contentsOf: URL(fileURLWithPath: path)).dropLast(2000).write(to: URL(fileURLWithPath: path))
        let result = try PreferenceReader(
            path: path, recipe: IngestSamples.recipe(), tokenizer: IngestSamples.tokenizer
        ).read()
        #expect(!result.pairs.isEmpty)
        #expect(result.counts.noted["sources-not-read-to-their-end"] == 1)
    }
}
