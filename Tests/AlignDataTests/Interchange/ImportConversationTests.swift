import Foundation
import Testing

@testable import AlignData

/// Rows whose prompts and completions are messages.
@Suite struct ImportConversationTests: ImportSuite {
    let sample: PipelineSample

    init() throws { sample = try PipelineSample() }

    @Test func conversationsAreRenderedByTheModelsChatTemplate() throws {
        // Of letters that the sample's tokenizer knows.
        let tokenizer = try BigramPolicy.tokenizer(
            in: sample.folder,
            chatTemplate:
                "{% for m in messages %}{{ 'f' if m.role == 'user' else 'e' }}{{ m.content | trim }}"
                + "{% endfor %}{% if add_generation_prompt %}d{% endif %}")
        let rows = try write([
            // The same twice: once with a prompt of its own, once with it in both completions.
            #"{"prompt": [{"role": "user", "content": " a "}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}], "chosen": [{"role": "assistant", "content": "ab"}], "rejected": [{"role": "assistant", "content": "b"}], "score_chosen": 1, "score_rejected": 0, "split": "train"}"#,
            #"{"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "ab"}], "rejected": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "score_chosen": 1, "score_rejected": 0, "split": "train"}"#,
            #"{"prompt": [{"role": "user", "content": "a"}], "chosen": [{"role": "assistant", "content": "ab"}, {"role": "user", "content": "b"}], "rejected": [{"role": "assistant", "content": "b"}], "score_chosen": 1, "score_rejected": 0}"#,
            #"{"prompt": [{"role": "user", "content": "a"}], "chosen": "ab", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#,
            #"{"prompt": [{"role": "assistant", "content": "a"}], "chosen": [{"role": "assistant", "content": "ab"}], "rejected": [{"role": "assistant", "content": "b"}], "score_chosen": 1, "score_rejected": 0}"#,
            #"{"prompt": [{"role": "user", "content": "a"}], "tools": [], "chosen": [{"role": "assistant", "content": "ab"}], "rejected": [{"role": "assistant", "content": "b"}], "score_chosen": 1, "score_rejected": 0}"#,
        ])
        var configuration = ImportConfiguration()
        configuration.allowedRejections = 1
        let report = try ImportStage(
            files: [rows], recipe: nil, policy: policy, tokenizer: tokenizer, configuration: configuration,
            output: sample.folder.file("imported")
        ).run { _ in .more }
        #expect(report.counts.rejected == ["conversational": 3, "unusable-field": 1])
        #expect(report.counts.noted["pairs"] == 2 && report.counts.noted["conversations"] == 2)
        #expect(
            try self.rows("SELECT prompt, chosen, rejected FROM trl_preference", of: "imported")
                == [["faebfcd", "ab", "b"], ["fad", "ab", "b"]])
        let end = BigramPolicy.endOfSequence
        #expect(
            try self.rows("SELECT DISTINCT hex(tokens) FROM completion WHERE text = 'b'", of: "imported")
                == [[(tokenizer.encode("b") + [end]).map { String(format: "%02X00", $0) }.joined()]])
        let set = try sample.open("imported", .pairs)
        #expect(set.manifest.facts["chat-template"] == tokenizer.chatTemplateHash)
    }

    /// What a message has beside role and content is lost on nobody.
    @Test func messagesThatSayMoreThanTextAreRejected() throws {
        let tokenizer = try BigramPolicy.tokenizer(
            in: sample.folder,
            chatTemplate:
                "{% for m in messages %}{% if m.mood %}b{% endif %}{{ m.content }}{% endfor %}c")
        func row(_ prompt: String, _ chosen: String) -> String {
            #"{"prompt": [{"role": "user", "content": "a"\#(prompt)}], "chosen": [{"role": "assistant", "content": "ab"\#(chosen)}], "rejected": [{"role": "assistant", "content": "b"}], "score_chosen": 1, "score_rejected": 0, "split": "train"}"#
        }
        let call = #"[{"type": "function", "function": {"name": "add", "arguments": "{}"}}]"#
        let rows = try write([
            row("", ""),
            // Harmless: the template does not ask for them, or they hold nothing.
            row(#", "id": 7"#, #", "tool_calls": null, "weight": 0.5"#), row(#", "tool_calls": []"#, ""),
            row(#", "tool_calls": \#(call)"#, ""), row("", #", "tool_calls": \#(call)"#),
            row("", #", "reasoning_content": "hm""#), row(#", "tool_call_id": "1""#, ""),
            row(#", "name": "Ann""#, ""), row("", #", "function_call": {"name": "f"}"#),
            row("", #", "thinking": "hm""#), row(#", "mood": "glad""#, ""), row("", #", "mood": "glad""#),
            row(#", "content": [{"type": "image"}, {"type": "text", "text": "a"}]"#, ""),
            row("", #", "content": null, "tool_calls": \#(call)"#),
        ])
        var configuration = ImportConfiguration()
        configuration.allowedRejections = 1
        _ = try ImportStage(
            files: [rows], recipe: nil, policy: policy, tokenizer: tokenizer, configuration: configuration,
            output: sample.folder.file("imported")
        ).run { _ in .more }
        let rejections = try Inspection(sample.folder.file("imported")).rejections()
        #expect(Set(rejections.map(\.reason)) == ["conversational"])
        #expect(rejections.compactMap(\.provenance.line) == Array(4...14))
        #expect(
            rejections.map(\.detail) == [
                "a message of prompt has tool_calls, which would be lost",
                "a message of chosen has tool_calls, which would be lost",
                "a message of chosen has reasoning_content, which would be lost",
                "a message of prompt has tool_call_id, which would be lost",
                "a message of prompt has name, which would be lost",
                "a message of chosen has function_call, which would be lost",
                "a message of chosen has thinking, which would be lost",
                "a message has mood, which changes what the chat template makes of it",
                "a message has mood, which changes what the chat template makes of it",
                "the content of a message of prompt is a list of parts that are not all text, where one text is taken",
                "a message of chosen has tool_calls, which would be lost",
            ])
    }
}
