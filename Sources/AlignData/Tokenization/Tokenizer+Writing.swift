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
    fileprivate var tokenizerJSON: JSONValue {
        .members([
            "version": .string("1.0"),
            "truncation": .null,
            "padding": .null,
            "added_tokens": .array(addedTokens.sorted { $0.id < $1.id }.map(\.json)),
            "normalizer": normalizer.json,
            "pre_tokenizer": preTokenizer.json,
            "post_processor": postProcessorJSON
                ?? (preTokenizer.isByteLevel ? .byteLevel(splits: true) : .null),
            "decoder": decoder.json,
            "model": modelJSON,
        ])
    }

    private var modelJSON: JSONValue {
        let vocabulary = pieces.enumerated().filter { id, piece in
            !piece.isEmpty && !additions.contains(TokenID(id))
        }
        return .members([
            "type": .string("BPE"), "dropout": .null,
            "unk_token": unknown.map { .string(pieces[Int($0)]) } ?? .null,
            "continuing_subword_prefix": .null, "end_of_word_suffix": .null,
            "fuse_unk": .bool(fusesUnknown), "byte_fallback": .bool(fallsBackToBytes),
            "ignore_merges": .bool(ignoresMerges),
            "vocab": .object(vocabulary.map { (key: $1, value: .integer($0)) }),
            "merges": .array(
                merges.map { .array([.string(pieces[Int($0.left)]), .string(pieces[Int($0.right)])]) }),
        ])
    }

    private var postProcessorJSON: JSONValue? {
        guard postProcessor != PostProcessor() else { return nil }
        func token(_ id: TokenID) -> JSONValue {
            .members([
                "SpecialToken": .members(["id": .string(pieces[Int(id)]), "type_id": .integer(0)])
            ])
        }
        func sequence(_ name: String) -> JSONValue {
            .members(["Sequence": .members(["id": .string(name), "type_id": .integer(0)])])
        }
        let prefix = postProcessor.prefix.map(token)
        let suffix = postProcessor.suffix.map(token)
        let ids = Set(postProcessor.prefix + postProcessor.suffix).sorted()
        return .members([
            "type": .string("TemplateProcessing"),
            "single": .array(prefix + [sequence("A")] + suffix),
            "pair": .array(prefix + [sequence("A")] + suffix + prefix + [sequence("B")] + suffix),
            "special_tokens": .object(
                ids.map { id in
                    let name = pieces[Int(id)]
                    let value = JSONValue.members([
                        "id": .string(name), "ids": .array([.integer(Int(id))]),
                        "tokens": .array([.string(name)]),
                    ])
                    return (key: name, value: value)
                }),
        ])
    }

    fileprivate var tokenizerConfigurationJSON: JSONValue {
        var names = namedTokens.map { (key: $0.name, value: JSONValue.string($0.content)) }
        for (name, id) in [
            ("bos_token", beginningOfSequence), ("eos_token", endOfSequence), ("pad_token", padding),
        ] {
            guard let id, !names.contains(where: { $0.key == name }) else { continue }
            names.append((name, .string(pieces[Int(id)])))
        }
        return .object(
            [
                ("tokenizer_class", .string("PreTrainedTokenizerFast")),
                ("clean_up_tokenization_spaces", .bool(false)),
            ] + names + (chatTemplate.map { [("chat_template", .string($0))] } ?? []))
    }
}

extension JSONValue {
    fileprivate static func byteLevel(splits: Bool, prefix: Bool = false) -> JSONValue {
        .members([
            "type": .string("ByteLevel"), "add_prefix_space": .bool(prefix), "trim_offsets": .bool(true),
            "use_regex": .bool(splits),
        ])
    }

    /// A `Sequence` of parts; the part itself when it is only one, null when there is none.
    fileprivate static func sequence(_ parts: [JSONValue], members name: String) -> JSONValue {
        switch parts.count {
        case 0: .null
        case 1: parts[0]
        default: .members(["type": .string("Sequence"), name: .array(parts)])
        }
    }
}

extension AddedTokens.Token {
    fileprivate var json: JSONValue {
        .members([
            "id": .integer(Int(id)), "content": .string(content), "special": .bool(isSpecial),
            "normalized": .bool(isNormalized), "single_word": .bool(isSingleWord),
            "lstrip": .bool(stripsLeft), "rstrip": .bool(stripsRight),
        ])
    }
}

extension Normalizer {
    fileprivate var json: JSONValue {
        .sequence(
            steps.map { step in
                switch step {
                case .unicode(let form): .members(["type": .string(form.rawValue)])
                case .prepend(let text): .members(["type": .string("Prepend"), "prepend": .string(text)])
                case .replace(let old, let new): .replace(old, with: new)
                }
            }, members: "normalizers")
    }
}

extension JSONValue {
    fileprivate static func replace(_ old: String, with new: String) -> JSONValue {
        .members([
            "type": .string("Replace"), "pattern": .members(["String": .string(old)]),
            "content": .string(new),
        ])
    }
}

extension PreTokenizer {
    fileprivate var json: JSONValue {
        var steps = steps
        var parts: [JSONValue] = []
        if let prefix, prefix.replacesBlanks {
            let mark = PreTokenizer.Step.literal(LiteralSplit(prefix.content, .mergedWithNext))
            let splits = steps.first == mark
            if splits { steps.removeFirst() }
            parts.append(
                .members([
                    "type": .string("Metaspace"), "replacement": .string(prefix.content),
                    "prepend_scheme": .string(prefix.scheme.rawValue), "split": .bool(splits),
                ]))
        }
        let endsWithGPT2 = isByteLevel && steps.last == .pattern(.gpt2)
        parts += steps.dropLast(endsWithGPT2 ? 1 : 0).map(\.json)
        if isByteLevel {
            let hasPrefix = prefix.map { !$0.replacesBlanks } ?? false
            parts.append(.byteLevel(splits: endsWithGPT2, prefix: hasPrefix))
        }
        return .sequence(parts, members: "pretokenizers")
    }
}

extension PreTokenizer.Step {
    fileprivate var json: JSONValue {
        func split(_ pattern: JSONValue, _ behavior: LiteralSplit.Behavior) -> JSONValue {
            .members([
                "type": .string("Split"), "pattern": pattern, "behavior": .string(behavior.rawValue),
                "invert": .bool(false),
            ])
        }
        switch self {
        case .digits(let individual):
            return .members(["type": .string("Digits"), "individual_digits": .bool(individual)])
        case .pattern(let pattern): return split(.members(["Regex": .string(pattern.regex)]), .isolated)
        case .literal(let literal):
            return split(.members(["String": .string(literal.content)]), literal.behavior)
        }
    }
}

extension PieceDecoder {
    fileprivate var json: JSONValue {
        switch self {
        case .byteLevel: return .byteLevel(splits: true)
        case .metaspace(let replacement, let stripsFirst):
            return .members([
                "type": .string("Metaspace"), "replacement": .string(replacement),
                "prepend_scheme": .string((stripsFirst ? TextPrefix.Scheme.always : .never).rawValue),
                "split": .bool(true),
            ])
        case .byteFallback(let replacement, let strippedBlanks):
            let strip = JSONValue.members([
                "type": .string("Strip"), "content": .string(" "), "start": .integer(strippedBlanks),
                "stop": .integer(0),
            ])
            let parts: [JSONValue] = [
                .replace(replacement, with: " "), .members(["type": .string("ByteFallback")]),
                .members(["type": .string("Fuse")]),
            ]
            return .sequence(parts + (strippedBlanks > 0 ? [strip] : []), members: "decoders")
        }
    }
}
