import AlignData

extension ModelConfiguration {
    /// Reads a Hugging Face `config.json`.
    init(huggingFace root: JSONValue, path: String) throws(ModelFileError) {
        let names = root["architectures"]?.array?.compactMap(\.string) ?? []
        let type = root["model_type"]?.string ?? names.first ?? "none"
        guard type == "llama" else { throw .unknownArchitecture(path: path, name: type) }
        guard let architecture = Architecture(rawValue: names.first ?? Architecture.causalLM.rawValue) else {
            throw .unknownArchitecture(path: path, name: names.first ?? type)
        }
        try Self.refuseUnsupported(root, path: path)
        for name in ["bos_token_id", "eos_token_id", "pad_token_id"] {
            guard let value = root[name] else { continue }
            guard (value.array ?? [value]).allSatisfy({ $0.int != nil }) else {
                throw .malformed(path: path, what: "config.json's '\(name)' is no token id")
            }
        }
        func size(_ name: String) throws(ModelFileError) -> Int {
            guard let value = root[name]?.int else {
                throw .malformed(path: path, what: "config.json has no whole number '\(name)'")
            }
            return value
        }
        func token(_ name: String) -> TokenID? {
            Self.tokens(root[name]).first
        }
        let heads = try size("num_attention_heads")
        let hidden = try size("hidden_size")
        guard heads > 0 else { throw .malformed(path: path, what: "the head count \(heads) cannot be meant") }
        self.init(
            architecture: architecture, hiddenSize: hidden, intermediateSize: try size("intermediate_size"),
            layerCount: try size("num_hidden_layers"), headCount: heads,
            keyValueHeadCount: root["num_key_value_heads"]?.int ?? heads,
            headDimension: root["head_dim"]?.int ?? hidden / heads, vocabularySize: try size("vocab_size"),
            maxPositions: root["max_position_embeddings"]?.int ?? 2048,
            rmsNormEpsilon: root["rms_norm_eps"]?.double ?? 1e-6,
            ropeTheta: root["rope_parameters"]?["rope_theta"]?.double ?? root["rope_theta"]?.double ?? 10_000,
            tiesEmbeddings: root["tie_word_embeddings"]?.bool ?? false,
            beginningOfSequence: token("bos_token_id"), endsOfSequence: Self.tokens(root["eos_token_id"]),
            padding: token("pad_token_id"),
            labelCount: root["id2label"]?.members?.count ?? root["num_labels"]?.int
                ?? (architecture == .sequenceClassification ? 2 : 1))
        try check(path: path)
    }

    /// One id, or a list of them.
    private static func tokens(_ value: JSONValue?) -> [TokenID] {
        (value?.array ?? value.map { [$0] } ?? []).compactMap { $0.int.flatMap { TokenID(exactly: $0) } }
    }

    /// Adds the ids that a `generation_config.json` ends sequences with.
    mutating func readGeneration(_ root: JSONValue) {
        for id in Self.tokens(root["eos_token_id"]) where !endsOfSequence.contains(id) {
            endsOfSequence.append(id)
        }
    }

    /// `eos_token_id`: one id, or several.
    var endsJSON: JSONValue? {
        let ends = endsOfSequence.map { JSONValue.integer(Int($0)) }
        return ends.count > 1 ? .array(ends) : ends.first
    }

    private static func refuseUnsupported(_ root: JSONValue, path: String) throws(ModelFileError) {
        func refuse(_ feature: String) -> ModelFileError { .unsupported(path: path, feature: feature) }
        for name in ["rope_parameters", "rope_scaling"] {
            let scaling = root[name]
            if let scaling, scaling.members == nil {
                throw .malformed(path: path, what: "config.json's '\(name)' is no object")
            }
            let type = scaling?["rope_type"]?.string ?? scaling?["type"]?.string ?? "default"
            guard type == "default" else { throw refuse("rotary scaling of type '\(type)'") }
            if let share = scaling?["partial_rotary_factor"]?.double, share != 1 {
                throw refuse("rotary embedding of a part of each head")
            }
        }
        for name in ["attention_bias", "mlp_bias"] where root[name]?.bool == true { throw refuse(name) }
        if root["quantization_config"] != nil { throw refuse("quantized safetensors") }
        let activation = root["hidden_act"]?.string ?? "silu"
        guard activation == "silu" else { throw refuse("the activation '\(activation)'") }
    }

    /// As a `config.json` that transformers loads (versions 4 and 5: the rotary base stands in both places).
    func huggingFace(dtype: String) -> JSONValue {
        var members: [String: JSONValue?] = [
            "architectures": .array([.string(architecture.rawValue)]),
            "attention_bias": .bool(false),
            "attention_dropout": .double(0),
            "bos_token_id": beginningOfSequence.map { .integer(Int($0)) },
            "dtype": .string(dtype),
            "eos_token_id": endsJSON,
            "head_dim": .integer(headDimension),
            "hidden_act": .string("silu"),
            "hidden_size": .integer(hiddenSize),
            "intermediate_size": .integer(intermediateSize),
            "max_position_embeddings": .integer(maxPositions),
            "mlp_bias": .bool(false),
            "model_type": .string("llama"),
            "num_attention_heads": .integer(headCount),
            "num_hidden_layers": .integer(layerCount),
            "num_key_value_heads": .integer(keyValueHeadCount),
            "pad_token_id": padding.map { .integer(Int($0)) },
            "rms_norm_eps": .double(rmsNormEpsilon),
            "rope_parameters": .members(["rope_theta": .double(ropeTheta), "rope_type": .string("default")]),
            "rope_theta": .double(ropeTheta),
            "tie_word_embeddings": .bool(tiesEmbeddings),
            "torch_dtype": .string(dtype),
            "use_cache": .bool(true),
            "vocab_size": .integer(vocabularySize),
        ]
        if architecture == .sequenceClassification {
            let labels = (0..<labelCount).map { (String($0), "LABEL_\($0)") }
            members["id2label"] = .object(labels.map { (key: $0.0, value: .string($0.1)) })
            members["label2id"] = .object(labels.enumerated().map { (key: $1.1, value: .integer($0)) })
        }
        return .members(members)
    }
}
