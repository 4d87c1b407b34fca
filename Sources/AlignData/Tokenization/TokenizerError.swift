/// A tokenizer that cannot be loaded, or not faithfully. What a file asks for and this library does not
/// have is always an error: never a silently different tokenization.
public enum TokenizerError: DescribedError, Hashable {
    /// No file or folder there, or it cannot be read.
    case unreadable(path: String, reason: String)
    /// A folder of adapters, which have a model and its tokenizer elsewhere.
    case adapters(path: String)
    /// Not JSON, not a tokenizer file, or one that contradicts itself.
    case malformed(path: String, what: String)
    /// A tokenizer of a form that is not read.
    case unread(path: String, form: String)
    /// Something the file asks for that is not supported, as the file names it.
    case unsupported(path: String, feature: String)

    public var category: FailureCategory {
        if case .unreadable = self { return .inputOutput }
        return .badData
    }

    public var summary: String {
        switch self {
        case .unreadable(_, let reason): "cannot read the tokenizer: \(reason)"
        case .adapters: "the folder holds adapters of a model, not a model"
        case .malformed(_, let what): "the tokenizer file is malformed: \(what)"
        case .unread(_, let form): "the tokenizer is \(form), which is not read"
        case .unsupported(_, let feature): "the tokenizer asks for \(feature), which is not supported"
        }
    }

    public var location: String? {
        switch self {
        case .adapters(let path), .unreadable(let path, _), .malformed(let path, _), .unread(let path, _),
            .unsupported(let path, _):
            path
        }
    }

    public var hint: String? {
        switch self {
        case .unreadable:
            "give a .gguf file, a Hugging Face folder, a tokenizer.json, or a tiktoken rank file"
        case .adapters:
            "train with --merge, or merge them, in Python: peft.AutoPeftModelForCausalLM.from_pretrained(FOLDER)"
                + ".merge_and_unload().save_pretrained(OTHER)"
        case .malformed: nil
        case .unread:
            "make a tokenizer.json of it, in Python: transformers.AutoTokenizer.from_pretrained(FOLDER)"
                + ".save_pretrained(FOLDER); or give a GGUF of the model"
        case .unsupported:
            "use a model with a BPE tokenizer of the GPT-2, Llama, Mistral, Qwen, DeepSeek or Gemma kind"
        }
    }
}
