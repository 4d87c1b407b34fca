import Foundation
import Testing

@testable import AlignData

@Suite struct IngestDamageTests {
    /// Lines that do not compress well, so that a cut falls behind many of them.
    private let lines = (0..<2000).map { i in
        let random = CounterRandom(seed: UInt64(i), purpose: .sampling)
        let noise = (0..<8).map { String(random.bits($0), radix: 36) }.joined(separator: " ")
        return "{\"text\": \"\(noise)\"}\n"
    }

    private let roomy: Recipe

    init() throws { roomy = try IngestSamples.recipe(("max-tokens: 100", "max-tokens: 200")) }

    @Test("of a truncated tar.gz the whole records are kept, and the damage is one rejection that says where")
    func truncated() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("posts.tar.gz")
        try ArchiveFixture.write(
            [.file("z.jsonl", IngestSamples.line(1)), .file("a.jsonl", lines.joined())], as: .tarGzip,
            to: path)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
        let report = try folder.ingest("posts.tar.gz", recipe: roomy)
        #expect(report.counts.isConserved)
        #expect(report.counts.rejected == ["archive-damaged": 1])
        let prompts = try folder.prompts()
        #expect(prompts.last?.provenance.member == "z.jsonl")
        #expect(prompts.count > 1 && prompts.count < 2001)
        #expect(prompts.dropLast().map(\.provenance.line) == (1..<prompts.count).map { $0 })
        let rejection = try #require(try folder.rejections().first)
        #expect(rejection.provenance.source == "posts.tar.gz")
        #expect(rejection.provenance.member == "a.jsonl")
        #expect((rejection.provenance.byteOffset ?? 0) > 0)
    }

    @Test("of a member that does not match its checksum nothing is kept, of the others everything")
    func checksum() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("posts.zip")
        try ArchiveFixture.write(
            [.file("a.jsonl", IngestSamples.line(1)), .file("b.jsonl", IngestSamples.line(2))], as: .zip,
            to: path)
        var whole = try Data(contentsOf: URL(fileURLWithPath: path))
        // The first local header's data; a flipped bit there leaves the structure as it is.
        whole[60] ^= 1
        try whole.write(to: URL(fileURLWithPath: path))
        let report = try folder.ingest("posts.zip")
        #expect(report.counts.isConserved)
        #expect(report.counts.rejected == ["archive-damaged": 1])
        #expect(try folder.prompts().map(\.provenance.member) == ["b.jsonl"])
    }

    @Test("a compressed file that breaks off keeps its whole lines")
    func stream() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("in.jsonl.gz")
        try ArchiveFixture.gzip(Array(lines.joined().utf8), to: path)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(bytes.count - 200).write(to: URL(fileURLWithPath: path))
        let report = try folder.ingest("in.jsonl.gz", recipe: roomy)
        #expect(report.counts.isConserved)
        #expect(report.counts.rejected == ["archive-damaged": 1])
        #expect(report.counts.recordsOut > 0)
        #expect(!report.tooManyRejections)
    }

    @Test("unsafe members and links do no harm and are counted")
    func escape() throws {
        let folder = try TemporaryFolder()
        try ArchiveFixture.write(
            [
                .file("../evil.jsonl", IngestSamples.line(1)), .symlink("link.jsonl", to: "/etc/passwd"),
                .file("good.jsonl", IngestSamples.line(2)),
            ], as: .tar, to: folder.file("x.tar"))
        let report = try folder.ingest("x.tar")
        #expect(report.counts.recordsOut == 1)
        #expect(report.counts.noted["archive-unsafe-names"] == 1)
        #expect(report.counts.noted["archive-links"] == 1)
        #expect(try folder.prompts().map(\.provenance.member) == ["good.jsonl"])
    }

    @Test(
        "whatever byte of an archive is wrong, every record is accounted for",
        arguments: [ArchiveFixture.Format.tar, .tarGzip, .zip, .sevenZip])
    func anyByte(format: ArchiveFixture.Format) throws {
        let folder = try TemporaryFolder()
        try ArchiveFixture.write(
            [
                .file("a.jsonl", (0..<3).map(IngestSamples.line).joined()),
                .file("b.xml", "<post><text>x</text></post>"),
            ],
            as: format, to: folder.file(format.name))
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file(format.name)))
        let random = CounterRandom(seed: 11, purpose: .selection)
        for trial in 0..<40 {
            var bytes = whole
            bytes[random.integer(UInt64(trial), below: bytes.count)] ^= UInt8(1 << (trial % 8))
            let name = "in\(trial)/" + format.name
            try folder.write(name, Array(bytes))
            do {
                let report = try folder.ingest("in\(trial)", to: "out\(trial)")
                #expect(report.counts.isConserved)
                #expect(try folder.prompts("out\(trial)").count == report.counts.recordsOut)
            } catch let error as IngestError {
                // A name that no longer matches.
                guard case .nothingMatched = error else { throw error }
            }
        }
    }
}
