import Testing

@testable import AlignData

@Suite struct TextPairReaderTests {
    private func file(_ text: String, _ captures: [String: String] = [:]) -> TextPairReader.File {
        TextPairReader.File(origin: FileOrigin(source: "d.txt", captures: captures), bytes: Array(text.utf8))
    }

    @Test("the first line is the title where the recipe says so, whatever the line ends")
    func title() {
        let reader = TextPairReader(titleIsFirstLine: true)
        let record = reader.outcome(
            document: file("T\r\n\r\nbody\nmore\n", ["key": "7", "split": "valid"]), summaries: [file("s")]
        ).record
        #expect(record?.title == "T")
        #expect(record?.document == "\r\nbody\nmore\n")
        #expect(record?.sourceID == "7")
        #expect(record?.split == .validation)
        #expect(record?.references == ["s"])
        #expect(
            TextPairReader(titleIsFirstLine: false).outcome(document: file("a\nb"), summaries: nil).record?
                .document == "a\nb")
    }

    @Test("a missing summary, bytes that are not UTF-8 and an unknown split are rejections")
    func faults() {
        let reader = TextPairReader(titleIsFirstLine: false)
        #expect(reader.outcome(document: file("x"), summaries: []).rejection?.reason == "missing-summary")
        let bad = TextPairReader.File(origin: FileOrigin(source: "s.txt"), bytes: [0xFF])
        let rejection = reader.outcome(document: file("x"), summaries: [bad]).rejection
        #expect(rejection?.reason == "invalid-utf8")
        #expect(rejection?.provenance.source == "s.txt")
        #expect(
            reader.outcome(document: file("x", ["split": "mine"]), summaries: nil).rejection?.reason
                == "unknown-split")
    }
}
