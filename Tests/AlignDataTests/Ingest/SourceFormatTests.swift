import Foundation
import Testing

@testable import AlignData

/// What a file is, is decided by its first bytes; its name decides only where these say nothing.
@Suite struct SourceFormatTests {
    private func bytes(_ members: [ArchiveFixture.Member], as format: ArchiveFixture.Format) throws -> [UInt8]
    {
        let folder = try TemporaryFolder()
        try ArchiveFixture.write(members, as: format, to: folder.file(format.name))
        return Array(try Data(contentsOf: URL(fileURLWithPath: folder.file(format.name))))
    }

    private func compressed(_ text: String, by filter: ArchiveFixture.Filter) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try ArchiveFixture.compress(Array(text.utf8), by: filter, to: folder.file("x"))
        return Array(try Data(contentsOf: URL(fileURLWithPath: folder.file("x"))))
    }

    @Test("an archive under any name is one", arguments: ArchiveFixture.Format.allCases)
    func archives(format: ArchiveFixture.Format) throws {
        let folder = try TemporaryFolder()
        let members: [ArchiveFixture.Member] = [
            .file("a.jsonl", IngestSamples.line(1)), .file("b.txt", "other"),
        ]
        for name in ["x.whl", "x", "x.jsonl", "x.gz"] {
            try folder.write("\(format)/\(name)/in/\(name)", try bytes(members, as: format))
            let report = try folder.ingest("\(format)/\(name)/in", to: "out-\(format)-\(name)")
            #expect(report.counts.recordsOut == 1)
            #expect(
                try folder.prompts("out-\(format)-\(name)").map(\.provenance.description) == [
                    "in/\(name)!a.jsonl:1"
                ])
        }
        // Inside another archive, too.
        try ArchiveFixture.write(
            [.file("inner.whl", try bytes(members, as: format))], as: .tar, to: folder.file("outer.bin"))
        let report = try folder.ingest("outer.bin", to: "out-\(format)")
        #expect(report.counts.recordsOut == 1)
    }

    @Test("text is text, whatever its name says", arguments: ["ar", "a", "tar", "zip", "gz", "cpio", "xz"])
    func text(suffix: String) throws {
        let folder = try TemporaryFolder()
        let recipe = try IngestSamples.recipe(("['**/*.jsonl']", "['**/*.\(suffix)']"))
        try folder.write("in/train.\(suffix)", IngestSamples.line(1))
        #expect(try folder.ingest("in", recipe: recipe).counts.recordsOut == 1)
        // A name that no pattern has is nobody's archive either.
        try folder.write("in2/a.jsonl", IngestSamples.line(1))
        try folder.write("in2/train.\(suffix)", "plain words\n")
        let report = try folder.ingest("in2", to: "out2")
        #expect(report.counts.rejectedTotal == 0 && report.incompleteSources == 0)
        #expect(report.counts.noted["unmatched-files"] == 1)
    }

    @Test("a compressed file under any name is unfolded", arguments: ArchiveFixture.Filter.allCases)
    func streams(filter: ArchiveFixture.Filter) throws {
        let folder = try TemporaryFolder()
        let content = try compressed(IngestSamples.line(1), by: filter)
        for name in ["a.jsonl", "b.jsonl\(filter.suffix)", "c.jsonl.gz"] {
            try folder.write("in/" + name, content)
        }
        #expect(try folder.ingest("in").counts.recordsIn == 3)
        #expect(try folder.prompts().first?.provenance.member == "a.jsonl")
        try ArchiveFixture.write(
            [.file("a.jsonl", content), .file("b.jsonl.gz", IngestSamples.line(2))], as: .zip,
            to: folder.file("x.zip"))
        let report = try folder.ingest("x.zip", to: "out2")
        #expect(report.counts.recordsOut == 2)
        #expect(
            try folder.prompts("out2").map(\.provenance.member) == ["a.jsonl!a.jsonl", "b.jsonl.gz"])
    }

    @Test(
        "what is called packed and is damaged from its first byte on is damaged, not absent",
        arguments: [
            ArchiveFixture.Format.zip, .tar, .tarGzip, .sevenZip,
        ])
    func damaged(format: ArchiveFixture.Format) throws {
        let folder = try TemporaryFolder()
        var content = try bytes([.file("a.jsonl", IngestSamples.line(1))], as: format)
        for index in 0..<min(8, content.count) { content[index] = 0x01 }
        try folder.write("in/b.jsonl", IngestSamples.line(2))
        try folder.write("in/\(format.name)", content)
        let report = try folder.ingest("in")
        #expect(report.counts.rejected == ["archive-damaged": 1])
        #expect(report.incompleteSources == 1)
    }

    @Test("a 7z whose entries have no type, as py7zr writes it, is read")
    func sevenZipWithoutTypes() throws {
        // with py7zr.SevenZipFile('x.7z', 'w') as z:
        //     z.writestr(line(1), 'a.jsonl'); z.write('d', 'd'); z.write('d/b.jsonl', 'd/b.jsonl')
        let base64 =
            "N3q8ryccAASIQ54VugAAAAAAAAAVAAAAAAAAAAd5m1HgAGUAN10APYiKhpSIE+DzhySzdDlGOvgohBEHR6eLQUjr"
            + "PfU0On5gZt9hwyVxGBfwR+oTLTg9qNnhUiBwAADgAJAAc10AAIEzB64P0ePZhKCKabC54UquoYjvQYSvrbDTvebk"
            + "AvWBqb1Pvl5rspSArVLOZ0RWAm5NxPgCLO4aqHwe6ko/q65NCdZjCRGBG2EA1UVjt64n2vI8Dxf+cEEq+mUOQrp5"
            + "6sLfcVj4BJIHJRxdCjvc5sAAAAAXBj8BCXsABwsBAAEhIQEYDICRAAA="
        let folder = try TemporaryFolder()
        try folder.write("x.7z", Array(try #require(Data(base64Encoded: base64))))
        let report = try folder.ingest("x.7z")
        #expect(report.counts.recordsOut == 2 && report.counts.rejectedTotal == 0)
        #expect(try folder.prompts().map(\.provenance.member) == ["a.jsonl", "d/b.jsonl"])
    }

    @Test("first bytes that only look like a signature are none")
    func signatures() {
        func signature(_ text: String) -> FileSignature? { FileSignature(Array(text.utf8)[...]) }
        #expect(signature("070701 is a number") == nil)
        #expect(signature("BZh9 is a word, isn't it") == nil)
        #expect(signature("PK is a pack") == nil)
        #expect(signature(String(repeating: "0", count: 512)) == nil)
        #expect(signature(String(repeating: " ", count: 512)) == nil)
        #expect(signature("") == nil)
        #expect(signature("!<arch>\ndebian-binary") == .archive)
    }
}
