import Foundation
import Testing

@testable import AlignData

/// What a person is told of fields that lead nowhere.
@Suite struct FieldNoteTests {
    private func notes(_ fields: String, _ lines: String, prompt: String = "{document}") throws -> [String] {
        let folder = try TemporaryFolder()
        try folder.write("a.jsonl", lines)
        let recipe = try Recipe(
            yaml: """
                name: mine
                sources:
                  - files: '*.jsonl'
                    format: jsonl
                    fields: \(fields)
                    completions: {each: 'written[*]', text: text, scores: {human: score?}}
                prompt: {text: '\(prompt)', max-tokens: 99}
                """, name: "mine.yml")
        let report = try folder.ingest("a.jsonl", recipe: recipe, perShard: 1)
        let again = try folder.ingest("a.jsonl", recipe: recipe, perShard: 1)
        #expect(again.alreadyComplete && again.remarks == report.remarks)
        return report.remarks
    }

    private static let lines = """
        {"text": "a", "title": "T", "written": [{"text": "x", "score": 1}]}
        {"text": "b", "title": "", "lang": "de", "topic": "bees", "id": 7, "sum": "s", "split": "test"}

        """

    @Test("fields that some record has are not mentioned")
    func found() throws {
        let fields =
            "{document: text, title: title?, id: id?, split: split?, references: sum?, extra: [lang?]}"
        #expect(try notes(fields, Self.lines) == [])
    }

    @Test("optional fields that no record has are named with their paths, in one sentence")
    func missing() throws {
        let fields =
            "{document: text, title: headline?, id: ident?, references: [sums?, summary?], extra: {l: meta.lang?}}"
        #expect(
            try notes(fields, Self.lines) == [
                "no record has id (ident), title (headline), references (sums, summary), l (meta.lang): correct the"
                    + " paths, or leave them out of the recipe"
            ])
    }

    @Test("of a built-in recipe only summaries that no record has are named, until it is changed")
    func builtInNotes() throws {
        func notes(_ recipe: Recipe, _ line: String) throws -> [String] {
            let folder = try TemporaryFolder()
            try folder.write("a.jsonl", line)
            return try folder.ingest("a.jsonl", recipe: recipe).remarks
        }
        let generic = try Recipe.named("generic")
        #expect(try notes(generic, "{\"document\": \"a\", \"summary\": \"b\"}\n") == [])
        let end = ": correct the paths, or leave them out of the recipe"
        #expect(
            try notes(generic, "{\"document\": \"a\"}\n")
                == ["no record has references (summary, summaries)" + end])
        var own = generic
        own.sources[0].fields.id = Field("ident", isOptional: true)
        #expect(
            try notes(own, "{\"document\": \"a\", \"summary\": \"b\"}\n")
                == ["no record has id (ident), split (split)" + end])
    }

    @Test("a field that nothing uses is named")
    func unused() throws {
        let fields = "{document: text, title: title?, topic: topic?, lang: lang?}"
        #expect(
            try notes(fields, Self.lines, prompt: "{lang}: {document}") == [
                "mapped, and used by nothing: topic; name them in the prompt, or list them under extra"
            ])
    }

    @Test("built-in recipes map nothing in vain", arguments: Recipe.builtInNames)
    func builtIn(name: String) throws {
        #expect(try Recipe.named(name).unusedFields == [])
    }
}
