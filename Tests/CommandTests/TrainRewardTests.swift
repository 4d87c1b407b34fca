import Foundation
import Testing

/// What `train-reward` says of preferences that it does not take.
@Suite(.serialized) struct TrainRewardTests {
    let folder: TemporaryFolder
    let model = Tool.package.appending(path: "Tests/TorchLMTests/Resources/ModelFiles/tiny").path
    let preferences: String

    /// Eight pairs, two of which are ties, one that is half empty and one line that is no JSON.
    init() throws {
        folder = try TemporaryFolder()
        let lines = (0..<8).map {
            #"{"post": "tea \#($0)", "a": "rain", "b": "a cat", "best": "\#($0 < 2 ? "none" : "a")"}"#
        }
        preferences = try folder.write(
            (lines + [#"{"post": "tea", "a": "", "b": "a cat", "best": "b"}"#, "oops"]).joined(
                separator: "\n")
                + "\n", to: "labels.jsonl")
    }

    /// - Parameter split: what the recipe says of splits.
    private func recipe(_ split: String) throws -> String {
        try folder.write(
            """
            name: labels
            sources: [{files: '*.none', format: jsonl, fields: {document: post}}]
            prompt: {text: "{document}:", max-tokens: 64, truncate: reject, completion-prefix: " "}
            preferences:
              document: post
              first: a
              second: b
              label: {path: best, first: a, second: b, tie: none}
            \(split)
            """, to: "labels.yml")
    }

    private func arguments(_ split: String = "", _ more: String...) throws -> [String] {
        [
            "train-reward", preferences, "--recipe", try recipe(split), "--backbone", model, "--output",
            folder.path("reward"),
        ] + more
    }

    @Test func aDryRunReadsThePreferencesAndSaysWhyOthersAreNotTaken() throws {
        let result = try Tool.run(
            arguments("split: {validation: 0}", "--dry-run", "--show", "1"))
        #expect(result.exitCode == 0, "\(result.error)")
        #expect(
            result.output == """
                would be taken (6 of 10 records): train 6

                  labels.jsonl:3  train
                    document (5 characters)
                      tea 2
                    chosen (4 characters)
                      rain
                    rejected (5 characters)
                      a cat
                    prompt: 5 tokens, chosen 3, rejected 4

                would not be taken
                  empty-completion 1, first labels.jsonl:9: a completion is empty
                  not-json 1, first labels.jsonl:10: not JSON at byte 0 of the line: no value starts like this
                  tie 2, first labels.jsonl:1

                """)
        #expect(!FileManager.default.fileExists(atPath: folder.path("reward")))
    }

    @Test(.enabled(if: Tool.hasEngine)) func nothingIsTrainedOnAFileThatIsNotReadToItsEnd() throws {
        let file = try folder.write(
            #"[{"post": "tea", "a": "rain", "b": "a cat", "best": "a"}, {"post": "#, to: "labels.json")
        let recipe = try recipe("").replacing("labels.yml", with: "json.yml")
        let yaml = try String(contentsOfFile: folder.path("labels.yml"), encoding: .utf8)
        _ = try folder.write(
            yaml.replacing("  document: post\n  first", with: "  format: json\n  document: post\n  first"),
            to: "json.yml")
        let result = try Tool.run(
            "train-reward", file, "--recipe", recipe, "--backbone", model, "--output", folder.path("reward"))
        #expect(result.exitCode == 2)
        #expect(
            result.error.hasSuffix(
                """
                align-data: error: nothing was trained: 1 source was not read to its end (\(file))
                hint: get the files again, or accept what can be read with --allow-incomplete-sources

                """))
        #expect(!FileManager.default.fileExists(atPath: folder.path("reward")))
    }

    @Test func aDryRunForScriptsHasThePlanAndTheCounts() throws {
        struct Preview: Decodable {
            struct Plan: Decodable { var trainer: Trainer }
            struct Trainer: Decodable { var objective: String }
            struct Preferences: Decodable {
                struct Counts: Decodable { var rejected: [String: Int] }
                var counts: Counts
                var pairs: [String: Int]
            }
            var plan: Plan
            var preferences: Preferences
        }
        let result = try Tool.run(
            arguments("split: {validation: 0, test: 1}", "--dry-run", "--json"))
        #expect(result.exitCode == 0, "\(result.error)")
        let preview = try JSONDecoder().decode(Preview.self, from: Data(result.output.utf8))
        #expect(preview.plan.trainer.objective == "bradley-terry")
        #expect(preview.preferences.counts.rejected == ["empty-completion": 1, "not-json": 1])
        #expect(preview.preferences.pairs == ["test": 6])
    }

    @Test(.enabled(if: Tool.hasEngine)) func rejectedPreferencesAreCountedKeptAndLimited() throws {
        let quick = ["--epochs", "1", "--precision", "float32", "--validate-every", "0"]
        let result = try Tool.run(arguments("split: {validation: 0}") + quick)
        #expect(result.exitCode == 2)
        #expect(
            result.error.contains(
                "align-data: error: done, but 2 of 10 records were rejected, more than allowed (\(folder.path("reward")))\n"
                    + "hint: look at them with `align-data inspect FOLDER --rejections`, or raise --allowed-rejections\n"
            ), "\(result.error)")

        struct Record: Decodable {
            struct Counts: Decodable {
                var recordsIn: Int
                var recordsOut: Int
                var filtered: [String: Int]
                var rejected: [String: Int]
            }
            var counts: Counts
        }
        let record = try JSONDecoder().decode(
            Record.self, from: Data(contentsOf: folder.url.appending(path: "reward/training.json")))
        #expect(record.counts.recordsIn == 10 && record.counts.recordsOut == 6)
        #expect(record.counts.filtered == ["tie": 2])
        #expect(record.counts.rejected == ["empty-completion": 1, "not-json": 1])

        let shown = try Tool.run("inspect", folder.path("reward"), "--rejections")
        #expect(shown.exitCode == 0, "\(shown.error)")
        #expect(
            shown.output.hasSuffix(
                """

                labels.jsonl:9  empty-completion  a completion is empty
                labels.jsonl:10  not-json  not JSON at byte 0 of the line: no value starts like this

                labels.jsonl:1  tie  left out by rule
                labels.jsonl:2  tie  left out by rule

                """), "\(shown.output)")

        let allowed = try Tool.run(
            arguments("split: {validation: 0}", "--allowed-rejections", "0.2") + quick)
        #expect(allowed.exitCode == 0)
        #expect(allowed.error.contains("; already complete; "))

        // Another share for validation is another training.
        let other = try Tool.run(arguments("split: {validation: 0.5}") + quick)
        #expect(other.exitCode == 64)
        #expect(
            other.error == """
                align-data: error: the output folder holds other work: it was made with another mapping \
                (\(folder.path("reward")))
                hint: choose another --output: the work in this one is finished

                """)
    }

    @Test func mostlyForeignLinesAreSaidToAndByADryRun() throws {
        let foreign = try folder.write(
            (0..<40).map { #"{"headline": "tea \#($0)"}"# }.joined(separator: "\n"), to: "foreign.jsonl")
        let recipe = try folder.write(
            """
            name: posts
            sources: [{files: '*.jsonl', format: jsonl, fields: {document: post}}]
            prompt: {text: "{document}:", max-tokens: 64, truncate: reject}
            """, to: "posts.yml")
        let arguments = [
            "ingest", foreign, "--recipe", recipe, "--tokenizer", model, "--output", folder.path("corpus"),
        ]
        let ingested = try Tool.run(arguments)
        #expect(ingested.exitCode == 2)
        #expect(
            ingested.error.hasSuffix(
                "hint: --dry-run shows the first records as the recipe takes them; `align-data recipes` lists others\n"
            ), "\(ingested.error)")
        let shown = try Tool.run(arguments + ["--dry-run"])
        #expect(shown.exitCode == 2)
        #expect(shown.output.contains("missing-field 40, first foreign.jsonl:1: "))
        #expect(
            shown.error.hasSuffix(
                "hint: compare the file with what the recipe asks for; `align-data recipes` lists others\n"),
            "\(shown.error)")
    }

    @Test func mostlyForeignPreferencesAreShownByADryRun() throws {
        let foreign = try folder.write(
            (0..<40).map { #"{"headline": "tea \#($0)"}"# }.joined(separator: "\n"), to: "foreign.jsonl")
        let shown = try Tool.run(
            "train-reward", foreign, "--recipe", try recipe(""), "--backbone", model, "--output",
            folder.path("reward"), "--dry-run")
        #expect(shown.exitCode == 2)
        #expect(shown.output.hasPrefix("would be taken (0 of 40 records): none\n"))
        #expect(shown.output.contains("missing-field 40, first foreign.jsonl:1: "))
        #expect(
            shown.error.hasSuffix(
                "hint: compare the file with what the recipe asks for; `align-data recipes` lists others\n"),
            "\(shown.error)")
    }
}
