import AlignData
import ArgumentParser
import Foundation

/// A file of JSON lines, as it is or in gzip, to a sealed corpus: parsed, cleaned, tokenized, written, hashed. The rate is
/// of the file's bytes, as it lies on disk.
struct IngestRow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ingest")

    @OptionGroup var options: TextOptions

    @Option(help: "A folder for what is written; its corpus is overwritten.")
    var work: String

    func run() throws {
        let recipe = try Recipe(
            yaml: """
                name: benchmark
                description: One field, as it is.
                sources:
                  - files: '**/*.jsonl'
                    format: jsonl
                    fields:
                      document: \(options.field)
                prompt:
                  text: '{document}'
                  max-tokens: 1000000
                  truncate: reject
                clean:
                  drop-duplicates: false
                """, name: "benchmark")
        let size = try FileManager.default.attributesOfItem(atPath: options.text)[.size] as? Int ?? 0
        let output = work + "/corpus"
        var times: [Double] = []
        for _ in 0..<6 {
            // A tokenizer that has seen no word yet, as in a run of the command; its loading is not counted.
            let tokenizer = try Tokenizer.load(from: options.model)
            try? FileManager.default.removeItem(atPath: output)
            let stage = IngestStage(
                sources: [options.text], recipe: recipe, tokenizer: tokenizer,
                configuration: IngestConfiguration(), output: output)
            times.append(try Measurement.seconds { _ = try stage.run { _ in .more } })
        }
        let seconds = Measurement.median(Array(times.dropFirst()))
        let name = options.text.hasSuffix(".gz") ? "ingest-gzip" : "ingest"
        Measurement.report(name, Double(size) / 1e6 / seconds, "MB/s")
    }
}
