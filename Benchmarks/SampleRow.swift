import AlignData
import ArgumentParser
import TorchLM

/// Completions of 48 tokens for prompts of 256, four a prompt as the command draws them. The first figure counts the
/// time of the prompts, the second, by the difference to drawing one token, only that of the steps after it.
struct SampleRow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sample")

    @Option var model: String

    @Option(help: "Completions written at once.")
    var sequences = 64

    @Option var repeats = 3

    func run() throws {
        let policy = try LanguageModel.load(path: model, precision: .best())
        policy.decodingSequences = sequences
        var how = SamplingConfiguration()
        let prompts = RandomTokens().groups(sequences / how.candidates, completions: 1).enumerated().map {
            (id: RecordID(kind: "prompt", [String($0)]), tokens: $1.prompt)
        }
        func draw(_ tokens: Int) throws -> (seconds: Double, tokens: Int) {
            how.maxTokens = tokens
            var drawn = 0
            let seconds = try Measurement.seconds {
                drawn = try policy.sample(prompts, configuration: how) { _ in }.joined()
                    .reduce(0) { $0 + $1.tokens.count }
            }
            return (seconds, drawn)
        }
        _ = try draw(2)
        var overall: [Double] = []
        var decoding: [Double] = []
        for _ in 0..<repeats {
            let first = try draw(1)
            let whole = try draw(48)
            overall.append(Double(whole.tokens) / whole.seconds)
            decoding.append(Double(whole.tokens - first.tokens) / (whole.seconds - first.seconds))
        }
        Measurement.report("sample-\(sequences)", Measurement.median(overall), "tokens/s")
        Measurement.report("decode-\(sequences)", Measurement.median(decoding), "tokens/s")
    }
}
