import Testing

@testable import AlignData

@Suite struct JSONLinesReaderTests {
    private let mapping = FieldMapping(
        document: Field("text"), title: Field("meta.title", isOptional: true),
        references: [Field("summaries")],
        id: Field("id", isOptional: true), split: Field("split", isOptional: true),
        others: ["topic": Field("{topic}")])

    private func read(_ bytes: [UInt8], chunk: Int = 1 << 18, _ mapping: FieldMapping? = nil) throws
        -> [RecordOutcome]
    {
        var outcomes: [RecordOutcome] = []
        try reader(mapping ?? self.mapping).read(
            RecordFile(
                origin: FileOrigin(source: "x.jsonl", captures: ["topic": "bees"]),
                bytes: source(bytes, chunk: chunk))
        ) { outcomes.append($0) }
        return outcomes
    }

    private func reader(_ mapping: FieldMapping) throws -> JSONLinesReader {
        JSONLinesReader(
            RecipeSource(files: [try FilePattern("{topic}.jsonl")], format: .jsonLines, fields: mapping))
    }

    private func read(_ text: String, chunk: Int = 1 << 18) throws -> [RecordOutcome] {
        try read(Array(text.utf8), chunk: chunk)
    }

    @Test("of a key that an object has twice the last value counts, as with most parsers")
    func repeatedKey() throws {
        let outcomes = try read(
            #"{"text": "a", "summaries": "x", "meta": {"title": "T", "title": "U"}, "text": "b", "summaries": "y"}"#
        )
        #expect(outcomes.map { $0.record?.document } == ["b"])
        #expect(outcomes.map { $0.record?.title } == ["U"])
        #expect(outcomes.map { $0.record?.references } == [["y"]])
    }

    @Test(
        "fields, lists, captures, byte offsets and lines come out the same in chunks of any size",
        arguments: [1, 2, 3, 7, 1000])
    func records(chunk: Int) throws {
        let text =
            "\u{FEFF}{\"text\": [\"One.\", \"Two.\"], "
            + "\"meta\": {\"title\": \"T\"}, \"summaries\": [\"a\", [\"b\", \"c\"]]}\r\n"
            + "\n  \n{\"text\": \"é\", \"summaries\": \"s\", \"id\": 7, \"split\": \"dev\"}"
        let outcomes = try read(text, chunk: chunk)
        #expect(
            outcomes == [
                .record(
                    SourceRecord(
                        document: "One. Two.", title: "T", references: ["a", "b c"],
                        fields: ["topic": "bees"],
                        provenance: Provenance(source: "x.jsonl", byteOffset: 0, line: 1))),
                .record(
                    SourceRecord(
                        sourceID: "7", document: "é", title: "", references: ["s"], fields: ["topic": "bees"],
                        split: .validation, provenance: Provenance(source: "x.jsonl", byteOffset: 91, line: 4)
                    )),
            ])
    }

    @Test("half of a surrogate pair has a reason of its own, and costs nothing where nobody reads it")
    func loneSurrogates() throws {
        let lines = [
            #"{"text": "a \ud83d b", "summaries": []}"#, #"{"text": "b", "summaries": ["\udc00"]}"#,
            #"{"text": "c", "summaries": [], "other": "\ud83d", "k\ud83d": {"x": ["\ud83d"]}}"#,
            #"{"text": "d", "summaries": [], "meta": {"title": "T", "other": "\ud83d\u0041"}}"#,
            #"{"text": "\ud83d\ud83d\ude00 \ud83dx", "summaries": []}"#,
            #"{"text": "\ud83d\u00e9 \ud83d\n", "summaries": [["\ud83d"]]}"#,
        ]
        let outcomes = try read(lines.joined(separator: "\n"))
        #expect(outcomes.map { $0.record?.document } == [nil, nil, "c", "d", nil, nil])
        #expect(outcomes[3].record?.title == "T")
        #expect(outcomes.compactMap { $0.rejection?.reason } == Array(repeating: "lone-surrogate", count: 4))
        #expect(
            outcomes[0].rejection?.detail
                == "the document field (text) holds half of a surrogate pair, which is no character")

        var source = RecipeSource(files: [try FilePattern("*")], format: .jsonLines, fields: mapping)
        source.repair = .replace
        var repaired: [RecordOutcome] = []
        let bytes = Array(lines.joined(separator: "\n").utf8)
        try JSONLinesReader(source).read(
            RecordFile(
                origin: FileOrigin(source: "x", captures: ["topic": "bees"]),
                bytes: AlignDataTests.source(bytes))
        ) { repaired.append($0) }
        #expect(
            repaired.compactMap(\.record).map(\.document) == [
                "a \u{FFFD} b", "b", "c", "d", "\u{FFFD}\u{1F600} \u{FFFD}x", "\u{FFFD}é \u{FFFD}\n",
            ])
        #expect(repaired.compactMap(\.record)[5].references == ["\u{FFFD}"])
        #expect(repaired.contains(.noted("lone-surrogates-replaced", 1)))
    }

    @Test("a line that cannot be used costs that line alone, and says why")
    func badLines() throws {
        let good = "{\"text\": \"x\", \"summaries\": []}\n"
        var bytes = Array(good.utf8)
        for line in [
            "{'text': 'x'}", "[1]", "{\"summaries\": []}", "{\"text\": {}, \"summaries\": []}",
            "{\"text\": \"x\", \"summaries\": [], \"split\": \"mine\"}",
            "{\"text\": null, \"summaries\": []}",
        ] {
            bytes += Array((line + "\n" + good).utf8)
        }
        bytes += [0x22, 0xFF, 0x22, 0x0A] + Array(good.utf8)
        let outcomes = try read(bytes)
        #expect(outcomes.compactMap(\.record).count == 8)
        #expect(
            outcomes.compactMap(\.rejection?.reason) == [
                "not-json", "not-an-object", "missing-field", "unusable-field", "unknown-split",
                "missing-field",
                "invalid-utf8",
            ])
        #expect(outcomes.compactMap(\.rejection?.provenance.line) == [2, 4, 6, 8, 10, 12, 14])
    }

    @Test("records that were whole before the bytes break off have been handed out")
    func brokenOff() throws {
        struct Broken: Error {}
        var chunks = [Array("{\"text\": \"x\", \"summaries\": []}\n{\"text\": \"y".utf8)]
        var count = 0
        #expect(throws: Broken.self) {
            try reader(mapping).read(
                RecordFile(origin: FileOrigin(source: "x", captures: ["topic": ""])) {
                    guard let chunk = chunks.popLast() else { throw Broken() }
                    return chunk
                }
            ) { _ in count += 1 }
        }
        #expect(count == 1)
    }

    @Test(
        "a line beyond the limit is passed over in bounded memory, and the next one is read",
        arguments: [1, 5, 64, 1000])
    func longLines(chunk: Int) throws {
        var lines = LineReader(maxLineBytes: 10)
        var seen: [String] = []
        let take = { (line: LineReader.Line, position: LineReader.Position) in
            switch line {
            case .whole(let bytes):
                seen.append(
                    "\(position.line)@\(position.byteOffset) \(String(decoding: bytes, as: UTF8.self))")
            case .tooLong: seen.append("\(position.line)@\(position.byteOffset) -")
            }
        }
        let input = source(
            Array("short\n\(String(repeating: "x", count: 40))\n1234567890\nlast".utf8), chunk: chunk)
        while case let bytes = try input(), !bytes.isEmpty { try lines.feed(bytes, take) }
        try lines.finish(take)
        #expect(seen == ["1@0 short", "2@6 -", "3@47 1234567890", "4@58 last"])
    }
}
