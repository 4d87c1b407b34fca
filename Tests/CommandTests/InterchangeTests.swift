import Foundation
import Testing

/// Files of scored completions in, training on them, and out again, with a model of two layers.
@Suite(.enabled(if: Tool.hasEngine), .serialized) struct InterchangeTests {
    let folder: TemporaryFolder
    let model = Tool.package.appending(path: "Tests/TorchLMTests/Resources/ModelFiles/tiny").path

    init() throws {
        folder = try TemporaryFolder()
        let words = ["tea", "rain", "cat", "slow", "river", "bread"]
        let rows = (0..<12).map { index in
            let texts = (0..<3).map { "\"\(words[(index + $0) % 6]) \(words[(index * $0 + 1) % 6]) \($0)\"" }
            return
                "{\"prompt\": \"\(words[index % 6]) \(index):\", \"completions\": [\(texts.joined(separator: ", "))], "
                + "\"scores\": [0.5, \(index).25, -1], \"split\": \"\(index < 10 ? "train" : "validation")\"}\n"
        }
        _ = try folder.write(rows.joined(), to: "scored.jsonl")
    }

    private func run(_ arguments: String...) throws -> Tool.Result {
        let result = try Tool.run(arguments)
        try #require(result.exitCode == 0, "\(arguments[0]): \(result.error)")
        return result
    }

    private func importing(_ file: String, _ format: String, to output: String) throws -> Tool.Result {
        try run(
            "import", folder.path(file), "--format", format, "--policy", model, "--precision", "float32",
            "--output", folder.path(output))
    }

    private func read(_ name: String) throws -> String {
        try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
    }

    @Test func importedPairsAreSoundTrainAndComeOutAsTheyWere() throws {
        let report = try importing("scored.jsonl", "trl-scored", to: "pairs")
        #expect(report.error.hasPrefix("import: 36 in, 36 out; prompts 12; pairs 36; "))
        _ = try run("verify", folder.path("pairs"), "--quiet")

        _ = try run(
            "export", folder.path("pairs"), "--format", "trl-preference", "--output", folder.path("a.jsonl"))
        _ = try importing("a.jsonl", "trl-preference", to: "again")
        _ = try run(
            "export", folder.path("again"), "--format", "trl-preference", "--output", folder.path("b.jsonl"))
        #expect(
            Set(try read("a.jsonl").split(separator: "\n")) == Set(try read("b.jsonl").split(separator: "\n"))
        )
        #expect(try read("a.jsonl").split(separator: "\n").count == 36)

        _ = try run(
            "train", folder.path("pairs"), "--policy", model, "--batch", "2", "--precision", "float32",
            "--quiet",
            "--learning-rate", "1e-3", "--validate-every", "0", "--output", folder.path("policy"))
        let metrics = try read("policy/training/metrics.jsonl")
        #expect(metrics.split(separator: "\n").count >= 5)
    }

    @Test func anExportOfADatasetIsThereWholeOrNotAtAll() throws {
        _ = try importing("scored.jsonl", "trl-scored", to: "pairs")
        let arguments = [
            "export", folder.path("pairs"), "--format", "hf-dataset", "--output", folder.path("data"),
        ]
        #expect(try Tool.run(arguments).exitCode == 0)
        #expect(try read("data/README.md").contains("| validation | 2 | 6 | 6 | 0 |"))
        let again = try Tool.run(arguments)
        #expect(again.exitCode == 0 && again.error.contains("; already complete; "))
        _ = try folder.write("mine\n", to: "data/notes.txt")
        let refused = try Tool.run(arguments)
        #expect(refused.exitCode == 64)
        #expect(refused.error.hasPrefix("align-data: error: the output exists and is not this export ("))
    }

    @Test func tooManyRejectedRowsEndWithCodeTwo() throws {
        let plain = "{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}\n"
        _ = try folder.write(plain, to: "plain.jsonl")
        let scores = ", \"score_chosen\": 1, \"score_rejected\": 0}"
        let scored = plain.replacing("\"a\"", with: "\"d\"").replacing("}", with: scores)
        _ = try folder.write(plain + scored, to: "mixed.jsonl")
        let result = try Tool.run(
            "import", folder.path("mixed.jsonl"), "--policy", model, "--precision", "float32", "--output",
            folder.path("pairs"))
        #expect(result.exitCode == 2)
        #expect(result.error.contains("1 rejected (missing-score 1)"))
        let ruled = try Tool.run(
            "import", folder.path("plain.jsonl"), "--policy", model, "--precision", "float32",
            "--preference-rewards", "0.25,-0.25", "--output", folder.path("ruled"))
        #expect(ruled.exitCode == 0)
    }
}
