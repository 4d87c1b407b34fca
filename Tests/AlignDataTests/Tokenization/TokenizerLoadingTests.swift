import Testing

@testable import AlignData

@Suite struct TokenizerLoadingTests {
    @Test(arguments: [
        ("tekken.json", "a tekken vocabulary"), ("tokenizer.model", "a SentencePiece model"),
        ("vocab.json", "a vocabulary apart from its merges"),
    ])
    func aFormThatIsNotReadIsNamed(name: String, form: String) throws {
        let folder = try TokenizerFolder(nil, files: [name: "{}"])
        let error = TokenizerError.unread(path: folder.path(name), form: form)
        #expect(throws: error) { try folder.load() }
        #expect(throws: error) { try Tokenizer.load(from: folder.path(name)) }
        #expect(error.summary == "the tokenizer is \(form), which is not read")
        #expect(error.hint?.contains("save_pretrained") == true)
    }

    @Test func aFolderWithATokenizerIsReadWhateverElseIsInIt() throws {
        let folder = try TokenizerFolder("smollm", files: ["tokenizer.model": "x", "vocab.json": "{}"])
        #expect(try folder.load().vocabularySize == 1000)
    }

    @Test func tokensThatOnlyTheConfigurationNamesAreAdded() throws {
        let configuration = """
            {"added_tokens_decoder": {"2": {"content": "<|im_end|>", "special": true},
             "1001": {"content": "[note]", "special": false}, "1000": {"content": "<|turn|>", "special": true}}}
            """
        let tokenizer = try TokenizerFolder("smollm", files: ["tokenizer_config.json": configuration]).load()
        #expect(tokenizer.vocabularySize == 1002)
        #expect(tokenizer.specialToken("<|turn|>") == 1000)
        #expect(tokenizer.encode("[note]<|turn|>", parsingSpecialTokens: true) == [1001, 1000])
        // As text, the control token is not one.
        #expect(tokenizer.encode("[note]").count == 1 && tokenizer.encode("<|turn|>").count > 1)
    }

    @Test func aTokenWithoutAnIdIsRefusedWithItsFile() throws {
        let files = ["tokenizer_config.json": #"{"added_tokens_decoder": {"x": {"content": "y"}}}"#]
        let folder = try TokenizerFolder("smollm", files: files)
        #expect(
            throws: TokenizerError.malformed(
                path: folder.path("tokenizer_config.json"), what: "an added token without id or content")
        ) { try folder.load() }
    }

    /// As transformers: a missing flag leaves the file's frame as it is, and the class decides whether flags count.
    @Test(
        arguments: [
            (#"{"tokenizer_class": "PreTrainedTokenizerFast", "add_eos_token": false}"#, [1, 261]),
            (
                #"{"tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": false, "add_eos_token": true}"#,
                [1, 261]
            ),
            (#"{"tokenizer_class": "LlamaTokenizerFast", "add_eos_token": false}"#, [1, 261]),
            (#"{"tokenizer_class": "LlamaTokenizer", "add_eos_token": true}"#, [1, 261, 2]),
            (#"{"tokenizer_class": "GemmaTokenizerFast", "add_bos_token": false}"#, [261]),
            (#"{"add_bos_token": false}"#, [1, 261]), ("{}", [1, 261]),
        ] as [(String, [TokenID])])
    func flagsDecideOnTheFrameWhereTheClassKnowsThem(flags: String, ids: [TokenID]) throws {
        var members = try #require(JSONValue(Array(flags.utf8)).members)
        members += [("bos_token", .string("<s>")), ("eos_token", .string("</s>"))]
        let text = String(decoding: JSONValue.object(members).serialized(), as: UTF8.self)
        let tokenizer = try TokenizerFolder("llama2", files: ["tokenizer_config.json": text]).load()
        #expect(tokenizer.encode("a", parsingSpecialTokens: false, addingSpecialTokens: true) == ids)
    }

    /// In the order in which transformers numbers them, and with the names under which templates know them.
    @Test func tokensThatTheConfigurationNamesAreAddedTokens() throws {
        let configuration = """
            {"mask_token": "<mask>", "eos_token": "<eos>", "pad_token": {"content": "<pad>", "lstrip": true},
             "unk_token": "<|endoftext|>", "additional_special_tokens": ["<x>", "<y>"],
             "extra_special_tokens": {"image_token": "<img>"}}
            """
        let tokenizer = try TokenizerFolder("smollm", files: ["tokenizer_config.json": configuration]).load()
        let ids = ["<eos>", "<pad>", "<mask>", "<x>", "<y>", "<img>"].map { tokenizer.specialToken($0) }
        #expect(ids == [1000, 1001, 1002, 1003, 1004, 1005])
        #expect(tokenizer.endOfSequence == 1000 && tokenizer.endsOfSequence == [1000])
        #expect(tokenizer.encode("a <pad>", parsingSpecialTokens: true) == tokenizer.encode("a") + [1001])
        #expect(
            tokenizer.namedControlTokens == [
                "mask_token": "<mask>", "eos_token": "<eos>", "pad_token": "<pad>", "image_token": "<img>",
                "unk_token": "<|endoftext|>",
            ])
        // What it writes says the same.
        let files = Dictionary(
            tokenizer.huggingFaceFiles().map { ($0.name, String(decoding: $0.contents, as: UTF8.self)) },
            uniquingKeysWith: { $1 })
        let again = try TokenizerFolder(nil, files: files).load()
        #expect(again.hash == tokenizer.hash && again.namedControlTokens == tokenizer.namedControlTokens)
    }

    @Test func flagsOfTheConfigurationReplaceThoseOfTheFile() throws {
        let configuration = """
            {"added_tokens_decoder": {"2": {"content": "<|im_end|>", "lstrip": true, "special": true}}}
            """
        let files = ["tokenizer_config.json": configuration]
        let tokenizer = try TokenizerFolder("smollm", files: files).load()
        #expect(tokenizer.encode("a \n<|im_end|>", parsingSpecialTokens: true) == tokenizer.encode("a") + [2])
    }

    @Test func olderFilesNameTokensWhereTheConfigurationDoesNot() throws {
        let map = #"{"eos_token": "<e2>", "pad_token": {"content": "<p>"}}"#
        let files = [
            "tokenizer_config.json": #"{"eos_token": "<e1>"}"#, "special_tokens_map.json": map,
            "added_tokens.json": #"{"[note]": 1001, "<e2>": 1000}"#,
        ]
        let tokenizer = try TokenizerFolder("smollm", files: files).load()
        #expect(tokenizer.endOfSequence == 1000 && tokenizer.specialToken("<p>") == 1002)
        #expect(tokenizer.specialToken("<e1>") == nil && tokenizer.encode("[note]") == [1001])
        // With a list of added tokens in the configuration they say nothing.
        let newer = ["tokenizer_config.json": #"{"eos_token": "<e1>", "added_tokens_decoder": {}}"#]
        let other = try TokenizerFolder(
            "smollm", files: newer.merging(["special_tokens_map.json": map]) { a, _ in a })
        #expect(try other.load().token(1000) == "<e1>")
    }

    @Test func theModelsEndOfSequenceIsTheLastResort() throws {
        let model = ["config.json": #"{"eos_token_id": [2, 0]}"#]
        #expect(try TokenizerFolder("smollm", files: model).load().endsOfSequence == [2, 0])
        let files = model.merging(["generation_config.json": #"{"eos_token_id": 1}"#]) { a, _ in a }
        #expect(try TokenizerFolder("smollm", files: files).load().endsOfSequence == [1, 2, 0])
        let named = files.merging(["tokenizer_config.json": #"{"eos_token": "<|endoftext|>"}"#]) { a, _ in a }
        let tokenizer = try TokenizerFolder("smollm", files: named).load()
        #expect(tokenizer.endsOfSequence == [0, 1, 2])
        // Templates know the names that files give, and no others.
        #expect(tokenizer.namedControlTokens == ["eos_token": "<|endoftext|>"])
        #expect(try TokenizerFolder("smollm", files: files).load().namedControlTokens.isEmpty)
    }

    /// What stands before a text in a vocabulary of `▁` stands nowhere in a text that goes on.
    @Test(arguments: ["llama2", "mistral3", "gemma", "flags", "smollm"])
    func aCompletionHasNoBlankButItsOwn(vocabulary: String) throws {
        let tokenizer = try Tokenizer.load(from: TokenizerGolden.folder(vocabulary))
        let pieces = { (ids: [TokenID]) in
            ids.map(tokenizer.token).joined().replacing("▁", with: " ").replacing("Ġ", with: " ")
        }
        for text in [" we know", "we know", "  two"] {
            #expect(pieces(tokenizer.encode(text, at: .continuation)) == text)
        }
        let template = try PromptTemplate(text: "{post}", completionPrefix: " ")
        let completion = template.encodeCompletion("we know", tokenizer: tokenizer)
        #expect(pieces(completion.filter { $0 != tokenizer.endOfSequence }) == " we know")
    }
}
