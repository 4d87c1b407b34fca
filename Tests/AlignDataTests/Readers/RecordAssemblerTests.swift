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

    @Test(
        "a field that means one value and finds several is refused, unless the recipe says what to take",
        arguments: [
            ("id: 'n[*]'", "the id field (n[*]) has 3 values"),
            ("split: 'w[*]'", "the split field (w[*]) has 2 values"),
            ("references: {path: 'n[*]', take: only}", "the references field (n[*]) has 3 values"),
        ])
    func several(field: String, detail: String) throws {
        let line = #"{"d": "x", "n": [4, 1, 10], "w": ["train", "test"]}"#
        let refused = try read("fields: {document: d, \(field)}", line).first?.rejection
        #expect(refused?.reason == "several-values")
        #expect(refused?.detail.hasPrefix(detail) == true, "\(refused?.detail ?? "")")
        // A list of one leaves nothing to choose.
        let one = try read("fields: {document: d, \(field)}", #"{"d": "x", "n": [4], "w": ["test"]}"#)
        #expect(one.first?.record != nil)
    }

    @Test(
        "of several scores the mean, the median or the first counts as the recipe says, and none without that"
    )
    func severalScores() throws {
        func scores(_ take: String, _ values: String = "[4, 1, 10]") throws -> RecordOutcome? {
            try read(
                """
                fields: {document: d}
                completions: {each: 'c[*]', text: t, policy: 'p[*]', scores: {human: \(take)}}
                """, #"{"d": "x", "c": [{"t": "a", "p": ["me"], "s": \#(values)}]}"#
            ).first
        }
        for (take, value) in [("mean", 5.0), ("median", 4), ("first", 4)] {
            let outcome = try scores("{path: 's[*]', take: \(take)}")
            #expect(outcome?.record?.completions.map(\.scores) == [["human": value]])
        }
        #expect(
            try scores("{path: s, take: median}", "[4, 1]")?.record?.completions.first?.scores == [
                "human": 2.5
            ])
        #expect(try scores("'s[*]'")?.rejection?.reason == "several-values")
        #expect(try scores("s")?.rejection?.reason == "several-values")
        #expect(try scores("'s[*]'", "[4]")?.record?.completions.first?.scores == ["human": 4])
        #expect(
            try scores("{path: s, take: mean}", #"[4, "good"]"#)?.rejection?.reason == "unusable-score")
        #expect(try scores("{path: s, take: mean, optional: true}", "[]")?.record != nil)
        let writers = try read(
            "fields: {document: d}\ncompletions: {each: c, text: t, policy: p}",
            #"{"d": "x", "c": [{"t": "a", "p": ["me", "you"]}]}"#)
        #expect(writers.first?.rejection?.detail.contains("completions.policy field (p) has 2") == true)
    }

    @Test("a document that is not found is told with the path, or with the marker, that is not there")
    func markers() throws {
        let line = #"{"d": "one\ntwo", "e": "=\none"}"#
        for (edit, marker) in [("after: '='", "="), ("after-each: '=='", "==")] {
            let rejection = try read("fields: {document: {path: d, \(edit)}}", line).first?.rejection
            #expect(rejection?.reason == "missing-marker")
            #expect(
                rejection?.detail
                    == "the document field (d) is in the record, but no line of it is the marker '\(marker)'")
        }
        #expect(
            try read("fields: {document: {path: x, after: '='}}", line).first?.rejection?.reason
                == "missing-field")
        #expect(try read("fields: {document: {path: e, after: '='}}", line).first?.record?.document == "one")
    }

    @Test("a key with a dot or a bracket is named in quotes: as a field, in a template, in each and in where")
    func quotedKeys() throws {
        let line = #"""
            {"a.b": "x", "m": {"c[0]": 7, "it's": "q", "x}y": "z"}, "l.s": [{"k.k": "1"}, {"k.k": "2"}]}
            """#
        let record = try read(
            #"""
            where: {path: "['a.b']", is: x}
            fields:
              document: '"a.b"'
              title: {template: "{['a.b']} {m['c[0]']} {m.\"it's\"} {m['x}y']}"}
              references: "m['it\\'s']"
              extra: ["['a.b']", "m['c[0]']"]
            """#, line
        ).first?.record
        #expect(record?.document == "x")
        #expect(record?.title == "x 7 q z")
        #expect(record?.references == ["q"])
        #expect(record?.extra == ["a.b": "x", "m['c[0]']": "7"])
        let parts = try read(
            """
            each: "['l.s'][*]"
            fields: {document: "['k.k']", title: "^['a.b']"}
            """, line)
        #expect(parts.compactMap(\.record?.document) == ["1", "2"])
        #expect(parts.first?.record?.title == "x")
        // Who wrote the key as it stands is told how to write it.
        let missing = try read("fields: {document: a.b}", line).first?.rejection?.detail
        #expect(
            missing == "the document field (a.b) is not in the record, which has ['a.b'], m, ['l.s']")
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
