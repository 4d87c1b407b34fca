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
            return try template.parts([(message, false)]).map(\.text).joined()
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
        var name: String?
        var template: String
        var names: [String: String]
        var messages: [Message]
        var date: String?
        /// Nil where the template refuses.
        var rendered: String?

        var chat: [ChatMessage] { messages.map { ChatMessage(role: $0.role, content: $0.content) } }

        func conversation() throws -> ChatConversation {
            try ChatConversation(template, .init(names: names, date: date.flatMap { CalendarDate($0) }))
        }

        static func read(_ name: String) throws -> [Conversation] {
            let path = TokenizerGolden.folder("../ChatTemplates/" + name)
            return try String(contentsOfFile: path, encoding: .utf8).utf8.split(separator: 0x0A).map {
                try JSONDecoder().decode(Conversation.self, from: Data($0))
            }
        }
    }

    /// Small templates for what Jinja has, each with what Jinja2 makes of it in transformers' environment.
    @Test func constructsAreRenderedAsTheReferenceDoes() throws {
        let goldens = try Conversation.read("constructs.jsonl")
        #expect(goldens.count >= 50)
        for golden in goldens {
            guard let rendered = golden.rendered else {
                #expect(throws: PromptTemplateError.self, "\(golden.template)") {
                    try golden.conversation().text(golden.chat)
                }
                continue
            }
            do {
                let text = try golden.conversation().text(golden.chat)
                #expect(
                    text.utf8.elementsEqual(rendered.utf8), "\(golden.template): \(text.debugDescription)")
            } catch {
                Issue.record("\(golden.template): \(error)")
            }
        }
    }

    @Test func severalTurnsAreRenderedAsTheReferenceDoesOrRefused() throws {
        var refused: [String: Int] = [:]
        var same = 0
        for golden in try Conversation.read("conversations.jsonl") {
            do {
                let parts = try golden.conversation().parts(golden.chat)
                let rendered = try #require(golden.rendered, "\(golden.name ?? "")")
                #expect(parts.map(\.text).joined().utf8.elementsEqual(rendered.utf8), "\(golden.name ?? "")")
                same += 1
            } catch _ as PromptTemplateError where golden.rendered == nil {
            } catch is PromptTemplateError {
                refused[golden.name ?? "", default: 0] += 1
            }
        }
        // One leaves the assistant out.
        #expect(refused == ["macros and blocks": 3])
        #expect(same >= 35)
    }

    /// What came out of a message stays apart, whatever the template does to it.
    @Test(arguments: [
        ("{{ m }}", "[<a> ]"), ("x{{ m | trim }}y", "x[<a>]y"), ("{{ '<' ~ m.upper() ~ '>' }}", "<[<A> ]>"),
        ("{{ m.split('a')[0] + m.split('a')[1] }}", "[<][> ]"), ("{{ m.replace('a', 'bc') }}", "[<]bc[> ]"),
        ("{{ [m, '|', m] | join }}", "[<a> ]|[<a> ]"), ("{{ {'k': m} | tojson }}", "{\"k\": [\"<a> \"]}"),
        ("{% set x %}({{ m }}){% endset %}{{ x[1:3] }}{{ x | length }}", "[<a]6"),
        ("{% macro f(t) %}<{{ t }}>{% endmacro %}{{ f(m)[0:2] }}", "<[<]"),
    ])
    func partsOfMessagesAreKeptApart(source: String, marked: String) throws {
        let source = "{% set m = messages[0].content %}" + source
        let parts = try ChatConversation(source, .init()).parts([ChatMessage(role: "user", content: "<a> ")])
        // Neighbours of one message are one part.
        let found = parts.map { $0.isOwn ? $0.text : "[\($0.text)]" }.joined()
        #expect(found == marked.replacing("][", with: ""))
    }

    /// A template that asks what a message says is rendered for each.
    @Test func aTemplateThatLooksAtTheMessageIsRenderedForEach() throws {
        let source = """
            {% for m in messages %}{% if m.content.startswith('/') %}<cmd>{{ m.content[1:] }}{% else %}<say>\
            {{ m.content }}{% endif %}{% if not m.content %}<nothing>{% endif %}<end>{% endfor %}
            """
        let template = try ChatTemplate(source, system: nil, names: [:])
        #expect(!template.isPlain)
        func text(_ message: String) throws -> String {
            try template.parts([(message, false)]).map { $0.isOwn ? $0.text : "[\($0.text)]" }.joined()
        }
        #expect(try text("go") == "<say>[go]<end>" && text("/go") == "<cmd>[go]<end>")
        #expect(try text("") == "<say><nothing><end>")
        let plain = try ChatTemplate(
            "{{ messages[0].content is string }}{{ messages[0].content }}", system: nil, names: [:])
        #expect(plain.isPlain && plain.prefix == "True")
        // A template whose control flow depends on the message is a part of the hash as it stands.
        #expect(template.identity.contains(source) && !plain.identity.contains("rendered"))
    }

    @Test func aDateIsKnownWhereItIsGiven() throws {
        let source =
            "{{ strftime_now('%d %b %Y') if strftime_now is defined else 'never' }}: {{ messages[0].content }}"
        let tokenizer = try Self.tokenizer(template: source.replacing("'", with: "'"))
        func prefix(_ date: String?) throws -> String? {
            try PromptTemplate(text: "{post}", chat: .init(date: date)).resolved(for: tokenizer).surroundings?
                .prefix
        }
        #expect(try prefix(nil) == "never: " && prefix("2024-02-29") == "29 Feb 2024: ")
        #expect(throws: PromptTemplateError.self) { try prefix("2023-02-29") }
        #expect(throws: PromptTemplateError.chatTemplate(what: "asks for the date, and none was given")) {
            try ChatTemplate("{{ strftime_now('%d') }}{{ messages[0].content }}", system: nil, names: [:])
        }
        #expect(
            throws: PromptTemplateError.chatTemplate(
                what: "asks for the date in a form that is not supported")
        ) {
            try ChatTemplate(
                "{{ strftime_now('%Q') }}", system: nil, names: [:], date: CalendarDate("2026-07-31"))
        }
        for (text, day) in [
            ("2000-01-01", "Saturday 001"), ("2026-11-30", "Monday 334"), ("1999-12-31", "Friday 365"),
        ] {
            #expect(CalendarDate(text)?.formatted("%A %j") == day && CalendarDate(text)?.text == text)
        }
        for text in ["2026-13-01", "2026-7-1", "today", "", "2026-07-32", "2026-07-31T00"] {
            #expect(CalendarDate(text) == nil)
        }
    }

    @Test func controlTokensOfAConversationAreTheTemplatesAlone() throws {
        let tokenizer = try Self.tokenizer(
            template: """
                {% for m in messages %}<|im_start|>{{ m.role }}
                {{ m.content }}<|im_end|>
                {% endfor %}<|im_start|>assistant


                """)
        let conversation = try ChatConversation(
            try #require(tokenizer.chatTemplate), .init(names: tokenizer.namedControlTokens))
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

    @Test(
        "what is not supported is refused with one sentence that names it",
        arguments: [
            ("{% include 'x' %}", "uses the block 'include', which is not supported"),
            ("{{ messages | slice(2) }}", "uses the filter 'slice' in a way that is not supported"),
            ("{{ messages.sort() }}", "uses the method 'sort' in a way that is not supported"),
            ("{{ messages is escaped }}", "uses the test 'escaped', which is not supported"),
            (
                "{% for m in messages recursive %}{% endfor %}",
                "uses a recursive loop, which is not supported"
            ),
            ("{{ cycler() }}", "calls 'cycler', which is not supported"),
            ("{% for m in messages %}{{ m.content }}", "has a block without its 'else'"),
            ("{% if %}{% endif %}", "has a tag that ends where a value should stand"),
            ("{{ messages[0].content", "has a tag that does not end"),
            ("{{ 'x }}", "has a string that does not end"),
            ("a fixed text", "leaves the user's message out"),
            ("{{ raise_exception('no') }}", "refuses this conversation"),
            ("{{ nothing.at.all }}", "asks for 'at' of something that is not there"),
            (
                "{% for i in range(99999) %}{% for j in range(99999) %}{{ i }}{% endfor %}{% endfor %}",
                "does not come to an end"
            ),
            ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "does not come to an end"),
            ("{{ 'ab' * 99999999 }}", "makes a text that is too long"),
            (
                "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
                "makes a text that is too long"
            ),
            (
                "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "makes a list that is too long"
            ),
            (
                "{% set n = namespace(x='a' * 1000) %}{% for i in range(9) %}{% set n.x = n.x.replace('a', n.x) %}{% endfor %}",
                "makes a text that is too long"
            ),
            (
                "{% set x = 'a' * 60000000 %}{% for i in range(99999) %}{% if x == 'b' %}{% endif %}{% endfor %}",
                "does not come to an end"
            ),
            (
                "{% set n = namespace(x=[]) %}{% for i in range(99999) %}{% set n.x = [n.x] %}{% endfor %}",
                "is nested too deeply"
            ),
            (
                "{% set n = namespace(x={}) %}{% for i in range(99999) %}{% set n.x = dict(a=n.x) %}{% endfor %}",
                "is nested too deeply"
            ),
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
