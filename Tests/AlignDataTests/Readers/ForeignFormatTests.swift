import Foundation
import Testing

@testable import AlignData

/// Files that are no text, given where text belongs.
@Suite struct ForeignFormatTests {
    private static let starts: [(ForeignFormat, [UInt8])] = [
        (.parquet, Array("PAR1".utf8) + [0x15, 0x04]), (.arrow, Array("ARROW1".utf8) + [0, 0]),
        (.sqlite, Array("SQLite format 3".utf8) + [0]), (.gguf, Array("GGUF".utf8) + [3, 0, 0, 0]),
        (.hdf5, [0x89] + Array("HDF".utf8)),
    ]

    @Test(arguments: starts)
    func isNamedByEveryReader(format: ForeignFormat, start: [UInt8]) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("in.jsonl", start + [UInt8](repeating: 0xF0, count: 3000))
        let error = ForeignFormatError(name: "in.jsonl", format: format)
        #expect(error.summary == "this is \(format.rawValue), not text" && error.hint != nil)
        #expect(throws: error) { try folder.ingest("in.jsonl") }
        #expect(throws: error) {
            try PreferenceReader(
                path: path, recipe: IngestSamples.recipe(), tokenizer: IngestSamples.tokenizer
            ).read()
        }
        #expect(throws: error) {
            try ImportStage(
                files: [path], recipe: nil, policy: BigramPolicy(), tokenizer: IngestSamples.tokenizer,
                configuration: ImportConfiguration(), output: folder.file("imported")
            ).run { _ in .more }
        }
    }

    @Test func textThatBeginsLikeOneIsText() {
        #expect(ForeignFormat(Array("PAR1 is the first word of this line\n".utf8)) == nil)
        #expect(ForeignFormat(Array("{\"a\": 1}".utf8)) == nil && ForeignFormat([]) == nil)
    }

    @Test func theHintForParquetSaysHowToConvertIt() {
        #expect(
            ForeignFormat.parquet.hint.contains("duckdb")
                && ForeignFormat.parquet.hint.contains("FORMAT json"))
    }
}
