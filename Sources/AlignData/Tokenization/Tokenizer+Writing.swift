extension Tokenizer {
    /// The files of a Hugging Face folder that describe this tokenizer, by name: `tokenizer.json` and
    /// `tokenizer_config.json`. `AutoTokenizer.from_pretrained` loads them and gives the same ids.
    public func huggingFaceFiles() -> [(name: String, contents: [UInt8])] {
        [
            ("tokenizer.json", definition.tokenizerJSON.serialized()),
            ("tokenizer_config.json", definition.tokenizerConfigurationJSON.serialized()),
        ]
    }
}

extension TokenizerDefinition {
    fileprivate var tokenizerJSON: JSONTree {
        let byteLevel = JSONTree.members([
            "type": .string("ByteLevel"), "add_prefix_space": .bool(false), "trim_offsets": .bool(true),
            "use_regex": .bool(true),
        ])
        let digits = JSONTree.members(["type": .string("Digits"), "individual_digits": .bool(true)])
        let added = addedTokens.sorted { $0.id < $1.id }
        return .members([
            "version": .string("1.0"),
            "truncation": .null,
            "padding": .null,
            "added_tokens": .array(
                added.map { token in
                    .members([
                        "id": .integer(Int(token.id)), "content": .string(token.content),
                        "special": .bool(token.isSpecial), "normalized": .bool(false),
                        "single_word": .bool(false),
                        "lstrip": .bool(false), "rstrip": .bool(false),
                    ])
                }),
            "normalizer": normalizer == .nfc ? .members(["type": .string("NFC")]) : .null,
            "pre_tokenizer": preTokenizer == .gpt2
                ? byteLevel
                : .members(["type": .string("Sequence"), "pretokenizers": .array([digits, byteLevel])]),
            "post_processor": postProcessorJSON ?? byteLevel,
            "decoder": byteLevel,
            "model": .members([
                "type": .string("BPE"), "dropout": .null, "unk_token": .null,
                "continuing_subword_prefix": .string(""), "end_of_word_suffix": .string(""),
                "fuse_unk": .bool(false), "byte_fallback": .bool(false), "ignore_merges": .bool(false),
                "vocab": .object(
                    pieces.enumerated().filter { !$1.isEmpty }.map { (key: $1, value: .integer($0)) }),
                "merges": .array(
                    merges.map { .array([.string(pieces[Int($0.left)]), .string(pieces[Int($0.right)])]) }),
            ]),
        ])
    }

    /// Puts beginning-of-sequence before a text where the model wants that; nil otherwise.
    private var postProcessorJSON: JSONTree? {
        guard addsBeginningOfSequence, let id = beginningOfSequence else { return nil }
        let token = pieces[Int(id)]
        func item(_ kind: String, _ name: String, _ type: Int) -> JSONTree {
            .members([kind: .members(["id": .string(name), "type_id": .integer(type)])])
        }
        return .members([
            "type": .string("TemplateProcessing"),
            "single": .array([item("SpecialToken", token, 0), item("Sequence", "A", 0)]),
            "pair": .array([
                item("SpecialToken", token, 0), item("Sequence", "A", 0), item("SpecialToken", token, 1),
                item("Sequence", "B", 1),
            ]),
            "special_tokens": .object([
                (
                    key: token,
                    value: .members([
                        "id": .string(token), "ids": .array([.integer(Int(id))]),
                        "tokens": .array([.string(token)]),
                    ])
                )
            ]),
        ])
    }

    fileprivate var tokenizerConfigurationJSON: JSONTree {
        func piece(_ id: TokenID?) -> JSONTree? { id.map { .string(pieces[Int($0)]) } }
        return .members([
            "tokenizer_class": .string("PreTrainedTokenizerFast"),
            "clean_up_tokenization_spaces": .bool(false),
            "bos_token": piece(beginningOfSequence),
            "eos_token": piece(endOfSequence),
            "pad_token": piece(padding),
            "chat_template": chatTemplate.map { .string($0) },
        ])
    }
}
