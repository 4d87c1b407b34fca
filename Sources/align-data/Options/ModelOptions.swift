import AlignData
import ArgumentParser
import TorchLM

/// How models are computed.
struct ModelOptions: ParsableArguments {
    @Option(
        help: "The type models compute in; bfloat16 where the processor multiplies it fast, unless given.")
    var precision: Precision?

    /// Loads libtorch where no precision was given, to ask what the processor can do.
    func resolved() throws -> Precision { try precision ?? Precision.best() }

    /// - Throws: `OtherTokenizer` when the model has a tokenizer of its own that is not this one.
    static func requireTokenizer(_ tokenizer: Tokenizer, of model: String) throws {
        guard let own = try Tokenizer.hash(ofModel: model), own != tokenizer.hash else { return }
        throw OtherTokenizer(path: model, own: own, reference: tokenizer.hash)
    }

    static func help(_ what: String) -> ArgumentHelp {
        ArgumentHelp("\(what): a GGUF file or a Hugging Face folder.", valueName: "model")
    }
}

/// Models that are used together on the same tokens, but cut text differently.
struct OtherTokenizer: DescribedError {
    var path: String
    var own: String
    var reference: String

    var category: FailureCategory { .badData }
    var summary: String {
        "this model has another tokenizer (\(ModelMismatch.short(own))) than the reference "
            + "(\(ModelMismatch.short(reference)))"
    }
    var location: String? { path }
    var hint: String? { "give models that were trained from the same language model" }
}
