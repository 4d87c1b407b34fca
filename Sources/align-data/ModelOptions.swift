import AlignData
import ArgumentParser
import Foundation
import TorchLM

/// How models are computed.
struct ModelOptions: ParsableArguments {
    @Option(
        help: "The type models compute in; bfloat16 where the processor multiplies it fast, unless given.")
    var precision: Precision?

    /// Loads libtorch where no precision was given, to ask what the processor can do.
    func resolved() throws -> Precision { try precision ?? Precision.best() }

    /// The hash of a model folder's tokenizer; nil where it has none.
    static func tokenizerHash(of model: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: model + "/tokenizer.json") else { return nil }
        return try Tokenizer.load(from: model).hash
    }

    /// - Throws: `OtherTokenizer` when the model has a tokenizer of its own that is not this one.
    static func requireTokenizer(_ tokenizer: Tokenizer, of model: String) throws {
        if let own = try tokenizerHash(of: model), own != tokenizer.hash { throw OtherTokenizer(path: model) }
    }

    static func help(_ what: String) -> ArgumentHelp {
        ArgumentHelp("\(what): a GGUF file or a Hugging Face folder.", valueName: "model")
    }
}

/// Models that are used together on the same tokens, but cut text differently.
struct OtherTokenizer: DescribedError {
    var path: String

    var category: FailureCategory { .badData }
    var summary: String { "this model has another tokenizer than the reference" }
    var location: String? { path }
    var hint: String? { "give models that were trained from the same language model" }
}
