import Testing

@testable import AlignData

@Suite struct JSONDocumentReaderTests {
    private func read(_ text: String, record: String? = nil, chunk: Int = 1000) throws -> [RecordOutcome] {
        var source = RecipeSource(
            files: [try FilePattern("*.json")], format: .json, fields: FieldMapping(document: Field("t")))
        source.record = record
        var outcomes: [RecordOutcome] = []
        try source.reader.read(
            RecordFile(
                origin: FileOrigin(source: "x"), bytes: AlignDataTests.source(Array(text.utf8), chunk: chunk))
        ) { outcomes.append($0) }
        return outcomes
    }

    private func found(_ outcomes: [RecordOutcome]) -> [String] {
        outcomes.compactMap { outcome in
            if case .noted(SourceNote.notReadToEnd, 1) = outcome { return nil }
            return outcome.record?.document ?? outcome.rejection?.reason ?? "?"
        }
    }

    @Test(
        "a list, an object and documents in a row are records, in chunks of any size",
        arguments: [1, 2, 5, 1000])
    func layouts(chunk: Int) throws {
        let list = "\u{FEFF}[ {\"t\": \"a]}\\\"\"},\n{\"t\":\"b\", \"x\": [{}]} , {\"t\": \"c\"}]"
        let outcomes = try read(list, chunk: chunk)
        #expect(found(outcomes) == ["a]}\"", "b", "c"])
        #expect(outcomes.map { $0.record?.provenance.line } == [1, 2, 2])
        #expect(outcomes.map { $0.record?.provenance.byteOffset } == [5, 21, 44])
        #expect(found(try read("{\"t\": \"a\"}", chunk: chunk)) == ["a"])
        #expect(found(try read("{\"t\": \"a\"}\n{\n\"t\": \"b\"}", chunk: chunk)) == ["a", "b"])
    }

    @Test("records are found where the path says, and nowhere else", arguments: [1, 3, 1000])
    func paths(chunk: Int) throws {
        let text = """
            {"info": {"t": "no", "n": [1, true, null, -2e3]}, "da\\u0074a": [{"t": "a"}, {"u": {"t": "b"}}], "z": "s"}
            """
        #expect(found(try read(text, record: "data[*]", chunk: chunk)) == ["a", "missing-field"])
        #expect(found(try read(text, record: "data[1].u", chunk: chunk)) == ["b"])
        #expect(
            found(try read(text, record: "[*]", chunk: chunk)) == ["no", "not-an-object", "not-an-object"])
        #expect(found(try read(text, record: "none", chunk: chunk)) == ["no-record"])
        #expect(found(try read(text, record: ".", chunk: chunk)) == ["missing-field"])
    }

    @Test("a bad record costs itself alone; what breaks off is one rejection", arguments: [1, 1000])
    func faults(chunk: Int) throws {
        #expect(
            found(try read("[{\"t\" \"a\"}, {\"t\": \"b\"}, 3]", chunk: chunk)) == [
                "not-json", "b", "not-an-object",
            ])
        #expect(found(try read("[{\"t\": \"a\"}, {\"t\": \"b", chunk: chunk)) == ["a", "not-json"])
        #expect(found(try read("[{\"t\": \"a\"}", chunk: chunk)) == ["a", "not-json"])
        #expect(found(try read("[{\"t\": \"a\"}}", chunk: chunk)) == ["a", "not-json"])
        #expect(found(try read("", chunk: chunk)) == ["no-record"])
        #expect(found(try read("[]", chunk: chunk)) == ["no-record"])
        #expect(found(try read("Error 404", chunk: chunk)) == ["not-json"])
        #expect(
            found(try read(String(repeating: "[", count: 500), record: "a", chunk: chunk)) == ["not-json"])
    }

    @Test(
        "a document that breaks off, in a record or between two, is not read to its end",
        arguments: [1, 1000])
    func rest(chunk: Int) throws {
        for rest in [", {\"t\": \"b", "", ", 3", "}"] {
            let outcomes = try read("[{\"t\": \"a\"}" + rest, chunk: chunk)
            #expect(outcomes.first?.record?.document == "a")
            #expect(outcomes.contains(.noted("sources-not-read-to-their-end", 1)))
        }
        let whole = #"[{"t": "a"}, {"t": 3, "u": "\\"}]"#
        #expect(try read(whole, chunk: chunk).allSatisfy { $0.record != nil })
    }

    @Test("whatever the chunks are, records, places and lines are the same")
    func chunks() throws {
        let text = #"""
            {"a": {"x": ["\"[", "\\"], "t": "no"},
             "data": [ {"t": "one {\"two\"} \\", "l": [[1], {}]},

              {"t": "é\u00e9"} , [], "s", -1.5e3, {"t":
              "three"}], "z": null}
            """#
        let whole = try read(text, record: "data[*]", chunk: 10000)
        #expect(
            found(whole) == [
                #"one {"two"} \"#, "éé", "not-an-object", "not-an-object", "not-an-object", "three",
            ])
        #expect(
            whole.map { ($0.record?.provenance ?? $0.rejection?.provenance)?.line } == [2, 4, 4, 4, 4, 4])
        for chunk in 1..<text.utf8.count {
            #expect(try read(text, record: "data[*]", chunk: chunk) == whole)
        }
    }

    @Test("a record beyond the limit is passed over in bounded memory", arguments: [1, 10, 1000])
    func long(chunk: Int) throws {
        var splitter = JSONRecordSplitter(path: nil, maxRecordBytes: 20)
        var seen: [String] = []
        let take = { (piece: JSONRecordSplitter.Piece, position: LineReader.Position) in
            if case .record(let bytes) = piece {
                seen.append(String(decoding: bytes, as: UTF8.self))
            } else {
                seen.append("-")
            }
        }
        let bytes = source(
            Array("[{\"t\": \"\(String(repeating: "x", count: 50))\"}, {\"t\": 1}]".utf8), chunk: chunk)
        while case let chunk = try bytes(), !chunk.isEmpty { try splitter.feed(chunk, take) }
        try splitter.finish(take)
        #expect(seen == ["-", "{\"t\": 1}"])
    }
}
