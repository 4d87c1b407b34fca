import Testing

@testable import AlignData

@Suite struct TextReaderTests {
    private func source(_ settings: String) throws -> RecipeSource {
        try Recipe(
            yaml: """
                name: x
                sources: [{files: '{key}.txt', format: text, \(settings)}]
                prompt: {text: '{document}', max-tokens: 10}
                """, name: "x.yml"
        ).sources[0]
    }

    private func file(_ bytes: [UInt8], _ captures: [String: String] = [:], chunk: Int = 7) -> RecordFile {
        RecordFile(
            origin: FileOrigin(source: "d.txt", captures: captures),
            bytes: AlignDataTests.source(bytes, chunk: chunk))
    }

    private func read(_ file: RecordFile, _ source: RecipeSource) throws -> [RecordOutcome] {
        var outcomes: [RecordOutcome] = []
        try source.reader.read(file) { outcomes.append($0) }
        return outcomes
    }

    @Test("the first line is the title where the recipe says so, whatever the line ends")
    func title() throws {
        var document = file(Array("T\r\n\r\nbody\nmore\n".utf8), ["key": "7", "split": "valid"])
        document.summaries = [file(Array("s".utf8))]
        let record = try read(document, source("title: first-line")).first?.record
        #expect(record?.title == "T")
        #expect(record?.document == "\r\nbody\nmore\n")
        #expect(record?.sourceID == "7")
        #expect(record?.split == .validation)
        #expect(record?.references == ["s"])
    }

    @Test("a missing summary, bytes that are not UTF-8 and an unknown split are rejections")
    func faults() throws {
        let plain = try source("title: first-line")
        var lonely = file(Array("x".utf8))
        lonely.summaries = []
        #expect(try read(lonely, plain).map { $0.rejection?.reason } == ["missing-summary"])
        var bad = file(Array("x".utf8))
        bad.summaries = [
            RecordFile(origin: FileOrigin(source: "s.txt"), bytes: AlignDataTests.source([0xFF]))
        ]
        let rejection = try read(bad, plain).first?.rejection
        #expect(rejection?.reason == "invalid-utf8")
        #expect(rejection?.provenance.source == "s.txt")
        #expect(
            try read(file(Array("x".utf8), ["key": "1", "split": "mine"]), plain).first?.rejection?.reason
                == "unknown-split")
    }

    @Test("what is not UTF-8 is repaired where it is asked for, and counted")
    func repair() throws {
        let bytes = Array("caf".utf8) + [0xE9, 0x20, 0x93]
        let replaced = try read(file(bytes, ["key": "1"]), source("repair: replace"))
        #expect(replaced.first == .noted("invalid-utf8-repaired", 1))
        #expect(replaced.last?.record?.document == "caf\u{FFFD} \u{FFFD}")
        #expect(
            try read(file(bytes, ["key": "1"]), source("repair: windows-1252")).last?.record?.document
                == "café \u{201C}")
        #expect(
            try read(file(bytes, ["key": "1"]), source("encoding: windows-1252")).map { $0.record?.document }
                == ["café \u{201C}"])
        #expect(
            try read(file(bytes, ["key": "1"]), source("split: test")).first?.rejection?.reason
                == "invalid-utf8")
    }

    @Test(
        "UTF-16 is read by its byte order mark in chunks of any size; half a character is no character",
        arguments: [1, 2, 3, 1000])
    func utf16(chunk: Int) throws {
        let text = "a\u{E9}🐢\nb"
        let bytes = littleEndianUTF16(text)
        let plain = try source("split: test")
        #expect(try read(file(bytes, ["key": "1"], chunk: chunk), plain).first?.record?.document == text)
        let lines = try source("record: line, fields: {document: text}")
        #expect(try read(file(bytes, chunk: chunk), lines).map { $0.record?.document } == ["a\u{E9}🐢", "b"])
        let cut = try read(file(Array(bytes.dropLast()), ["key": "1"], chunk: chunk), plain)
        #expect(cut.first?.rejection?.reason == "invalid-utf8")
    }

    @Test("lines are paired with the lines of the summary files; what is left over is rejected")
    func lines() throws {
        let source = try source("record: line, fields: {document: text}")
        var document = file(Array("one\ntwo\nthree".utf8))
        document.summaries = [file(Array("1\n2\n3\n".utf8)), file(Array("I\nII\n".utf8))]
        let outcomes = try read(document, source)
        #expect(outcomes.map { $0.record?.references } == [["1", "I"], ["2", "II"], nil])
        #expect(outcomes.last?.rejection?.reason == "missing-summary")
        #expect(outcomes.map { ($0.record?.provenance ?? $0.rejection?.provenance)?.line } == [1, 2, 3])
        var short = file(Array("one".utf8))
        short.summaries = [file(Array("1\n2\n3".utf8))]
        #expect(
            try read(short, source).map { $0.rejection?.reason } == [
                nil, "unpaired-summary", "unpaired-summary",
            ])
    }

    @Test("stanzas have fields; continued lines go on, a lone dot is an empty line")
    func stanzas() throws {
        let source = try source(
            "record: stanza, fields: {document: Text, references: 'Short', title: 'Name?'}")
        let text =
            "Name: a\nShort: s\nText: one\n two\n .\n three\n\n\nShort: t\nText:\n x\nbroken\n\nText: y\n"
        let outcomes = try read(file(Array(text.utf8)), source)
        #expect(outcomes.map { $0.record?.document } == ["one\ntwo\n\nthree", nil, nil])
        #expect(outcomes.map { $0.rejection?.reason } == [nil, "not-a-stanza", "missing-field"])
        #expect(outcomes[2].rejection?.detail.hasSuffix(", which has Text") == true)
        #expect(outcomes.map { ($0.record?.provenance ?? $0.rejection?.provenance)?.line } == [1, 9, 14])
    }

    @Test("a stanza with two fields of a name that the recipe takes is rejected")
    func repeatedName() throws {
        let source = try source("record: stanza, fields: {document: Text, title: 'Name?'}")
        let text = "Text: a\nNote: x\nNote: y\n\nText: b\nText: c\n\nText: d\nName: e\nName: f\n"
        let outcomes = try read(file(Array(text.utf8)), source)
        #expect(outcomes.map { $0.record?.document } == ["a", nil, nil])
        #expect(
            outcomes.compactMap { $0.rejection?.detail } == [
                "two fields of the stanza have the name Text, and the recipe takes only one",
                "two fields of the stanza have the name Name, and the recipe takes only one",
            ])
        #expect(outcomes[1].rejection?.reason == "several-values")
    }
}
