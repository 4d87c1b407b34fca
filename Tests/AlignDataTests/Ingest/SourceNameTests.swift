import Foundation
import Testing

@testable import AlignData

/// Names that are not UTF-8, and what is no file to read.
@Suite struct SourceNameTests {
    private func note(_ kind: SourceNote.PassedOver, in report: StageReport) -> Int? {
        report.counts.noted[kind.rawValue]
    }

    /// A file whose name is Latin-1: `caf\xe9.jsonl`.
    private func writeLatin1(_ text: String, in folder: TemporaryFolder, _ inside: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder.file(inside), withIntermediateDirectories: true)
        let path = Array((folder.file(inside) + "/caf").utf8CString.dropLast()) + [CChar(bitPattern: 0xE9)]
        let name = path + Array(".jsonl".utf8CString)
        let file = try #require(fopen(name, "wb"))
        fputs(text, file)
        fclose(file)
    }

    /// A zip whose first member is called `日本.jsonl` in CP932, without a word on the encoding.
    private func writeCP932(_ members: [ArchiveFixture.Member], to path: String) throws {
        try ArchiveFixture.write([.file("1234.jsonl", IngestSamples.line(1))] + members, as: .zip, to: path)
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let ascii = Array("1234.jsonl".utf8)
        for start in 0..<(bytes.count - ascii.count) where Array(bytes[start..<(start + 10)]) == ascii {
            bytes.replaceSubrange(start..<(start + 4), with: [0x93, 0xFA, 0x96, 0x7B])
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test("a file whose name is not UTF-8 is read, and known by a name that has its bytes in hexadecimal")
    func latin1() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/a.jsonl", IngestSamples.line(1))
        try writeLatin1(IngestSamples.line(2), in: folder, "in")
        let report = try folder.ingest("in")
        #expect(report.counts.recordsOut == 2)
        #expect(report.counts.noted["names-not-in-utf-8"] == 1)
        #expect(try folder.prompts().map(\.provenance.source) == ["in/a.jsonl", "in/caf%E9.jsonl"])
        // The same when it is alone, and again when the work is complete.
        try writeLatin1(IngestSamples.line(2), in: folder, "alone")
        #expect(try folder.ingest("alone", to: "out2").counts.recordsOut == 1)
        #expect(try folder.ingest("alone", to: "out2").alreadyComplete)
    }

    @Test("a member whose name is not UTF-8 is read", arguments: [true, false])
    func zip(isAlone: Bool) throws {
        let folder = try TemporaryFolder()
        try writeCP932(
            isAlone ? [] : [.file("plain.jsonl", IngestSamples.line(2))], to: folder.file("jp.zip"))
        let report = try folder.ingest("jp.zip")
        #expect(report.counts.recordsOut == (isAlone ? 1 : 2))
        #expect(report.counts.noted["names-not-in-utf-8"] == 1)
        #expect(try folder.prompts().first?.provenance.member == "%93%FA%96{.jsonl")
    }

    @Test("what is passed over though a pattern might take it is counted and said; the rest is nobody's loss")
    func passedOver() throws {
        let folder = try TemporaryFolder()
        let files = FileManager.default
        try folder.write("in/a.jsonl", IngestSamples.line(1))
        try folder.write("in/.b.jsonl", IngestSamples.line(2))
        try folder.write("in/.git/c.jsonl", IngestSamples.line(3))
        try folder.write("in/.git/config", "x")
        try folder.write("in/._a.jsonl", "x")
        try folder.write("in/.DS_Store", "x")
        try folder.write("elsewhere/d.jsonl", IngestSamples.line(4))
        for (link, target) in [
            ("gone.jsonl", "/nowhere"), ("gone.txt.bak", "/nowhere"), ("folder", folder.file("elsewhere")),
            ("file.jsonl", folder.file("elsewhere/d.jsonl")),
        ] {
            try files.createSymbolicLink(atPath: folder.file("in/" + link), withDestinationPath: target)
        }
        #expect(mkfifo(folder.file("in/pipe.jsonl"), 0o600) == 0)
        let report = try folder.ingest("in")
        #expect(report.counts.recordsOut == 2)
        #expect(note(.danglingLink, in: report) == 1)
        #expect(note(.folderLink, in: report) == 1)
        #expect(note(.hidden, in: report) == 2)
        #expect(note(.special, in: report) == 1)
        #expect(
            report.figures.first { $0.name == "passed over" }?.value
                == "dangling links 1, links to folders 1, hidden files 2, special files 1")
        #expect(report.incompleteSources == 0)
    }

    @Test("the error that nothing matches says what was passed over, and the members of archives")
    func nothing() throws {
        let folder = try TemporaryFolder()
        try folder.write("in/readme", "x")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("in/gone.jsonl"), withDestinationPath: "/nowhere")
        func summary(_ name: String) throws -> String {
            do {
                _ = try folder.ingest(name)
                return ""
            } catch let error as IngestError {
                return error.summary
            }
        }
        let takes = "no file of the source matches the recipe, which takes **/*.jsonl, **/*.xml, "
        #expect(try summary("in").hasPrefix(takes))
        #expect(try summary("in").hasSuffix("; there is readme; passed over: dangling links 1"))
        try ArchiveFixture.write(
            (1...12).map { .file("docs/\($0).md", "x") } + [.symlink("x.jsonl", to: "docs/1.md")], as: .tar,
            to: folder.file("x.tar"))
        let members = (1...10).map { "x.tar!docs/\($0).md" }.joined(separator: ", ")
        #expect(
            try summary("x.tar").hasSuffix(
                "; there is \(members) and 2 more; passed over: links in archives 1"))
    }

    @Test("a folder that a pattern leads into is known by its beginning")
    func prefixes() throws {
        for (pattern, folder, isPossible) in [
            ("*.jsonl", "a", false), ("**/*.jsonl", "a/b", true), ("a/*.jsonl", "a", true),
            ("b/*.jsonl", "a", false), ("a/{key}/x.txt", "a", true), ("a/{key}/x.txt", "a/b", true),
            ("a/{key}/x.txt", "a/b/c", false), ("{split}/x", "train", true), ("**", "a", true),
            ("a", "a", false),
        ] {
            #expect(try PathPattern(pattern).mightMatch(below: folder) == isPossible)
        }
    }
}
