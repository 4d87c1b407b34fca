import AlignData
import Foundation
import Testing

/// The same ids, and the same text back, as HF tokenizers.
@Suite struct TokenizerParityTests {
    static let environment = ProcessInfo.processInfo.environment

    @Test(arguments: ["smollm", "gpt2"])
    func idsAndTextAreThoseOfTheReference(name: String) throws {
        let folder = TokenizerGolden.folder(name)
        let goldens = try TokenizerGolden.read(folder + "/goldens.jsonl")
        #expect(goldens.count > 300)
        try Self.compare(Tokenizer.load(from: folder), goldens)
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
            let isEqual =
                tokenizer.encode(golden.text) == golden.plain
                && tokenizer.encode(golden.text, parsingSpecialTokens: true) == golden.parsed
                && same(tokenizer.decode(golden.parsed), golden.decoded)
                && same(tokenizer.decode(golden.parsed, skippingSpecialTokens: false), golden.whole)
                && same(
                    tokenizer.decode(golden.plain.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)),
                    golden.half)
            if isEqual { continue }
            failures += 1
            if failures <= 10 {
                Issue.record("row \(row) differs: \(golden.text.debugDescription.prefix(80))")
            }
        }
        #expect(failures == 0, "\(failures) of \(goldens.count) differ")
    }

    /// Equality of `String` would take NFC and NFD for the same.
    private static func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}
