import AlignData

extension ModelConfiguration {
    /// Reads the metadata of a GGUF.
    init(gguf file: GGUFFile) throws(ModelFileError) {
        let path = file.path
        let architecture = file.metadata["general.architecture"]?.string ?? "none"
        guard architecture == "llama" else { throw .unknownArchitecture(path: path, name: architecture) }
        func value(_ name: String) -> GGUFValue? { file.metadata["llama." + name] }
        func size(_ name: String) throws(ModelFileError) -> Int {
            guard let value = value(name)?.integer else {
                throw .malformed(path: path, what: "it has no whole number 'llama.\(name)'")
            }
            return value
        }
        func token(_ name: String) -> TokenID? {
            file.metadata["tokenizer.ggml.\(name)_token_id"]?.integer.flatMap { TokenID(exactly: $0) }
        }
        var ends: [TokenID] = []
        for id in ["eos", "eot", "eom"].compactMap(token) where !ends.contains(id) { ends.append(id) }
        if let scaling = value("rope.scaling.type")?.string, scaling != "none" {
            throw .unsupported(path: path, feature: "rotary scaling of type '\(scaling)'")
        }
        if file.tensor(named: "rope_freqs.weight") != nil {
            throw .unsupported(path: path, feature: "rotary scaling by frequency factors (rope_freqs.weight)")
        }
        if let experts = value("expert_count")?.integer, experts > 0 {
            throw .unsupported(path: path, feature: "a mixture of \(experts) experts")
        }
        let heads = try size("attention.head_count")
        let hidden = try size("embedding_length")
        guard heads > 0 else { throw .malformed(path: path, what: "the head count \(heads) cannot be meant") }
        guard let embedding = file.tensor(named: "token_embd.weight"), embedding.dimensions.count == 2 else {
            throw .missingTensor(path: path, name: "token_embd.weight")
        }
        let dimension = value("attention.key_length")?.integer ?? hidden / heads
        if let rotary = value("rope.dimension_count")?.integer, rotary != dimension {
            throw .unsupported(path: path, feature: "rotary embedding of a part of each head")
        }
        if let values = value("attention.value_length")?.integer, values != dimension {
            throw .unsupported(path: path, feature: "values of another width than the keys")
        }
        self.init(
            hiddenSize: hidden, intermediateSize: try size("feed_forward_length"),
            layerCount: try size("block_count"), headCount: heads,
            keyValueHeadCount: value("attention.head_count_kv")?.integer ?? heads, headDimension: dimension,
            vocabularySize: embedding.dimensions[1], maxPositions: try size("context_length"),
            rmsNormEpsilon: value("attention.layer_norm_rms_epsilon")?.number ?? 1e-5,
            ropeTheta: value("rope.freq_base")?.number ?? 10_000,
            tiesEmbeddings: file.tensor(named: "output.weight") == nil,
            beginningOfSequence: token("bos"), endsOfSequence: ends, padding: token("padding"))
        try check(path: path)
    }
}
