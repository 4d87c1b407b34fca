import AlignData
import Foundation
import Testing

@Suite struct TokenizerTests {
    private static let smollm = TokenizerGolden.folder("smollm")
    private static let gguf = URL(fileURLWithPath: TokenizerGolden.folder("../GGUF/tokenizer.gguf"))
        .standardized.path

    /// A folder with a changed tokenizer.json.
    private static func load(changing old: String, to new: String) throws -> Tokenizer {
        let text = try String(contentsOfFile: smollm + "/tokenizer.json", encoding: .utf8)
        try #require(text.contains(old), "nothing to change")
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        let changed = text.replacingOccurrences(of: old, with: new)
        try Data(changed.utf8).write(to: url.appendingPathComponent("tokenizer.json"))
        return try Tokenizer.load(from: url.path)
    }

    @Test func aGGUFAndAFolderOfTheSameTokenizerAgree() throws {
        let folder = try Tokenizer.load(from: Self.smollm)
        let file = try Tokenizer.load(from: Self.gguf)
        #expect(file.hash == folder.hash)
        #expect(file.vocabularySize == 1000)
        #expect(file.beginningOfSequence == 1 && file.endOfSequence == 2)
        #expect(folder.beginningOfSequence == 1 && folder.endOfSequence == 2)
        #expect(!file.addsBeginningOfSequence)
        #expect(file.chatTemplate == folder.chatTemplate && file.chatTemplate != nil)
        for golden in try TokenizerGolden.read(vocabulary: "smollm") {
            #expect(file.encode(golden.text) == golden.plain)
        }
    }

    @Test func sentencePieceScoresGiveTheMergesOfTheReference() throws {
        let folder = try Tokenizer.load(from: TokenizerGolden.folder("llama2"))
        let file = try Tokenizer.load(from: TokenizerGolden.folder("llama2/tokenizer.gguf"))
        #expect(file.hash == folder.hash)
        #expect(file.addsBeginningOfSequence && file.endOfSequence == 2)
    }

    @Test func whatFollowsAControlTokenContinuesTheText() throws {
        let tokenizer = try Tokenizer.load(from: TokenizerGolden.folder("mistral3"))
        let template = try PromptTemplate(text: "[INST] {document}[/INST]")
        let prompt = try template.render(fields: ["document": "hello there"], tokenizer: tokenizer)
        let whole = tokenizer.encode(
            "[INST] hello there[/INST]", parsingSpecialTokens: true, addingSpecialTokens: true)
        #expect(prompt.tokens == whole)
        #expect(
            template.encodeCompletion("so it is", tokenizer: tokenizer).first != tokenizer.encode("so").first)
    }

    @Test func allTokensThatEndASequenceAreKnown() throws {
        let llama = try Tokenizer.load(from: TokenizerGolden.folder("llama3"))
        #expect(llama.endOfSequence == 1 && llama.endsOfSequence == [1, 2])
        #expect(llama.addsBeginningOfSequence && llama.beginningOfSequence == 0)
        let smollm = try Tokenizer.load(from: Self.smollm)
        #expect(smollm.endsOfSequence == [2])
    }

    @Test func theSettingsBesideAFileDecideOnItsFrame() throws {
        let folder = URL(fileURLWithPath: TokenizerGolden.folder("llama2"))
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.copyItem(
            at: folder.appendingPathComponent("tokenizer.json"),
            to: copy.appendingPathComponent("tokenizer.json"))
        // The names from special_tokens_map.json; no beginning, but an end.
        try Data(#"{"bos_token": {"content": "<s>"}, "eos_token": "</s>"}"#.utf8).write(
            to: copy.appendingPathComponent("special_tokens_map.json"))
        let configuration =
            #"{"tokenizer_class": "LlamaTokenizerFast", "add_bos_token": false, "add_eos_token": true}"#
        try Data(configuration.utf8).write(
            to: copy.appendingPathComponent("tokenizer_config.json"))
        let tokenizer = try Tokenizer.load(from: copy.path)
        #expect(!tokenizer.addsBeginningOfSequence)
        #expect(tokenizer.beginningOfSequence == 1 && tokenizer.endOfSequence == 2)
        let framed = tokenizer.encode("a", parsingSpecialTokens: false, addingSpecialTokens: true)
        #expect(framed == tokenizer.encode("a") + [2])
    }

    @Test func anAddedTokenThatTheReferenceWouldNumberOtherwiseIsRefused() throws {
        let error = #expect(throws: TokenizerError.self) {
            try Self.load(
                changing: #""added_tokens":["#,
                to: #""added_tokens":[{"id":1007,"content":"<extra>","special":true},"#)
        }
        guard case .malformed(_, let what) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(what.contains("1000"))
    }

    @Test func aRankFileOfAnUnknownEncodingIsRefused() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("IQ== 0\nIg== 1\nISI= 2\n".utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: TokenizerError.self) { try Tokenizer.load(from: path) }
        guard case .unsupported(_, let feature) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(feature.contains("rank file"))
    }

    @Test func whatItWritesLoadsAsTheSameTokenizer() throws {
        let folders = TokenizerParityTests.vocabularies.map { TokenizerGolden.folder($0) }
        for path in folders + [Self.gguf, TokenizerGolden.folder("llama2/tokenizer.gguf")] {
            let tokenizer = try Tokenizer.load(from: path)
            let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: url) }
            for (name, contents) in tokenizer.huggingFaceFiles() {
                try Data(contents).write(to: url.appendingPathComponent(name))
            }
            let again = try Tokenizer.load(from: url.path)
            #expect(again.hash == tokenizer.hash)
            #expect(again.chatTemplate == tokenizer.chatTemplate)
        }
    }

    @Test func theHashTellsTokenizersApart() throws {
        let hash = try Tokenizer.load(from: Self.smollm).hash
        let other = try Self.load(changing: #""<|im_end|>""#, to: #""<|im_fin|>""#).hash
        #expect(hash != other)
        #expect(try Tokenizer.load(from: TokenizerGolden.folder("gpt2")).hash != hash)
    }

    @Test func whatIsNotSupportedIsOneErrorThatNamesIt() throws {
        let cases = [
            (#""byte_fallback":false"#, #""byte_fallback":true"#, "byte_fallback"),
            (#""normalizer":null"#, #""normalizer":{"type":"Nmt"}"#, "Nmt"),
            (
                #""normalizer":null"#,
                #""normalizer":{"type":"Replace","pattern":{"Regex":"a+"},"content":""}"#, "Replace"
            ),
            (#""type":"Digits""#, #""type":"WhitespaceSplit""#, "WhitespaceSplit"),
            (
                #"{"type":"Digits","individual_digits":true}"#,
                #"{"type":"Split","pattern":{"Regex":"(?=a)"},"behavior":"Isolated","invert":false}"#, "(?=a)"
            ),
            (
                #"{"type":"Digits","individual_digits":true}"#,
                #"{"type":"Split","pattern":{"Regex":"\\p{N}"},"behavior":"Removed","invert":false}"#,
                "Removed"
            ),
            (#""type":"BPE""#, #""type":"Unigram""#, "Unigram"),
            (#""dropout":null"#, #""dropout":0.1"#, "dropout"),
            (#""end_of_word_suffix":null"#, #""end_of_word_suffix":"</w>""#, "end_of_word_suffix"),
        ]
        for (old, new, name) in cases {
            let error = #expect(throws: TokenizerError.self) { try Self.load(changing: old, to: new) }
            guard case .unsupported(_, let feature) = error else {
                Issue.record("\(new): \(String(describing: error))")
                continue
            }
            #expect(feature.contains(name))
        }
    }

    @Test func aFileThatIsNoTokenizerIsMalformedOrMissing() throws {
        let error = #expect(throws: TokenizerError.self) { try Tokenizer.load(from: "/nonexistent") }
        #expect(error?.category == .inputOutput)
        let broken = #expect(throws: TokenizerError.self) {
            try Self.load(changing: #""merges":[["#, to: #""merges":[["no","such"],["#)
        }
        guard case .malformed = broken else {
            Issue.record("\(String(describing: broken))")
            return
        }
    }

    @Test func longWordsMergeAsShortOnesDo() throws {
        // One letter, and words around the length where the heap takes over, against the definition itself.
        let tokenizer = try Tokenizer.load(from: Self.smollm)
        for count in [1, 2, 31, 47, 48, 49, 50, 64, 65, 100, 1000] {
            for letter in ["a", "the", "oo", "ab"] {
                let text = String(repeating: letter, count: count)
                let ids = tokenizer.encode(text)
                #expect(tokenizer.decode(ids) == text)
                #expect(ids == Self.mergeByDefinition(text, tokenizer))
            }
        }
    }

    /// The slow oracle: merge the pair of lowest rank until none is left. With this vocabulary an id made
    /// by an earlier merge is a lower id, so ranks need not be known.
    private static func mergeByDefinition(_ word: String, _ tokenizer: Tokenizer) -> [TokenID] {
        var ids: [String: TokenID] = [:]
        for id in 0..<TokenID(tokenizer.vocabularySize) { ids[tokenizer.token(id)] = id }
        var pieces = word.map(String.init)
        while true {
            let merges = pieces.indices.dropLast().compactMap { i in
                ids[pieces[i] + pieces[i + 1]].map { ($0, i) }
            }
            guard let best = merges.min(by: { $0 < $1 }) else { break }
            pieces.replaceSubrange(best.1...best.1 + 1, with: [pieces[best.1] + pieces[best.1 + 1]])
        }
        return pieces.compactMap { ids[$0] }
    }

    @Test func threadsShareOneTokenizer() throws {
        let tokenizer = try Tokenizer.load(from: Self.smollm)
        let goldens = try TokenizerGolden.read(vocabulary: "smollm")
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for golden in goldens where tokenizer.encode(golden.text) != golden.plain {
                Issue.record("other ids on another thread")
            }
        }
    }

    @Test func aFullWordCacheForgetsButNeverErrs() throws {
        let tokenizer = try Tokenizer.load(from: Self.smollm)
        let words = (0..<40_000).map { number -> String in
            var rest = number
            var word = " "
            repeat {
                word.unicodeScalars.append(Unicode.Scalar(UInt8(97 + rest % 26)))
                rest /= 26
            } while rest > 0
            return word
        }
        let once = words.prefix(100).map { tokenizer.encode($0) }
        let all = tokenizer.encode(words.joined())
        #expect(Array(once.joined()) == Array(all.prefix(once.joined().count)))
        #expect(tokenizer.decode(all) == words.joined())
        #expect(words.prefix(100).map { tokenizer.encode($0) } == once)
    }
}
