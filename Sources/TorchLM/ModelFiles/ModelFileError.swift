public import AlignData
import Foundation

/// A model that cannot be read or written.
public enum ModelFileError: DescribedError, Hashable {
    /// The system said no.
    case unreadable(path: String, reason: String)
    /// Neither a GGUF nor a Hugging Face folder.
    case notAModel(path: String, reason: String)
    /// A model of a kind that is not supported.
    case unknownArchitecture(path: String, name: String)
    /// Something the model asks for that is not supported, as its file names it.
    case unsupported(path: String, feature: String)
    /// One file of a GGUF that was split; parts are counted from 1.
    case partOfModel(path: String, part: Int, count: Int)
    /// A classifier with several labels, or none, where a reward model is needed.
    case severalLabels(path: String, count: Int)
    /// The configuration ties the output projection to the embedding, and the file holds another one.
    case untiedHead(path: String)
    /// The configuration ties the two, and the file holds the output projection alone.
    case headAlone(path: String)
    /// A file that contradicts itself or ends early.
    case malformed(path: String, what: String)
    /// The model has no such tensor.
    case missingTensor(path: String, name: String)
    /// A tensor holds NaN or an infinity.
    case notFinite(path: String, name: String)
    /// A tensor of another shape than the configuration says.
    case wrongShape(path: String, name: String, found: [Int], expected: [Int])

    public var category: FailureCategory {
        switch self {
        case .unreadable: .inputOutput
        default: .badData
        }
    }

    public var summary: String {
        switch self {
        case .unreadable(_, let reason): "cannot read the model: \(reason)"
        case .notAModel(_, let reason): "not a model: \(reason)"
        case .unknownArchitecture(_, let name): "unknown architecture '\(name)'; supported: llama"
        case .unsupported(_, let feature): "the model asks for \(feature), which is not supported"
        case .partOfModel(_, let part, let count): "this is part \(part) of \(count) of a split GGUF"
        case .severalLabels(_, let count):
            "this classifier has \(count) labels; a reward model has one, whose number is the reward"
        case .untiedHead:
            "config.json ties the output projection to the embedding, but 'lm_head.weight' in the file is another "
                + "tensor"
        case .headAlone:
            "the file holds 'lm_head.weight' and no 'model.embed_tokens.weight', which config.json says are one tensor"
        case .malformed(_, let what): "the model file is malformed: \(what)"
        case .missingTensor(_, let name): "the model has no tensor '\(name)'"
        case .notFinite(_, let name): "tensor '\(name)' holds a value that is not a finite number"
        case .wrongShape(_, let name, let found, let expected):
            "tensor '\(name)' has the shape \(found), the configuration says \(expected)"
        }
    }

    public var location: String? {
        switch self {
        case .unreadable(let path, _), .notAModel(let path, _),
            .unknownArchitecture(let path, _), .unsupported(let path, _), .malformed(let path, _),
            .partOfModel(let path, _, _), .severalLabels(let path, _), .untiedHead(let path),
            .headAlone(let path),
            .missingTensor(let path, _), .notFinite(let path, _), .wrongShape(let path, _, _, _):
            path
        }
    }

    public var hint: String? {
        switch self {
        case .unreadable, .notAModel:
            "give a .gguf file or a Hugging Face folder (config.json, model.safetensors, tokenizer.json)"
        case .unknownArchitecture(_, let name) where name.hasPrefix("Llama"):
            "give a language model with its head (LlamaForCausalLM) or a reward model (LlamaForSequenceClassification)"
        case .unknownArchitecture, .unsupported: "use a Llama-family model, for instance SmolLM2"
        case .partOfModel:
            "join the parts with `llama-gguf-split --merge FIRST-PART JOINED.gguf`, and give the joined file"
        case .severalLabels:
            "give a model that was trained with num_labels=1, as `align-data train-reward` does"
        case .untiedHead:
            "write \"tie_word_embeddings\": false into config.json to use it, or save the model without it"
        case .headAlone:
            "load and save the model with transformers, or rename the tensor to 'model.embed_tokens.weight'"
        case .malformed, .missingTensor, .notFinite, .wrongShape: "download or copy the model again"
        }
    }
}
