import ArgumentParser
import TorchLM

/// How models are computed.
struct ModelOptions: ParsableArguments {
    @Option(
        help: "The type models compute in; bfloat16 where the processor multiplies it fast, unless given.")
    var precision: Precision?

    /// Loads libtorch where no precision was given, to ask what the processor can do.
    func resolved() throws -> Precision { try precision ?? Precision.best() }

    static func help(_ what: String) -> ArgumentHelp {
        ArgumentHelp("\(what): a GGUF file or a Hugging Face folder.", valueName: "model")
    }
}
