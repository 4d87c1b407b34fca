import Foundation
import Testing

@testable import AlignData

/// Prompts in a model's own chat format, against the ids of transformers' `apply_chat_template`.
@Suite struct ChatIDTests {
    /// A row that scripts/goldens/chat_ids.py wrote.
    private struct Golden: Decodable {
        struct Conversation: Decodable {
            var system: String?
            var message: String
            var ids: [TokenID]
        }

        var name: String
        /// The tokenizer's folder; `files` lie beside its tokenizer.json.
        var vocabulary: String
        var files: [String: String]
        var conversations: [Conversation]

        static func read() throws -> [Golden] {
            let path = TokenizerGolden.folder("../ChatTemplates/ids.jsonl")
            return try String(contentsOfFile: path, encoding: .utf8).utf8.split(separator: 0x0A).map {
                try JSONDecoder().decode(Golden.self, from: Data($0))
            }
        }
    }

    @Test func aPromptHasTheIdsOfTheModelsChatTemplate() throws {
        let goldens = try Golden.read()
        #expect(goldens.count >= 14)
        for golden in goldens {
            let tokenizer = try TokenizerFolder(golden.vocabulary, files: golden.files).load()
            for conversation in golden.conversations {
                let template = try PromptTemplate(
                    text: "{message}", maxTokens: 4096, chat: .init(system: conversation.system)
                ).resolved(for: tokenizer)
                let prompt = try template.render(
                    fields: ["message": conversation.message], tokenizer: tokenizer)
                #expect(
                    prompt.tokens == conversation.ids,
                    "\(golden.name): \(conversation.system ?? "-") \(conversation.message)")
            }
        }
    }

    @Test func aModelWhoseTemplatesAreAllNamedOtherwiseSaysTheirNames() throws {
        let files = [
            "tokenizer_config.json":
                #"{"chat_template": [{"name": "tool_use", "template": "a"}, {"name": "rag", "template": "b"}]}"#
        ]
        let tokenizer = try TokenizerFolder("smollm", files: files).load()
        #expect(tokenizer.chatTemplate == nil)
        let error = PromptTemplateError.noDefaultChatTemplate(names: ["tool_use", "rag"])
        #expect(throws: error) { try PromptTemplate(text: "{post}", chat: .init()).resolved(for: tokenizer) }
        #expect(
            error.summary
                == "the recipe asks for a chat, but the model's chat templates are named 'tool_use', 'rag', "
                + "and none is named 'default'")
    }

    @Test func aTemplateInAFileOfItsOwnComesFirst() throws {
        let files = [
            "tokenizer_config.json": #"{"chat_template": "old"}"#, "chat_template.jinja": "{{ messages }}",
        ]
        #expect(try TokenizerFolder("smollm", files: files).load().chatTemplate == "{{ messages }}")
    }
}

/// A folder with the tokenizer.json of one of the tests' vocabularies and other files beside it.
final class TokenizerFolder {
    private let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    /// - Parameter vocabulary: nil for a folder without a tokenizer.json.
    init(_ vocabulary: String?, files: [String: String]) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        if let vocabulary {
            try FileManager.default.copyItem(
                atPath: TokenizerGolden.folder(vocabulary) + "/tokenizer.json",
                toPath: url.path + "/tokenizer.json")
        }
        for (name, contents) in files {
            try Data(contents.utf8).write(to: url.appendingPathComponent(name))
        }
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.path + "/" + name }

    func load() throws -> Tokenizer { try Tokenizer.load(from: url.path) }
}
