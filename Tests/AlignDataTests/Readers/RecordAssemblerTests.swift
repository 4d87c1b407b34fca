import Foundation
import Testing

@testable import AlignData

@Suite struct RecordAssemblerTests {
    private func read(_ settings: String, _ line: String) throws -> [RecordOutcome] {
        let recipe = try Recipe(
            yaml: """
                name: x
                sources:
                  - files: '{topic}.jsonl'
                    format: jsonl
                \(settings.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
                prompt: {text: '{document}', max-tokens: 10}
                """, name: "x.yml")
        var outcomes: [RecordOutcome] = []
        try recipe.sources[0].reader.read(
            RecordFile(
                origin: FileOrigin(source: "x", captures: ["topic": "bees"]), bytes: source(Array(line.utf8)))
        ) { outcomes.append($0) }
        return outcomes
    }

    @Test("fields are joined, filled into templates, edited, and cut at marker lines")
    func edits() throws {
        let line = """
            {"turns": [{"who": "A", "says": "x"}, {"who": "B", "says": "y"}], "html": "<p>a</p><p>b</p>", \
            "s": ["<S> one </S>", "<S> two </S>"], "story": "text\\n@highlight\\n\\nh1\\n@highlight\\nh2", "t": "T"}
            """
        let record = try #require(
            try read(
                """
                fields:
                  document: {path: 'turns[*]', template: '{topic}/{who}: {says}{none?}', join: "\\n"}
                  title: {template: '{{{t}}} of {turns[1].who}'}
                  references:
                    - {path: s, replace: {'<S> ': '', ' </S>': ''}, join: ' '}
                    - {path: html, markup: html}
                    - {path: story, after-each: '@high*'}
                    - {path: story, before: '@highlight'}
                    - {path: story, lines: first}
                """, line
            ).first?.record)
        #expect(record.document == "bees/A: x\nbees/B: y")
        #expect(record.title == "{T} of B")
        #expect(record.references == ["one two", "a\n\nb", "\nh1\n", "h2", "text\n", "text"])
    }

    @Test("each thing that `each` selects is a record, with the outer record's fields")
    func each() throws {
        let line =
            "{\"id\": 7, \"d\": \"doc\", \"q\": [{\"t\": \"who\", \"a\": [\"x\", \"y\"]}, {\"t\": \"why\"}], \"r\": []}"
        let outcomes = try read(
            """
            each: ['q[*]', 'r[*]']
            fields: {document: ^.d, question: t, references: 'a[*]', id: {template: '{^.id}-{t}'}}
            """, line)
        #expect(outcomes.first?.record?.references == ["x", "y"])
        #expect(outcomes.first?.record?.sourceID == "7-who")
        #expect(outcomes.first?.record?.document == "doc")
        #expect(outcomes.last?.rejection?.reason == "missing-field")
        #expect(outcomes.count == 2)
        // A list stands for its elements.
        let short = try read("each: q\nfields: {document: ^.d, question: t}", line)
        #expect(short.map { $0.record?.fields["question"] } == ["who", "why"])
        let none = try read("each: 'z[*]'\nfields: {document: ^.d}", line)
        #expect(none.map { $0.rejection?.reason } == ["missing-field"])
    }

    @Test(
        "conditions leave records out",
        arguments: [
            ("{path: n, is: ['1', '2']}", true), ("{path: n, is: '3'}", false),
            ("{path: n, not: ['1']}", false),
            ("{path: x, not: ['1']}", true), ("{path: x, exists: true}", false),
            ("{path: e, exists: false}", true),
            ("[{path: n, is: '1'}, {path: x, exists: true}]", false),
        ])
    func conditions(condition: String, holds: Bool) throws {
        let outcomes = try read(
            "where: \(condition)\nfields: {document: d}", "{\"n\": 1, \"d\": \"doc\", \"e\": \"\"}")
        #expect((outcomes.first?.record != nil) == holds)
        if case .unselected? = outcomes.first { #expect(!holds) } else { #expect(holds) }
    }

    @Test("completions come with policy and scores; a score that is no number rejects the record")
    func completions() throws {
        let settings = """
            fields: {document: d}
            completions: {each: 'c[*]', text: t, policy: p?, scores: {human: s?}}
            """
        let outcomes = try read(
            settings, "{\"d\": \"x\", \"c\": [{\"t\": \"a\", \"p\": \"bart\", \"s\": 0.5}, {\"t\": \"b\"}]}")
        #expect(
            outcomes.first?.record?.completions == [
                SourceCompletion(text: "a", policy: "bart", scores: ["human": 0.5]),
                SourceCompletion(text: "b"),
            ])
        let short = settings.replacingOccurrences(of: "'c[*]'", with: "c")
        #expect(
            try read(short, "{\"d\": \"x\", \"c\": [{\"t\": \"a\"}]}").first?.record?.completions.count == 1)
        let wrong = try read(
            short.replacingOccurrences(of: "text: t", with: "text: z"),
            "{\"d\": \"x\", \"c\": [{\"t\": \"a\"}]}")
        #expect(wrong.first?.rejection?.detail.hasSuffix("which has t") == true)
        #expect(
            try read(settings, "{\"d\": \"x\", \"c\": [{\"t\": \"a\", \"s\": \"good\"}]}").first?.rejection?
                .reason
                == "unusable-score")
    }

    @Test("every name is listed, however many there are")
    func everyName() throws {
        let names = (1...40).map { "column_\($0)" }
        let json = "{" + names.map { "\"\($0)\": 1" }.joined(separator: ", ") + "}"
        let detail = try read("fields: {document: text}", json).first?.rejection?.detail
        #expect(detail?.hasSuffix(", which has " + names.joined(separator: ", ")) == true)
    }

    @Test("a missing field is told with the names that are there, but never with somebody's text")
    func listing() throws {
        let detail = try read(
            "fields: {document: text}", "{\"body\": \"x\", \"a secret sentence\": 1, \"id\": 2}"
        )
        .first?.rejection?.detail
        #expect(detail == "the document field (text) is not in the record, which has body, id and 1 other")
    }
}
