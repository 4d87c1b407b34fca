import Foundation
import Testing

/// All stages, one after the other, with a model of two layers.
@Suite(.enabled(if: Tool.hasEngine), .serialized) struct PipelineTests {
    let folder: TemporaryFolder
    let model = Tool.package.appending(path: "Tests/TorchLMTests/Resources/ModelFiles/tiny").path

    init() throws {
        folder = try TemporaryFolder()
        let words = ["tea", "rain", "cat", "slow", "river", "bread", "lamp"]
        func text(_ index: Int, _ count: Int) -> String {
            (0..<count).map { words[(index * 3 + $0 * $0) % words.count] }.joined(separator: " ")
        }
        let posts = (0..<20).map { index in
            "{\"document\": \"\(text(index, 8)) \(index)\", \"summary\": \"\(text(index, 3))\", "
                + "\"split\": \"\(index < 16 ? "train" : "validation")\"}\n"
        }
        _ = try folder.write(posts.joined(), to: "posts.jsonl")
        let preferences = (0..<20).map { index in
            "{\"document\": \"\(text(index, 7)) \(index)\", \"chosen\": \"\(text(index, 2))\", "
                + "\"rejected\": \"\(text(index + 1, 6))\", \"split\": \"\(index < 16 ? "train" : "validation")\"}\n"
        }
        _ = try folder.write(preferences.joined(), to: "preferences.jsonl")
    }

    /// The command of each stage in order, without `--output`, and the folder it writes.
    private var stages: [(output: String, arguments: [String])] {
        let quick = ["--learning-rate", "1e-3", "--checkpoint-every", "2", "--validate-every", "4"]
        let computed = ["--precision", "float32", "--quiet"]
        return [
            (
                "corpus",
                [
                    "ingest", folder.path("posts.jsonl"), "--recipe", "generic", "--tokenizer", model,
                    "--prompts-per-shard", "4", "--quiet",
                ]
            ),
            (
                "candidates",
                [
                    "generate", folder.path("corpus"), "--policy", model, "--candidates", "3", "--max-tokens",
                    "8", "--prompts-per-shard", "4",
                ] + computed
            ),
            (
                "reward-model",
                [
                    "train-reward", folder.path("preferences.jsonl"), "--recipe", "generic", "--backbone",
                    model, "--batch", "4",
                ] + quick + computed
            ),
            (
                "rewards",
                ["score", folder.path("candidates"), "--reward", folder.path("reward-model")] + computed
            ),
            ("pairs", ["pairs", folder.path("candidates"), "--rewards", folder.path("rewards"), "--quiet"]),
            (
                "policy",
                [
                    "train", folder.path("pairs"), "--policy", model, "--batch", "2", "--corpus",
                    folder.path("corpus"), "--reward", folder.path("reward-model"), "--validation-max-tokens",
                    "8",
                ] + quick + computed
            ),
            (
                "report",
                [
                    "evaluate", folder.path("corpus"), "--policy", folder.path("policy"), "--reference",
                    model,
                    "--reward", folder.path("reward-model"), "--max-tokens", "8", "--candidates", "2",
                ] + computed
            ),
        ]
    }

    private func run(_ stage: (output: String, arguments: [String]), into output: String? = nil) throws
        -> Tool.Result
    {
        try Tool.run(stage.arguments + ["--output", folder.path(output ?? stage.output)])
    }

    private func runAll() throws {
        for stage in stages {
            let result = try run(stage)
            try #require(result.exitCode == 0, "\(stage.output): \(result.error)")
        }
    }

    /// Every file below a folder, by its path.
    private func contents(_ name: String) throws -> [String: Data] {
        let root = folder.url.appending(path: name)
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
            let file = root.appending(path: path)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder),
                !isFolder.boolValue
            else { continue }
            files[path] = try Data(contentsOf: file)
        }
        return files
    }

    @Test func anyProgramGivesTheRewardsThatPairingAndEvaluationUse() throws {
        for stage in stages.prefix(2) { #expect(try run(stage).exitCode == 0) }
        // The number of bytes of the question, which grows with the completion.
        let rewards = [
            "--reward-program", "while read -r line; do echo ${#line}; done", "--reward-name", "length",
        ]
        let scored = try Tool.run(
            [
                "score", folder.path("candidates"), "--output", folder.path("rewards"),
                "--quiet", "--reward-workers", "2",
            ]
                + rewards)
        #expect(scored.exitCode == 0, "\(scored.error)")
        #expect(try run(stages[4]).exitCode == 0)
        let verified = try Tool.run(["verify", folder.path("pairs"), "--lineage", folder.url.path])
        #expect(verified.exitCode == 0, "\(verified.output)")
        let evaluated = try Tool.run(
            [
                "evaluate", folder.path("corpus"), "--policy", model, "--reference", model, "--max-tokens",
                "4",
                "--candidates", "1", "--quiet", "--output", folder.path("report"), "--precision", "float32",
            ] + rewards)
        #expect(evaluated.exitCode == 0, "\(evaluated.error)")
        // A model beside itself: equal rewards, prompt by prompt.
        #expect(evaluated.output.contains("+0.000 ± 0.000"))
    }

    /// Programs as people write them by mistake; each is one sentence, and nothing is sealed.
    @Test func aProgramThatBreaksTheRulesIsNamedAndNothingIsSealed() throws {
        for stage in stages.prefix(2) { try #require(try run(stage).exitCode == 0) }
        func loop(_ body: String) -> String { "while read -r line; do \(body); done" }
        let hint = "it gets a JSON object a line, and answers each with a line that is one number, flushed"
        let other = hint + "; whatever else it has to say belongs on standard error"
        func first(_ kind: String) -> String {
            "line 1 of what the program that scores printed, its answer to question 1, is \(kind) where a decimal number is expected"
        }
        let cases = [
            (loop("echo secret"), first("text"), other),
            (
                loop("echo nan"), first("NaN"),
                "let the program decide what such a completion is worth, and print a finite number"
            ),
            (loop("echo 0,5"), first("a number with a comma"), "print a point before the decimals"),
            (
                "read -r line; echo 1; exit 3",
                "the program that scores ended with status 3 before it answered question 2", hint
            ),
            (
                loop("echo 1") + "; echo bye",
                "line 13 of what the program that scores printed, text, answers no question", other
            ),
        ]
        for (number, (program, error, hint)) in cases.enumerated() {
            let output = folder.path("rewards-\(number)")
            let result = try Tool.run(
                "score", folder.path("candidates"), "--reward-program", program, "--output", output)
            #expect(result.exitCode == 65)
            #expect(result.error == "align-data: error: \(error) (\(program))\nhint: \(hint)\n")
            #expect(try contents("rewards-\(number)").keys.sorted() == ["plan.json"])
        }
        let both = try Tool.run(
            "score", folder.path("candidates"), "--reward", "somewhere", "--reward-workers", "2", "--output",
            folder.path("rewards"))
        #expect(both.exitCode == 64 && both.error.contains("are for a --reward-program"))
    }

    /// The program waits for more, and would for ever.
    @Test func aProgramEndsWhenTheCommandIsInterrupted() throws {
        for stage in stages.prefix(2) { try #require(try run(stage).exitCode == 0) }
        let program = "echo $$ >'\(folder.path("process"))'; kill -INT $PPID; while read -r line; do :; done"
        let result = try Tool.run(
            "score", folder.path("candidates"), "--reward-program", program, "--output",
            folder.path("rewards"))
        #expect(!result.wasKilled && result.exitCode == 130)
        let text = try String(contentsOfFile: folder.path("process"), encoding: .utf8)
        let process = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(process, 0) == -1 && errno == ESRCH)
    }

    /// What a corpus brings along is learned from without drawing or scoring anything.
    @Test func completionsAndScoresOfACorpusBecomePairs() throws {
        let recipe = try folder.write(
            """
            name: judged
            description: Posts with summaries of two systems and a score each.
            sources:
              - files: '**/judged.jsonl'
                format: jsonl
                fields: {document: post}
                completions: {each: summaries, text: text, policy: by, scores: {quality: quality}}
            prompt: {text: "{document}:", max-tokens: 64, truncate: reject, completion-prefix: " "}
            """, to: "judged.yml")
        let rows = (0..<4).map { index in
            #"{"post": "tea \#(index)", "summaries": [{"text": "rain", "by": "a", "quality": \#(index)}, "#
                + #"{"text": "a cat", "by": "b", "quality": 1.5}]}"# + "\n"
        }
        let posts = try folder.write(rows.joined(), to: "judged.jsonl")
        let steps = [
            ["ingest", posts, "--recipe", recipe, "--tokenizer", model, "--output", folder.path("corpus")],
            [
                "generate", folder.path("corpus"), "--policy", model, "--candidates", "0",
                "--with-completions",
                "--splits", "train", "validation", "--precision", "float32", "--output",
                folder.path("candidates"),
            ],
            [
                "score", folder.path("candidates"), "--corpus-score", "quality",
                "--output", folder.path("rewards"),
            ],
            [
                "pairs", folder.path("candidates"), "--rewards", folder.path("rewards"), "--output",
                folder.path("pairs"),
            ],
        ]
        for step in steps {
            let result = try Tool.run(step + ["--quiet"])
            try #require(result.exitCode == 0, "\(step[0]): \(result.error)")
        }
        let exported = try Tool.run(
            "export", folder.path("pairs"), "--format", "trl-preference", "--output",
            folder.path("out.jsonl"),
            "--quiet")
        try #require(exported.exitCode == 0, "\(exported.error)")
        let text = try String(contentsOfFile: folder.path("out.jsonl"), encoding: .utf8)
        var found: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let row = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let prompt = try #require(row["prompt"] as? String)
            found[prompt] =
                "\(row["chosen"] ?? "") \(row["score_chosen"] ?? "") \(row["score_rejected"] ?? "")"
        }
        #expect(
            found == [
                "tea 0:": " a cat 1.5 0.0", "tea 1:": " a cat 1.5 1.0", "tea 2:": " rain 2.0 1.5",
                "tea 3:": " rain 3.0 1.5",
            ])
    }

    @Test func theWholePipelineIsSoundAndWhatIsCompleteIsLeftAlone() throws {
        try runAll()
        let sets = ["corpus", "candidates", "rewards", "pairs"].map { folder.path($0) }
        #expect(try Tool.run(["verify"] + sets).exitCode == 0)
        for stage in stages {
            let before = try contents(stage.output)
            let again = try Tool.run(
                stage.arguments.filter { $0 != "--quiet" } + ["--output", folder.path(stage.output)])
            #expect(again.exitCode == 0)
            #expect(again.error.contains("; already complete; "), "\(stage.output)")
            #expect(try contents(stage.output) == before)
        }
    }

    #if os(Linux)
        @Test func everyStageGoesOnFromAKillToTheSameBytes() throws {
            try runAll()
            // Killed when the file takes its name, which is in the middle of each stage.
            let moments = [
                "candidates": "shard-00001.sqlite", "reward-model": "training/checkpoint-000004",
                "rewards": "shard-00001.sqlite", "policy": "training/checkpoint-000006",
                "report": "reference.json",
            ]
            let shim = try FaultShim(in: folder)
            for stage in stages {
                guard let moment = moments[stage.output] else { continue }
                let output = "killed/" + stage.output
                let killed = try Tool.run(
                    stage.arguments + ["--output", folder.path(output)],
                    environment: shim.environment("named", in: output + "/" + moment))
                #expect(killed.wasKilled && killed.exitCode == SIGKILL)
                let result = try run(stage, into: output)
                #expect(result.exitCode == 0, "\(stage.output): \(result.error)")
                let files = try contents(output)
                let undisturbed = try contents(stage.output)
                #expect(files.keys.sorted() == undisturbed.keys.sorted())
                for (name, bytes) in undisturbed { #expect(files[name] == bytes, "\(stage.output)/\(name)") }
            }
        }

        @Test func interruptedTrainingEndsWith130AndGoesOnToTheSameBytes() throws {
            try #require(try run(stages[0]).exitCode == 0)
            let stage = fineTuning(["--epochs", "12", "--checkpoint-every", "2"])
            try #require(try run(stage).exitCode == 0)
            let interrupted = try Tool.run(
                stage.arguments + ["--output", folder.path("again")],
                environment: FaultShim(in: folder).environment(
                    "interrupt", in: "again/training/checkpoint-000002"))
            #expect(!interrupted.wasKilled && interrupted.exitCode == 130)
            #expect(try run(stage, into: "again").exitCode == 0)
            let (whole, again) = (try contents("tuned"), try contents("again"))
            #expect(whole.keys.sorted() == again.keys.sorted())
            for (name, bytes) in whole { #expect(again[name] == bytes, "\(name)") }
        }
    #endif

    @Test func aDamagedCheckpointIsNotTrainedOn() throws {
        try runAll()
        let stage = stages[5]
        let undisturbed = try contents("policy")
        // As if the process had died after the last checkpoint, and the disk had changed a bit of it.
        try FileManager.default.removeItem(atPath: folder.path("policy/training.json"))
        func flip(_ name: String) throws {
            let file = folder.url.appending(path: name)
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count / 2] ^= 4
            try bytes.write(to: file)
        }
        let checkpoints = Set(
            undisturbed.keys.compactMap { name in
                name.split(separator: "/").first { $0.hasPrefix("checkpoint-") }.map(String.init)
            }
        ).sorted()
        let newest = try #require(checkpoints.last)
        #expect(checkpoints.count > 1)
        try flip("policy/training/\(newest)/state.safetensors")
        let result = try Tool.run(
            stage.arguments.filter { $0 != "--quiet" } + ["--output", folder.path("policy")])
        #expect(result.exitCode == 0)
        #expect(result.error.contains("; damaged checkpoints 1; "))
        #expect(try contents("policy") == undisturbed)

        try FileManager.default.removeItem(atPath: folder.path("policy/training.json"))
        for checkpoint in checkpoints { try flip("policy/training/\(checkpoint)/state.safetensors") }
        let refused = try run(stage)
        #expect(refused.exitCode == 65)
        #expect(refused.error.hasPrefix("align-data: error: a file of the checkpoint is damaged ("))
        #expect(refused.error.hasSuffix("hint: delete the folder, and run the same command to begin anew\n"))
    }

    @Test func aSplitWithoutPromptsAndPromptsWithoutRoomAreToldApart() throws {
        try #require(try run(stages[0]).exitCode == 0)
        func evaluate(_ more: String...) throws -> Tool.Result {
            try Tool.run(
                [
                    "evaluate", folder.path("corpus"), "--policy", model, "--reference", model,
                    "--reward-program", "cat", "--precision", "float32", "--output", folder.path("report"),
                ] + more)
        }
        let absent = try evaluate("--split", "test")
        #expect(absent.exitCode == 65)
        #expect(
            absent.error == """
                align-data: error: the corpus has no test prompts (\(folder.path("corpus")))
                hint: choose another split; `align-data inspect` shows how many prompts each has

                """)
        let long = try evaluate("--max-tokens", "100000")
        #expect(long.exitCode == 65)
        #expect(
            long.error.hasPrefix(
                "align-data: error: none of the 4 validation prompts fits the model's context beside a completion ("
            ))
    }

    /// Fine-tuning on the corpus' summaries, which needs neither rewards nor pairs.
    private func fineTuning(_ more: [String] = []) -> (output: String, arguments: [String]) {
        (
            "tuned",
            [
                "train", folder.path("corpus"), "--policy", model, "--objective", "sft", "--batch", "4",
                "--learning-rate", "1e-3", "--validate-every", "0", "--precision", "float32", "--quiet",
            ] + more
        )
    }

    @Test func summariesAreLearnedAndTheModelSaysFromWhat() throws {
        try #require(try run(stages[0]).exitCode == 0)
        let result = try run(fineTuning(["--epochs", "8"]))
        #expect(result.exitCode == 0, "\(result.error)")
        let lines = try String(contentsOfFile: folder.path("tuned/training/metrics.jsonl"), encoding: .utf8)
            .split(separator: "\n").map {
                try JSONDecoder().decode([String: Double].self, from: Data($0.utf8))
            }
        let losses = lines.compactMap { $0["loss"] }
        #expect(losses.count == 32)
        #expect(try #require(losses.last) < losses[0] - 1)
        let card = try String(contentsOfFile: folder.path("tuned/README.md"), encoding: .utf8)
        struct Record: Decodable {
            struct Input: Decodable { var sha256: String }
            var data: [Input]
        }
        let record = try JSONDecoder().decode(
            Record.self, from: Data(contentsOf: folder.url.appending(path: "tuned/training.json")))
        #expect(record.data.count == 1 && card.contains(record.data[0].sha256))
    }

    @Test func adaptersAreSavedByThemselvesAndAreNoModel() throws {
        try #require(try run(stages[0]).exitCode == 0)
        let adapters = try run(fineTuning(["--epochs", "1", "--lora-rank", "2"]))
        #expect(adapters.exitCode == 0, "\(adapters.error)")
        let files = try contents("tuned")
        #expect(files["adapter_model.safetensors"] != nil && files["model.safetensors"] == nil)
        let refused = try Tool.run(
            "generate", folder.path("corpus"), "--policy", folder.path("tuned"), "--output",
            folder.path("candidates"))
        #expect(refused.exitCode == 65)
        #expect(
            refused.error.contains("adapters of a model, not a model") && refused.error.contains("--merge"))
        let merged = try run(fineTuning(["--epochs", "1", "--lora-rank", "2", "--merge"]), into: "merged")
        #expect(merged.exitCode == 0, "\(merged.error)")
        #expect(try contents("merged")["model.safetensors"] != nil)
    }

    @Test func aModelIsNotWrittenOver() throws {
        try FileManager.default.copyItem(atPath: model, toPath: folder.path("model"))
        let before = try contents("model")
        var arguments = stages[2].arguments
        arguments[arguments.firstIndex(of: model) ?? 0] = folder.path("model")
        let result = try Tool.run(arguments + ["--output", folder.path("model")])
        #expect(result.exitCode == 64)
        #expect(result.error.contains("holds no work of this stage"))
        #expect(try contents("model") == before)
    }
}
