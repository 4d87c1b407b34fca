import Foundation
import Testing

@testable import AlignData

@Suite struct RecipeTests {
    static let minimal = """
        name: mine
        sources:
          - files: '*.jsonl'
            format: jsonl
            fields:
              document: text
        prompt:
          text: '{document}'
          max-tokens: 10

        """

    @Test("a minimal recipe has the documented defaults")
    func minimal() throws {
        let recipe = try Recipe(yaml: Self.minimal, name: "mine.yml")
        #expect(recipe.name == "mine")
        #expect(recipe.cleaning == CleaningRules())
        #expect(recipe.splits == SplitFractions())
        #expect(recipe.prompt.truncation == .reject)
        #expect(recipe.preferences == nil)
        #expect(recipe.sources[0].format == .jsonLines)
        #expect(recipe.sources[0].fields == FieldMapping(document: Field("text")))
    }

    @Test("every built-in recipe can be read, names itself, and survives its canonical JSON")
    func builtIn() throws {
        #expect(Recipe.builtInNames.count == 24)
        for name in Recipe.builtInNames {
            let recipe = try Recipe.named(name)
            #expect(recipe.name == name)
            #expect(!recipe.description.isEmpty)
            #expect(name == "generic" || recipe.citation != nil && recipe.licence != nil, "\(name)")
            #expect(try JSONDecoder().decode(Recipe.self, from: JSONText.data(recipe)) == recipe)
        }
        let error = #expect(throws: RecipeError.self) { _ = try Recipe.named("tlrd") }
        #expect(error?.summary == "there is no built-in recipe tlrd")
    }

    @Test("the keys that say how bytes become columns and characters are read")
    func bytes() throws {
        func source(_ format: String, _ settings: String) throws -> RecipeSource {
            try Recipe(
                yaml: Self.minimal.replacing("format: jsonl", with: "format: \(format)\n    \(settings)"),
                name: "mine.yml"
            ).sources[0]
        }
        #expect(try source("csv", "delimiter: ';'").delimiter == ";")
        #expect(try source("csv", "delimiter: tab").delimiter == "\t")
        #expect(try source("csv", "delimiter: \"\\t\"").delimiter == "\t")
        for wrong in ["''", "';;'", "'\"'", "é"] {
            #expect(throws: RecipeError.self) { try source("csv", "delimiter: \(wrong)") }
        }
        #expect(throws: RecipeError.self) { try source("tsv", "delimiter: ';'") }
        let xml = try source("xml", "record: //a\n    encoding: windows-1252\n    repair: replace")
        #expect(xml.markupEncoding == .windows1252 && xml.repair == .replace && xml.encoding == .utf8)
        #expect(try source("csv", "encoding: latin-1").markupEncoding == nil)
    }

    @Test(
        "a mistake is named with its line and what would be valid",
        arguments: [
            ("fields:", "feilds:", "mine.yml:5", "sources[0] has no key feilds"),
            ("format: jsonl", "format: jsonlines", "mine.yml:4", "sources[0].format is not known"),
            ("document: text", "document: text[", "mine.yml:6", "is not an expression of this format"),
            ("document: text", "title: text", "mine.yml:6", "sources[0].fields needs the key document"),
            ("'*.jsonl'", "'{a'", "mine.yml:3", "a { has no matching }"),
            (
                "'{document}'", "'{dokument}'", "mine.yml:8",
                "the prompt uses {dokument}, which source 1 does not map"
            ),
            ("'{document}'", "'{document'", "mine.yml:8", "a field that does not end"),
            ("max-tokens: 10", "max-tokens: ten", "mine.yml:9", "prompt.max-tokens is not a whole number"),
            (
                "max-tokens: 10", "max-tokens: 10\n  truncate: middle", "mine.yml:10",
                "prompt.truncate is not known"
            ),
            ("name: mine", "nom: mine", "mine.yml:1", "the recipe has no key nom"),
            ("document: text", "document: {path: text, markup: latex}", "mine.yml:6", "markup is not known"),
            ("document: text", "document: {join: x}", "mine.yml:6", "has neither a path nor a template"),
            ("document: text", "document: {template: '{a'}", "mine.yml:6", "a { has no matching }"),
            (
                "document: text", "document: '{key}'", "mine.yml:6",
                "is nothing that the patterns of files capture"
            ),
            ("format: jsonl", "format: jsonl\n    record: a", "mine.yml:5", "every line is a record here"),
            ("format: jsonl", "format: jsonl\n    where: {path: a}", "mine.yml:5", "needs one rule"),
            (
                "format: jsonl", "format: jsonl\n    summaries: '*.s'", "mine.yml:5",
                "capture nothing in common"
            ),
            ("format: jsonl", "format: jsonl\n    encoding: ebcdic", "mine.yml:5", "encoding is not known"),
            (
                "max-tokens: 10", "max-tokens: 10\nclean: {near-duplicates: 0.1}", "mine.yml:10",
                "is too low to tell duplicates"
            ),
        ])
    func mistakes(old: String, new: String, location: String, problem: String) throws {
        let yaml = Self.minimal.replacingOccurrences(of: old, with: new)
        #expect(yaml != Self.minimal)
        let error = #expect(throws: RecipeError.self) { _ = try Recipe(yaml: yaml, name: "mine.yml") }
        #expect(error?.location == location)
        #expect(error?.summary.contains(problem) == true, "\(error?.summary ?? "")")
        #expect(
            error?.hint != nil || old == "'{document}'" || old == "document: text" && new == "title: text")
    }

    @Test("a recipe may say how to read preferences alone, and is no recipe of a corpus then")
    func preferencesAlone() throws {
        let yaml = """
            name: judged
            preferences: {document: text, chosen: good, rejected: bad, margin: 'by[*]?'}
            prompt: {text: '{document}', max-tokens: 99}
            """
        let recipe = try Recipe(yaml: yaml, name: "judged.yml")
        #expect(recipe.sources.isEmpty)
        let folder = try TemporaryFolder()
        try folder.write(
            "p.jsonl",
            #"""
            {"text": "a", "good": "b", "bad": "c", "by": [2]}
            {"text": "d", "good": "e", "bad": "f", "by": [2, 3]}

            """#)
        let read = try PreferenceReader(
            path: folder.file("p.jsonl"), recipe: recipe, tokenizer: IngestSamples.tokenizer
        ).read()
        #expect(read.pairs.map(\.margin) == [2] && read.counts.rejected == ["several-values": 1])
        let error = #expect(throws: IngestError.self) { try folder.ingest("p.jsonl", recipe: recipe) }
        #expect(error == .onlyPreferences(recipe: "judged"))
        #expect(
            error?.summary
                == "the recipe judged says how to read preferences, and names no sources of documents")
        #expect(throws: RecipeError.self) {
            try Recipe(yaml: "name: x\nprompt: {text: '{document}', max-tokens: 9}", name: "x.yml")
        }
    }

    @Test("what is not YAML, is empty, or is not there is told apart")
    func unreadable() throws {
        let error = #expect(throws: RecipeError.self) { _ = try Recipe(yaml: "a: [1\nb: 2", name: "x.yml") }
        #expect(error?.summary.hasPrefix("the recipe is not YAML") == true)
        #expect(error?.location?.hasPrefix("x.yml:") == true)
        #expect(throws: RecipeError.self) { _ = try Recipe(yaml: "", name: "x.yml") }
        let missing = #expect(throws: RecipeError.self) { _ = try Recipe.load(path: "/nowhere/x.yml") }
        #expect(missing?.category == .inputOutput)
    }

    @Test("XML expressions and text patterns are checked")
    func layouts() throws {
        let xml = Self.minimal.replacingOccurrences(
            of: "format: jsonl", with: "format: xml\n    record: '//a[1]'")
        let error = #expect(throws: RecipeError.self) { _ = try Recipe(yaml: xml, name: "x.yml") }
        #expect(error?.summary.contains("sources[0].record is not a path of elements") == true)
        let text = """
            name: x
            sources: {documents: 'd/{key}.txt', summaries: 's/*.txt', format: text}
            prompt: {text: '{document}', max-tokens: 3}
            """
        let unpaired = #expect(throws: RecipeError.self) { _ = try Recipe(yaml: text, name: "x.yml") }
        #expect(unpaired?.summary.contains("capture nothing in common") == true)
    }

    @Test("the split of a document depends on its content and the seed, in the stated shares")
    func splits() {
        var fractions = SplitFractions()
        fractions.validation = 0.2
        fractions.test = 0.1
        let ids = (0..<2000).map { RecordID(kind: "document", ["\($0)"]) }
        let splits = ids.map { fractions.split(of: $0, seed: 1) }
        #expect(splits == ids.map { fractions.split(of: $0, seed: 1) })
        #expect(splits != ids.map { fractions.split(of: $0, seed: 2) })
        // Four standard deviations of a binomial share are 0.036 and 0.027 here.
        #expect(abs(Double(splits.count { $0 == .validation }) / 2000 - 0.2) < 0.036)
        #expect(abs(Double(splits.count { $0 == .test }) / 2000 - 0.1) < 0.027)
    }
}
