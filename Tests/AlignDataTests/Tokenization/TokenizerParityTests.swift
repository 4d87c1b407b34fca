import AlignData
import Foundation
import Testing

/// The same ids, and the same text back, as HF tokenizers.
@Suite struct TokenizerParityTests {
    static let environment = ProcessInfo.processInfo.environment

    static let vocabularies = [
        "smollm", "gpt2", "neox", "llama3", "qwen2", "deepseek3", "deepseek-llm", "llama2", "mistral3",
        "gemma", "flags",
    ]

    @Test(arguments: vocabularies)
    func idsAndTextAreThoseOfTheReference(name: String) throws {
        let goldens = try TokenizerGolden.read(vocabulary: name)
        #expect(goldens.count > 600)
        try Self.compare(Tokenizer.load(from: TokenizerGolden.folder(name)), goldens)
    }

    /// By hand: ALIGN_DATA_MODEL names a tokenizer, ALIGN_DATA_GOLDENS the file that
    /// scripts/parity/tokenizer.py made for it.
    @Test(.enabled(if: environment["ALIGN_DATA_MODEL"] != nil && environment["ALIGN_DATA_GOLDENS"] != nil))
    func idsOfAWholeModelAreThoseOfTheReference() throws {
        let model = try #require(Self.environment["ALIGN_DATA_MODEL"])
        let goldens = try TokenizerGolden.read(try #require(Self.environment["ALIGN_DATA_GOLDENS"]))
        try Self.compare(Tokenizer.load(from: model), goldens)
    }

    private static func compare(_ tokenizer: Tokenizer, _ goldens: [TokenizerGolden]) throws {
        var failures = 0
        for (row, golden) in goldens.enumerated() {
            let half = golden.plain.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            let isEqual =
                tokenizer.encode(golden.text) == golden.plain
                && tokenizer.encode(golden.text, parsingSpecialTokens: true) == golden.parsed
                && tokenizer.encode(golden.text, parsingSpecialTokens: true, addingSpecialTokens: true)
                    == golden.framed
                && same(tokenizer.decode(golden.parsed), golden.decoded)
                && same(tokenizer.decode(golden.parsed, skippingSpecialTokens: false), golden.whole)
                && same(tokenizer.decode(half), golden.half)
                && same(streamed(golden.parsed, by: tokenizer), golden.decoded)
                && same(streamed(half, by: tokenizer), golden.half)
            if isEqual { continue }
            failures += 1
            if failures <= 10 {
                Issue.record("row \(row) differs: \(golden.text.debugDescription.prefix(80))")
            }
        }
        #expect(failures == 0, "\(failures) of \(goldens.count) differ")
    }

    private static func streamed(_ ids: [TokenID], by tokenizer: Tokenizer) -> String {
        var decoder = StreamingDecoder(tokenizer)
        return ids.reduce(into: "") { $0 += decoder.append($1) } + decoder.finish()
    }

    /// Equality of `String` would take NFC and NFD for the same.
    private static func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}
