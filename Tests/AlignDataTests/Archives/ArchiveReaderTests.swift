import Foundation
import Testing

@testable import AlignData

@Suite struct ArchiveReaderTests {
    private func read(
        _ path: String, limits: ArchiveLimits = ArchiveLimits()
    ) throws -> (members: [String: [UInt8]], reader: ArchiveReader) {
        let format = try #require(ArchiveFormat(path: path))
        let reader = try ArchiveReader(path: path, name: "a", format: format, limits: limits)
        var members: [String: [UInt8]] = [:]
        while let member = try reader.next() {
            members[member.name] = []
            while case let bytes = try reader.read(), !bytes.isEmpty { members[member.name]? += bytes }
        }
        return (members, reader)
    }

    private func noise(_ count: Int) -> [UInt8] {
        let random = CounterRandom(seed: 7, purpose: .sampling)
        return (0..<count).map { UInt8(truncatingIfNeeded: random.bits(UInt64($0))) }
    }

    @Test(
        "every format gives back the members' bytes, with names beyond ASCII",
        arguments: ArchiveFixture.Format.allCases)
    func roundTrip(format: ArchiveFixture.Format) throws {
        let folder = try TemporaryFolder()
        let path = folder.file(format.name)
        let big = noise(600_000)
        try ArchiveFixture.write(
            [.file("a/ünï.txt", "one"), .file("empty", ""), .file("./big", big)], as: format, to: path)
        let (members, reader) = try read(path)
        #expect(members == ["a/ünï.txt": Array("one".utf8), "empty": [], "big": big])
        #expect(reader.bytesOut == 600_003)
        #expect(reader.skipped.isEmpty)
    }

    @Test("a compressed stream is one member with the file's name, to the end of its last gzip member")
    func stream() throws {
        let folder = try TemporaryFolder()
        try ArchiveFixture.gzip(Array("one\n".utf8), to: folder.file("x.gz"))
        try ArchiveFixture.gzip(Array("two\n".utf8), to: folder.file("y.gz"))
        let both =
            try Data(contentsOf: URL(fileURLWithPath: folder.file("x.gz")))
            + Data(contentsOf: URL(fileURLWithPath: folder.file("y.gz")))
        try both.write(to: URL(fileURLWithPath: folder.file("posts.jsonl.gz")))
        #expect(try read(folder.file("posts.jsonl.gz")).members == ["posts.jsonl": Array("one\ntwo\n".utf8)])
    }

    @Test("unsafe names, links, devices and litter never come out, and are counted")
    func skipped() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("posts.tar")
        try ArchiveFixture.write(
            [
                .file("../escape", "x"), .file("/absolute", "x"), .file("a/../../b", "x"),
                .file("a\\..\\b", "x"),
                .symlink("link", to: "/etc/passwd"), .fifo("pipe"), .file("__MACOSX/._a", "x"),
                .file("d/.DS_Store", "x"), .file("..fine", "kept"),
            ], as: .tar, to: path)
        let (members, reader) = try read(path)
        #expect(members == ["..fine": Array("kept".utf8)])
        #expect(reader.skipped == [.unsafeName: 4, .link: 1, .special: 1, .litter: 2])
    }

    @Test("a name that is not UTF-8 has its bytes in hexadecimal")
    func escaped() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("posts.cpio")
        try ArchiveFixture.write([.file("abcd", "x"), .file("kept", "y")], as: .cpio, to: path)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let range = try #require(bytes.range(of: Data("abcd".utf8)))
        bytes.replaceSubrange(range, with: [0x61, 0xFF, 0xFE, 0x64])
        try bytes.write(to: URL(fileURLWithPath: path))
        let (members, reader) = try read(path)
        #expect(members == ["a%FF%FEd": [0x78], "kept": [0x79]])
        #expect(reader.skipped.isEmpty)
    }

    @Test("of a truncated tar.gz what comes before the cut is read, then the error names member and offset")
    func truncated() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("posts.tar.gz")
        try ArchiveFixture.write(
            [.file("first", "whole"), .file("second", noise(400_000))], as: .tarGzip, to: path)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(200_000).write(to: URL(fileURLWithPath: path))
        let reader = try ArchiveReader(path: path, name: "posts.tar.gz", format: .archive)
        #expect(try reader.next()?.name == "first")
        #expect(try reader.read() == Array("whole".utf8))
        #expect(try reader.next()?.name == "second")
        let error = #expect(throws: ArchiveError.self) {
            while try !reader.read().isEmpty {}
        }
        #expect(error?.reason == "archive-damaged")
        #expect(error?.location == "posts.tar.gz!second")
        #expect((error?.position.byteOffset ?? 0) > 0)
        #expect(try reader.next() == nil)
    }

    @Test("what is not an archive is damage at its first byte", arguments: ["x.zip", "x.tar.gz", "x.7z"])
    func notAnArchive(name: String) throws {
        let folder = try TemporaryFolder()
        try Data("this is no archive at all, whatever its name says".utf8)
            .write(to: URL(fileURLWithPath: folder.file(name)))
        let error = #expect(throws: ArchiveError.self) { _ = try read(folder.file(name)) }
        #expect(error?.reason == "archive-damaged")
    }

    @Test("a missing archive is an error of the file system")
    func missing() {
        let error = #expect(throws: ArchiveError.self) {
            _ = try ArchiveReader(path: "/nowhere/x.zip", name: "x.zip", format: .archive)
        }
        #expect(error?.category == .inputOutput)
    }

    @Test("bytes, members and expansion are limited")
    func limits() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("posts.tar.gz")
        try ArchiveFixture.write(
            [.file("a", [UInt8](repeating: 0, count: 1 << 20)), .file("b", "b")], as: .tarGzip, to: path)
        for change in [
            { $0.maxBytes = 1000 }, { $0.maxMembers = 1 },
            {
                $0.expansionGrace = 1000
                $0.maxExpansion = 50
            },
        ] as [(inout ArchiveLimits) -> Void] {
            var limits = ArchiveLimits()
            change(&limits)
            let error = #expect(throws: ArchiveError.self) { _ = try read(path, limits: limits) }
            #expect(error?.reason == "archive-over-limit")
        }
        #expect(try read(path).members.count == 2)
    }

    @Test("what a file is follows from its name")
    func format() {
        #expect(ArchiveFormat(path: "a/b.tar.gz") == .archive)
        #expect(ArchiveFormat(path: "b.TGZ") == .archive)
        #expect(ArchiveFormat(path: "a/b.jsonl.gz") == .stream(member: "b.jsonl"))
        #expect(ArchiveFormat(path: "b.jsonl") == nil)
        #expect(ArchiveFormat(path: ".gz") == nil)
    }
}
