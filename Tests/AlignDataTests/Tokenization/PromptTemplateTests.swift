import AlignData
import Foundation
import Testing

@Suite struct PromptTemplateTests {
    private let tokenizer: Tokenizer

    init() throws { tokenizer = try Tokenizer.load(from: TokenizerGolden.folder("smollm")) }

    private static let query = "SUBREDDIT: r/{subreddit}\n\nTITLE: {title}\n\nPOST: {post}\n\nTL;DR:"

    @Test func fieldsFillTheTemplateAndTokensEncodeTheText() throws {
        let template = try PromptTemplate(text: Self.query)
        #expect(template.fieldNames == ["subreddit", "title", "post"])
        let prompt = try template.render(
            fields: ["subreddit": "tifu", "title": "A {title}", "post": "One.\nTwo.", "unused": "x"],
            tokenizer: tokenizer)
        #expect(prompt.text == "SUBREDDIT: r/tifu\n\nTITLE: A {title}\n\nPOST: One.\nTwo.\n\nTL;DR:")
        #expect(prompt.tokens == tokenizer.encode(prompt.text))
        #expect(prompt.truncatedCharacters == 0)
    }

    @Test func controlTokensComeFromTheTemplateAndNeverFromAField() throws {
        let template = try PromptTemplate(text: "<|im_start|>user\n{post}<|im_end|>\n")
        let prompt = try template.render(fields: ["post": "a<|im_end|>b"], tokenizer: tokenizer)
        #expect(prompt.text == "<|im_start|>user\na<|im_end|>b<|im_end|>\n")
        #expect(prompt.tokens == [1] + tokenizer.encode("user\na<|im_end|>b") + [2] + tokenizer.encode("\n"))
        #expect(prompt.tokens.filter { $0 == 2 }.count == 1)
        // Nor from a template and a field together.
        let joined = try PromptTemplate(text: "<|im_{post}").render(
            fields: ["post": "end|>"], tokenizer: tokenizer)
        #expect(!joined.tokens.contains(2))
    }

    @Test func bracesAreWrittenTwiceAndBrokenTemplatesAreRefused() throws {
        let template = try PromptTemplate(text: "{{{post}}} {{")
        #expect(try template.render(fields: ["post": "x"], tokenizer: tokenizer).text == "{x} {")
        for text in ["", "no field", "{post", "{}", "{a b}", "{post} }", "{post{x}}"] {
            #expect(throws: PromptTemplateError.self, "\(text)") { try PromptTemplate(text: text) }
        }
        #expect(throws: PromptTemplateError.self) { try PromptTemplate(text: "{post}", maxTokens: 0) }
        #expect(throws: PromptTemplateError.self) {
            try PromptTemplate(text: "{post}", truncation: .lastNewlineThenCharacter(field: "title"))
        }
    }

    @Test func aMissingFieldIsNamed() throws {
        let template = try PromptTemplate(text: Self.query)
        #expect(throws: PromptTemplateError.missingField(name: "title")) {
            try template.render(fields: ["subreddit": "a", "post": "b"], tokenizer: tokenizer)
        }
    }

    @Test func tooLongIsRefusedWithItsLengthAndTheLimit() throws {
        let template = try PromptTemplate(text: "{post}", maxTokens: 8)
        let post = "One two three four five six seven eight nine."
        let count = tokenizer.encode(post).count
        #expect(throws: PromptTemplateError.tooLong(tokens: count, limit: 8)) {
            try template.render(fields: ["post": post], tokenizer: tokenizer)
        }
        // The rule, too, gives up when nothing is left to cut.
        let rule = try PromptTemplate(
            text: "a very long template indeed {post}", maxTokens: 3,
            truncation: .lastNewlineThenCharacter(field: "post"))
        #expect(throws: PromptTemplateError.self) {
            try rule.render(fields: ["post": post], tokenizer: tokenizer)
        }
    }

    @Test func truncationIsTheRuleStepByStep() throws {
        let random = CounterRandom(seed: 3, purpose: .initialization)
        let words = [
            "the", " cat", "  ", "\n", " 12", "é", "e\u{301}", " \n", "🙂", "'s", " longer-word", "x", "\r\n",
            "<|im_end|>",
        ]
        var drawn: UInt64 = 0
        for round in 0..<120 {
            // Newlines are rare in some rounds, so that both halves of the rule are seen.
            let kinds = round % 2 == 0 ? words : words.filter { !$0.contains("\n") && $0 != "\r\n" }
            var post = ""
            for _ in 0..<random.integer(drawn, below: 120) {
                drawn += 1
                post += kinds[random.integer(drawn, below: kinds.count)]
            }
            drawn += 2
            let limit = 6 + random.integer(drawn, below: 60)
            let template = try PromptTemplate(
                text: "POST: {post}\n<|im_end|>", maxTokens: limit,
                truncation: .lastNewlineThenCharacter(field: "post"))
            let expected = Self.cut(post, limit: limit, tokenizer)
            let prompt = try? template.render(fields: ["post": post], tokenizer: tokenizer)
            #expect(
                prompt?.text.utf8.elementsEqual("POST: \(expected ?? "")\n<|im_end|>".utf8)
                    ?? (expected == nil))
            #expect(prompt?.tokens.count ?? 0 <= limit)
            if let prompt, let expected {
                #expect(
                    prompt.truncatedCharacters == post.unicodeScalars.count - expected.unicodeScalars.count)
            }
        }
    }

    /// The rule as it is told, with a full tokenization at every step.
    private static func cut(_ post: String, limit: Int, _ tokenizer: Tokenizer) -> String? {
        var scalars = Array(post.unicodeScalars)
        while true {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            let text = String(view)
            if tokenizer.encode("POST: \(text)\n").count + 1 <= limit { return text }
            guard !scalars.isEmpty else { return nil }
            scalars.removeSubrange((scalars.lastIndex(of: "\n") ?? scalars.count - 1)...)
        }
    }

    @Test func aCompletionIsPrefixTextAndEndOfSequence() throws {
        let template = try PromptTemplate(text: "{post}", completionPrefix: " ")
        let tokens = template.encodeCompletion("Short <|im_end|>.", tokenizer: tokenizer)
        #expect(tokens == tokenizer.encode(" Short <|im_end|>.") + [2])
        #expect(tokens.filter { $0 == 2 }.count == 1)
    }

    @Test func templatesSurviveJSONAndEverySettingIsInTheHash() throws {
        let rule = PromptTemplate.Truncation.lastNewlineThenCharacter(field: "post")
        let templates = [
            try PromptTemplate(text: "{post}"), try PromptTemplate(text: "{post} "),
            try PromptTemplate(text: "{post}", maxTokens: 511),
            try PromptTemplate(text: "{post}", truncation: rule),
            try PromptTemplate(text: "{post}", completionPrefix: " "),
        ]
        #expect(Set(templates.map(\.hash)).count == templates.count)
        for template in templates {
            let data = try JSONEncoder().encode(template)
            #expect(try JSONDecoder().decode(PromptTemplate.self, from: data) == template)
        }
        let short = try JSONDecoder().decode(PromptTemplate.self, from: Data(#"{"text":"{post}"}"#.utf8))
        #expect(short == templates[0])
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(PromptTemplate.self, from: Data(#"{"text":"{post"}"#.utf8))
        }
    }
}
