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
