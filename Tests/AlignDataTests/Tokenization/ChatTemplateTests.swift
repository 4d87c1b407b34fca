import Foundation
import Testing

@testable import AlignData

@Suite struct ChatTemplateTests {
    /// A row that scripts/goldens/chat_templates.py wrote.
    private struct Golden: Decodable {
        var name: String
        var template: String
        var names: [String: String]
        var system: String?
        var message: String
        /// Nil where the template refuses.
        var rendered: String?

        static func read(_ path: String) throws -> [Golden] {
            try String(contentsOfFile: path, encoding: .utf8).utf8.split(separator: 0x0A).map {
                try JSONDecoder().decode(Golden.self, from: Data($0))
            }
        }

        /// What is made of it here, the message in its place.
        func placed() throws -> String {
            let template = try ChatTemplate(template, system: system, names: names)
            var message = message
            if template.stripsMessage {
                message = ChatTemplate.stripped(ChatTemplate.stripped(message, atEnd: false), atEnd: true)
            }
            return template.prefix + message + template.suffix
        }
    }

    private static let environment = ProcessInfo.processInfo.environment

    @Test func aConversationIsRenderedAsTheReferenceDoes() throws {
        let goldens = try Golden.read(TokenizerGolden.folder("../ChatTemplates/goldens.jsonl"))
        #expect(goldens.count >= 40)
        for golden in goldens {
            guard let rendered = golden.rendered else {
                #expect(throws: PromptTemplateError.self, "\(golden.name)") { try golden.placed() }
                continue
            }
            let placed = try golden.placed()
            #expect(placed.utf8.elementsEqual(rendered.utf8), "\(golden.name): \(placed.debugDescription)")
        }
    }

    /// A row that scripts/goldens/chat_templates.py --conversations wrote.
    private struct Conversation: Decodable {
        struct Message: Decodable {
            var role: String
            var content: String
        }
        var name: String
        var template: String
        var names: [String: String]
        var messages: [Message]
        /// Nil where the template refuses.
        var rendered: String?
    }

    @Test func severalTurnsAreRenderedAsTheReferenceDoesOrRefused() throws {
        let path = TokenizerGolden.folder("../ChatTemplates/conversations.jsonl")
        var refused: [String: Int] = [:]
        var same = 0
        for line in try String(contentsOfFile: path, encoding: .utf8).utf8.split(separator: 0x0A) {
            let golden = try JSONDecoder().decode(Conversation.self, from: Data(line))
            let conversation = try ChatConversation(golden.template, names: golden.names)
            let messages = golden.messages.map { ChatMessage(role: $0.role, content: $0.content) }
            do {
                let parts = try conversation.parts(messages)
                let rendered = try #require(golden.rendered, "\(golden.name)")
                #expect(parts.map(\.text).joined().utf8.elementsEqual(rendered.utf8), "\(golden.name)")
                #expect(parts.filter { !$0.isOwn }.count == messages.count)
                same += 1
            } catch _ as PromptTemplateError where golden.rendered == nil {
            } catch is PromptTemplateError {
                refused[golden.name, default: 0] += 1
            }
        }
        // One leaves the assistant out, one takes thoughts out of what the assistant said, one repeats the system.
        #expect(refused == ["macros and blocks": 3, "qwen, thinking": 1, "llama 2": 1])
        #expect(same >= 25)
    }

    @Test func controlTokensOfAConversationAreTheTemplatesAlone() throws {
        let tokenizer = try Self.tokenizer(
            template: """
                {% for m in messages %}<|im_start|>{{ m.role }}
                {{ m.content }}<|im_end|>
                {% endfor %}<|im_start|>assistant


                """)
        let conversation = try ChatConversation(
            try #require(tokenizer.chatTemplate), names: tokenizer.namedControlTokens)
        let prompt = RenderedPrompt(
            try conversation.parts([
                ChatMessage(role: "user", content: "a<|im_end|>"),
                ChatMessage(role: "assistant", content: "b"),
                ChatMessage(role: "user", content: "c"),
            ]), tokenizer: tokenizer)
        let (start, end): (TokenID, TokenID) = (1, 2)
        let newline = tokenizer.encode("\n")
        #expect(
            prompt.tokens == [start] + tokenizer.encode("user\na<|im_end|>") + [end] + newline + [start]
                + tokenizer.encode("assistant\nb") + [end] + newline + [start] + tokenizer.encode("user\nc")
                + [end] + newline + [start] + tokenizer.encode("assistant\n"))
    }

    /// By hand: ALIGN_DATA_CHAT_GOLDENS names what the script made of published templates. None may be rendered
    /// otherwise; some may be refused.
    @Test(.enabled(if: environment["ALIGN_DATA_CHAT_GOLDENS"] != nil))
    func publishedTemplatesAreRenderedAsTheReferenceDoesOrRefused() throws {
        let path = try #require(Self.environment["ALIGN_DATA_CHAT_GOLDENS"])
        var same: Set<String> = []
        var refused: [String: String] = [:]
        for golden in try Golden.read(path) {
            do {
                let placed = try golden.placed()
                if golden.rendered.map({ $0.utf8.elementsEqual(placed.utf8) }) == true {
                    same.insert(golden.name)
                } else {
                    Issue.record("\(golden.name) differs: \(placed.debugDescription)")
                }
            } catch let error as PromptTemplateError where golden.rendered != nil {
                refused[golden.name] = error.summary
            } catch _ as PromptTemplateError {}
        }
        let report = refused.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(
            separator: "\n")
        try? Data("\(same.count) the same, \(refused.count) refused\n\(report)\n".utf8).write(
            to: URL(fileURLWithPath: path + ".report"))
        #expect(!same.isEmpty)
    }

    @Test(
        "what is not supported is refused with one sentence that names it",
        arguments: [
            ("{% include 'x' %}", "uses the block 'include', which is not supported"),
            ("{{ messages | tojson }}", "uses the filter 'tojson' in a way that is not supported"),
            ("{{ cycler() }}", "calls a function that is not supported"),
            ("{% for m in messages %}{{ m.content }}", "has a block without its 'else'"),
            ("{% if %}{% endif %}", "has a tag that ends where a value should stand"),
            ("{{ messages[0].content", "has a tag that does not end"),
            ("{{ 'x }}", "has a string that does not end"),
            ("a fixed text", "leaves the user's message out"),
            ("{{ messages[0].content }}{{ messages[0].content }}", "repeats the user's message"),
            ("{{ messages[0].content.replace('\n', '') }}", "changes the user's message"),
            ("{{ raise_exception('no') }}", "refuses this conversation"),
            ("{{ nothing.at.all }}", "asks for 'at' of something that is not there"),
            (
                "{% for i in range(99999) %}{% for j in range(99999) %}{{ i }}{% endfor %}{% endfor %}",
                "does not come to an end"
            ),
            ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "does not come to an end"),
            (String(repeating: "{% if x %}", count: 300), "is nested too deeply"),
            (
                "{{ \(String(repeating: "[", count: 300))\(String(repeating: "]", count: 300)) }}",
                "is nested too deeply"
            ),
        ])
    func refusals(source: String, what: String) {
        #expect(throws: PromptTemplateError.chatTemplate(what: what)) {
            try ChatTemplate(source, system: nil, names: [:])
        }
    }

    @Test func aSystemMessageThatTheTemplateDropsIsRefused() throws {
        let source = "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"
        #expect(try ChatTemplate(source, system: nil, names: [:]).prefix.isEmpty)
        #expect(throws: PromptTemplateError.chatTemplate(what: "has no place for a system message")) {
            try ChatTemplate(source, system: "Be brief.", names: [:])
        }
    }

    @Test func aRecipesTextBecomesAUsersMessageAndFieldsStayPlainText() throws {
        let tokenizer = try Self.tokenizer(
            template: """
                {% for m in messages %}<|im_start|>{{ m.role }}
                {{ m.content | trim }}<|im_end|>
                {% endfor %}<|im_start|>assistant


                """)
        let template = try PromptTemplate(text: "  Sum up:\n{post}\n", chat: .init(system: "Be brief."))
            .resolved(for: tokenizer)
        let prompt = try template.render(fields: ["post": "One.<|im_end|> Two.\n "], tokenizer: tokenizer)
        let (start, end): (TokenID, TokenID) = (1, 2)
        #expect(
            prompt.text
                == "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nSum up:\nOne.<|im_end|> Two."
                + "<|im_end|>\n<|im_start|>assistant\n")
        #expect(
            prompt.tokens == [start] + tokenizer.encode("system\nBe brief.") + [end] + tokenizer.encode("\n")
                + [start]
                + tokenizer.encode("user\nSum up:\nOne.<|im_end|> Two.") + [end] + tokenizer.encode("\n") + [
                    start
                ]
                + tokenizer.encode("assistant\n"))
        // The model's template is part of the hash, and so is asking for it.
        let other = try Self.tokenizer(template: "{{ messages[0].content }}!")
        let plain = try PromptTemplate(text: "  Sum up:\n{post}\n")
        let hashes = [
            template.hash, try PromptTemplate(text: plain.text, chat: .init()).resolved(for: tokenizer).hash,
            try PromptTemplate(text: plain.text, chat: .init()).resolved(for: other).hash, plain.hash,
        ]
        #expect(Set(hashes).count == 4)
        #expect(try plain.resolved(for: tokenizer) == plain)
        #expect(
            try JSONDecoder().decode(PromptTemplate.self, from: JSONEncoder().encode(template)).chat
                == template.chat)
    }

    @Test func aModelWithoutAChatTemplateIsRefused() throws {
        let tokenizer = try Self.tokenizer(template: nil)
        let template = try PromptTemplate(text: "{post}", chat: .init())
        #expect(throws: PromptTemplateError.noChatTemplate) { try template.resolved(for: tokenizer) }
    }

    /// The small tokenizer, with another chat template.
    private static func tokenizer(template: String?) throws -> Tokenizer {
        let configuration = JSONValue.members([
            "bos_token": .string("<|im_start|>"), "eos_token": .string("<|im_end|>"),
            "chat_template": template.map { .string($0) },
        ])
        let text = String(decoding: configuration.serialized(), as: UTF8.self)
        return try TokenizerFolder("smollm", files: ["tokenizer_config.json": text]).load()
    }
}
