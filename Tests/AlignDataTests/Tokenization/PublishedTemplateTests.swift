import Foundation
import Testing

@testable import AlignData

/// By hand: ALIGN_DATA_TEMPLATES names what scripts/parity/templates.py made of published templates. None may be rendered
/// or tokenized otherwise; some may be refused, and then say why.
@Suite struct PublishedTemplateTests {
    private struct Row: Decodable {
        struct Conversation: Decodable {
            struct Message: Decodable {
                var role: String
                var content: String
            }
            var messages: [Message]
            /// Nil where the template refuses.
            var rendered: String?
            /// Nil where a message spells a control token, which is none here.
            var ids: [TokenID]?
        }
        var name: String
        /// The tokenizer's folder; `files` lie beside its tokenizer.json.
        var vocabulary: String
        var files: [String: String]
        var date: String
        var conversations: [Conversation]
    }

    private struct Report {
        var texts = 0
        var ids = 0
        var refusedByBoth = 0
        var refused: [String: Int] = [:]
        var different: [String] = []
    }

    private static let path = ProcessInfo.processInfo.environment["ALIGN_DATA_TEMPLATES"]

    @Test(.enabled(if: path != nil))
    func publishedTemplatesAreRenderedAndTokenizedAsTheReferenceDoesOrRefused() throws {
        let path = try #require(Self.path)
        var report = Report()
        for line in try String(contentsOfFile: path, encoding: .utf8).utf8.split(separator: 0x0A) {
            try Self.compare(JSONDecoder().decode(Row.self, from: Data(line)), &report)
        }
        let lines =
            [
                "\(report.texts) texts and \(report.ids) lists of ids the same, \(report.refusedByBoth) refused by both, "
                    + "\(report.refused.values.reduce(0, +)) refused here alone, \(report.different.count) different"
            ] + report.refused.sorted { $0.key < $1.key }.map { "refused: \($0.key): \($0.value)" }
            + report.different
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(
            to: URL(fileURLWithPath: path + ".report"))
        #expect(report.texts > 0 && report.different.isEmpty)
    }

    private static func compare(_ row: Row, _ report: inout Report) throws {
        let tokenizer = try TokenizerFolder(row.vocabulary, files: row.files).load()
        let template = try #require(tokenizer.chatTemplate, "\(row.name)")
        let context = ChatConversation.Context(
            names: tokenizer.namedControlTokens, date: CalendarDate(row.date))
        for (number, golden) in row.conversations.enumerated() {
            let messages = golden.messages.map { ChatMessage(role: $0.role, content: $0.content) }
            do throws(PromptTemplateError) {
                let conversation = try ChatConversation(template, context)
                let text = try conversation.text(messages)
                guard let rendered = golden.rendered, text.utf8.elementsEqual(rendered.utf8) else {
                    report.different.append("text: \(row.name) \(number): \(text.debugDescription)")
                    continue
                }
                report.texts += 1
                guard let ids = golden.ids else { continue }
                let prompt = RenderedPrompt(try conversation.parts(messages), tokenizer: tokenizer)
                if prompt.tokens == ids {
                    report.ids += 1
                } else {
                    report.different.append("ids: \(row.name) \(number): \(prompt.tokens) \(ids)")
                }
            } catch {
                if golden.rendered == nil {
                    report.refusedByBoth += 1
                } else {
                    report.refused["\(row.name): \(error.summary)", default: 0] += 1
                }
            }
            try compareRecipe(golden, row, number, tokenizer, &report)
        }
    }

    /// The same by way of a recipe's chat, where the conversation is one message of a user.
    private static func compareRecipe(
        _ golden: Row.Conversation, _ row: Row, _ number: Int, _ tokenizer: Tokenizer, _ report: inout Report
    ) throws {
        let roles = golden.messages.map(\.role)
        guard roles == ["user"] || roles == ["system", "user"], let ids = golden.ids else { return }
        let system = roles.count == 2 ? golden.messages[0].content : nil
        do {
            let template = try PromptTemplate(
                text: "{message}", maxTokens: 100_000, chat: .init(system: system, date: row.date)
            ).resolved(for: tokenizer)
            let fields = ["message": golden.messages[roles.count - 1].content]
            let prompt = try template.render(fields: fields, tokenizer: tokenizer)
            if prompt.tokens == ids {
                report.ids += 1
            } else {
                report.different.append("recipe: \(row.name) \(number): \(prompt.tokens) \(ids)")
            }
        } catch let error as PromptTemplateError {
            if golden.rendered != nil { report.refused["\(row.name): \(error.summary)", default: 0] += 1 }
        }
    }
}
