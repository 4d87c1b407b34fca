import Testing

@testable import AlignData

@Suite struct StreamingDecoderTests {
    @Test(arguments: ["smollm", "gpt2"])
    func theStreamTogetherIsTheWholeText(name: String) throws {
        let folder = TokenizerGolden.folder(name)
        let tokenizer = try Tokenizer.load(from: folder)
        for golden in try TokenizerGolden.read(folder + "/goldens.jsonl") {
            // Every second id, too: often not UTF-8.
            let halves = golden.plain.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            for ids in [golden.plain, golden.parsed, halves] {
                for skips in [true, false] {
                    var decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: skips)
                    var text = ids.map { decoder.append($0) }.joined()
                    text += decoder.finish()
                    #expect(
                        text.utf8.elementsEqual(tokenizer.decode(ids, skippingSpecialTokens: skips).utf8),
                        "\(golden.text.debugDescription.prefix(60))")
                }
            }
        }
    }

    @Test func aCharacterWaitsUntilItIsWholeAndNoLonger() throws {
        let tokenizer = try Tokenizer.load(from: TokenizerGolden.folder("smollm"))
        var ids: [UInt8: TokenID] = [:]
        for id in 0..<TokenID(tokenizer.vocabularySize) {
            let bytes = ByteAlphabet.bytes(of: tokenizer.token(id)) ?? []
            if bytes.count == 1 { ids[bytes[0]] = id }
        }
        func bytes(_ bytes: some Sequence<UInt8>) -> [TokenID] { bytes.compactMap { ids[$0] } }
        for text in ["é", "€", "🐢", "a🐢b", "e\u{301}", "\u{10FFFF}"] {
            var decoder = StreamingDecoder(tokenizer)
            var seen = ""
            for (index, id) in bytes(text.utf8).enumerated() {
                seen += decoder.append(id)
                // Exactly the scalars that are whole.
                let whole = Array(text.utf8.prefix(index + 1))
                let expected = whole.dropLast(UTF8Validation.unfinishedTail(whole))
                #expect(Array(seen.utf8) == Array(expected))
            }
            #expect(seen.utf8.elementsEqual(text.utf8) && decoder.finish().isEmpty)
        }
        // A sequence that breaks off is one U+FFFD at the end, and one that cannot be finished does not wait.
        var decoder = StreamingDecoder(tokenizer)
        #expect(bytes("🐢".utf8).dropLast().map { decoder.append($0) }.joined().isEmpty)
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(bytes([0xE0, 0x80]).map { decoder.append($0) } == ["", "\u{FFFD}\u{FFFD}"])
    }

    @Test func aTailIsUnfinishedExactlyWhereMoreBytesCanMakeItWhole() {
        // Against a search over all continuations of two bytes.
        let seconds: [UInt8] = [0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF]
        for lead in UInt8.min...UInt8.max {
            for tail in [
                [lead], [lead] + [0x80], [lead, 0x90], [lead, 0xA0], [lead, 0x90, 0x80], [lead, 0x41],
            ] {
                let isOpen = [1, 2, 3].contains { (count: Int) in
                    seconds.contains { second in
                        let more = [second] + [UInt8](repeating: 0x80, count: count - 1)
                        return (tail + more).withUnsafeBufferPointer(UTF8Validation.isValid)
                    }
                }
                let isWhole = tail.withUnsafeBufferPointer(UTF8Validation.isValid)
                // Bytes before a tail do not matter; where a tail cannot be finished, its end alone may be.
                if isOpen && !isWhole { #expect(UTF8Validation.unfinishedTail([0x41] + tail) == tail.count) }
                if isWhole { #expect(UTF8Validation.unfinishedTail([0x41] + tail) == 0) }
            }
        }
    }
}
