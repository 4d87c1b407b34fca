import Foundation
import Testing

@testable import AlignData

@Suite struct ImportStageTests {
    let sample: PipelineSample
    /// The reference of the sample's candidates.
    private let policy = BigramPolicy(seed: 1)

    init() throws { sample = try PipelineSample() }

    private func write(_ lines: [String], to name: String = "rows.jsonl") throws -> String {
        let path = sample.folder.file(name)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @discardableResult
    private func `import`(
        _ files: [String], _ format: ImportFormat, to name: String = "imported", recipe: Recipe? = nil,
        policy: BigramPolicy = BigramPolicy(seed: 1), change: (inout ImportConfiguration) -> Void = { _ in },
        progress: @escaping ProgressHandler = { _ in .more }
    ) throws -> StageReport {
        var configuration = ImportConfiguration()
        configuration.format = format
        configuration.promptsPerShard = 3
        change(&configuration)
        return try ImportStage(
            files: files, recipe: recipe, policy: policy, tokenizer: sample.tokenizer,
            configuration: configuration, output: sample.folder.file(name)
        ).run(progress: progress)
    }

    private func rows(_ sql: String, of name: String) throws -> Set<[String]> {
        let set = try sample.open(name, .pairs)
        return try Set(
            (0..<set.shardCount).flatMap { index in
                try SQLiteShell(sample.folder.file(name) + "/" + set.manifest.shards[index].file).rows(sql)
            })
    }

    private static let preferences =
        "SELECT prompt, chosen, rejected, score_chosen, score_rejected, split FROM trl_preference"
    private static let completions =
        "SELECT prompt.text, completion.text, hex(completion.tokens), finish_reason, reward, raw_reward,"
        + " reference_log_probability FROM completion JOIN prompt ON prompt.position = prompt_position"

    private func makePairs(_ strategy: PairingStrategy = .all) throws {
        var generation = PipelineSample.generation
        generation.withReferences = true
        try sample.generate(generation)
        try sample.score()
        var pairing = PipelineSample.pairing
        pairing.pairing.strategy = strategy
        try sample.pair(pairing)
    }

    private func export(_ format: ExportFormat, to name: String) throws -> String {
        var configuration = ExportConfiguration()
        configuration.format = format
        let path = sample.folder.file(name)
        _ = try ExportStage(pairs: sample.folder.file("pairs"), configuration: configuration, output: path)
            .run { _ in .more }
        return path
    }

    @Test(arguments: [PairingStrategy.all, .adjacentInRank, .bestAgainstEach])
    func exportedPreferencesComeBackAsTheSamePairs(strategy: PairingStrategy) throws {
        try makePairs(strategy)
        let report = try self.import([try export(.trlPreference, to: "pairs.jsonl")], .trlPreference)
        let before = try rows(Self.preferences, of: "pairs")
        #expect(try rows(Self.preferences, of: "imported") == before && before.count > 20)
        // Tokens, finish reason, rewards and reference log-probabilities are those of the candidates.
        let completions = try rows(Self.completions, of: "imported")
        #expect(try completions.isSubset(of: rows(Self.completions, of: "pairs")) && completions.count > 20)
        #expect(Set(completions.map { $0[3] }) == ["eos", "length", "given"])
        #expect(report.counts.isConserved)
        // A completion without a text says how it ended, so it is none that somebody forgot.
        #expect(report.counts.rejected.isEmpty && completions.contains { $0[1].isEmpty })
        #expect(try VerifyStage(sample.folder.file("imported")).run { _ in .more }.isSound)
    }

    @Test func exportedScoresComeBackAsTheSameCompletions() throws {
        try makePairs()
        let file = try export(.trlScored, to: "scored.jsonl")
        let report = try self.import([file], .trlScored)
        let before = try rows(Self.preferences, of: "pairs")
        #expect(try before.isSubset(of: rows(Self.preferences, of: "imported")) && before.count > 20)
        #expect(try rows(Self.completions, of: "imported").isSubset(of: rows(Self.completions, of: "pairs")))
        #expect(report.counts.isConserved)
        let stream = try PairStream(sample.open("imported", .pairs), seed: 0)
        #expect(
            try stream.batch(at: StreamPosition(), size: .groups(stream.count)).groups.count == stream.count)
        #expect(try sample.open("imported", .pairs).manifest.facts["reference"] == policy.modelID)
    }

    @Test(arguments: [
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": "#,
            "not-json"
        ),
        (#"["ab", "a", "b"]"#, "not-an-object"),
        (#"{"chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#, "missing-field"),
        (#"{"prompt": "ab", "chosen": "a", "score_chosen": 1, "score_rejected": 0}"#, "missing-field"),
        (#"{"prompt": "ab", "chosen": "a", "rejected": "b"}"#, "missing-score"),
        (#"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1}"#, "missing-score"),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": null}"#,
            "missing-score"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": NaN, "score_rejected": 0}"#,
            "not-json"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1e999, "score_rejected": 0}"#,
            "unusable-score"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": "1", "score_rejected": 0}"#,
            "unusable-score"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 0, "score_rejected": 1}"#,
            "contradicted-preference"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": " ", "score_chosen": 1, "score_rejected": 0}"#,
            "empty-completion"
        ),
        (
            #"{"prompt": " ", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#,
            "empty-prompt"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "a", "score_chosen": 1, "score_rejected": 0}"#,
            "identical-completions"
        ),
        (
            #"{"prompt": [{"role": "user", "content": "ab"}], "chosen": "a", "rejected": "b"}"#,
            "missing-score"
        ),
        // The sample's model has no chat template.
        (
            #"{"prompt": [{"role": "user", "content": "ab"}], "chosen": [{"role": "assistant", "content": "a"}], "rejected": [{"role": "assistant", "content": "b"}], "score_chosen": 1, "score_rejected": 0}"#,
            "conversational"
        ),
        (#"{"messages": [{"role": "user", "content": "ab"}]}"#, "conversational"),
        (
            #"{"prompt": "ab", "chosen": [{"role": "assistant", "content": "a"}], "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#,
            "conversational"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "split": "both"}"#,
            "unknown-split"
        ),
        (
            #"{"prompt": "ab", "chosen": "aaaaaaaaaaaa", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#,
            "completion-too-long"
        ),
        (
            #"{"prompt": "ef", "chosen": "a", "rejected": "c", "score_chosen": 0.5, "score_rejected": 0, "split": "train"}"#,
            "conflicting-reward"
        ),
        (
            #"{"prompt": "ef", "chosen": "d", "rejected": "c", "score_chosen": 0.5, "score_rejected": 0, "split": "dev"}"#,
            "conflicting-split"
        ),
        (
            #"{"prompt": "ab", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "finish_reason_chosen": "stop"}"#,
            "unusable-field"
        ),
    ])
    func aRowThatCannotBeTrustedCostsThatRowAlone(line: String, reason: String) throws {
        var small = policy
        small.contextLength = 8
        let sound =
            #"{"prompt": "ef", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "split": "train"}"#
        let report = try self.import(
            [try write([sound, line, sound])], .trlPreference, policy: small,
            change: { $0.allowedRejections = 0 })
        #expect(report.counts.rejected == [reason: 1] && report.counts.isConserved)
        #expect(report.counts.recordsOut == 2 && report.counts.noted["pairs"] == 1)
        #expect(report.counts.filtered == ["repeated-completions": 2])
        #expect(report.tooManyRejections)
        let rejections = try Inspection(sample.folder.file("imported")).rejections()
        #expect(rejections.map(\.reason) == [reason] && rejections[0].provenance.line == 2)
        #expect(rejections[0].stage == ImportStage.name)
        #expect(try VerifyStage(sample.folder.file("imported")).run { _ in .more }.isSound)
    }

    @Test func aFileThatIsNotReadToItsEndIsSaidAgainWhenTheWorkIsComplete() throws {
        let line =
            #"{"prompt": "ef", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "split": "train"}"#
        var state: UInt64 = 1
        let noise = (0..<4000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return line.dropLast() + ", \"x\": \"\(state)\"}\n"
        }
        let path = sample.folder.file("rows.jsonl.gz")
        try ArchiveFixture.gzip(Array(noise.joined().utf8), to: path)
        try Data(contentsOf: URL(fileURLWithPath: path)).dropLast(1000).write(to: URL(fileURLWithPath: path))
        let report = try self.import([path], .trlPreference, change: { $0.allowedRejections = 1 })
        #expect(report.counts.rejected == ["archive-damaged": 1] && report.counts.isConserved)
        #expect(report.counts.recordsOut == 2)
        #expect(report.incompleteSources == 1 && !report.tooManyRejections)
        let again = try self.import([path], .trlPreference)
        #expect(again.alreadyComplete && again.incompleteSources == 1)
        let accepted = try self.import(
            [path], .trlPreference, change: { $0.allowsIncompleteSources = true })
        #expect(accepted.alreadyComplete && accepted.incompleteSources == 0)
    }

    @Test(arguments: [
        #"{"prompt": "e\ud83d", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#,
        #"{"prompt": "ef", "chosen": "a", "rejected": "\ude00", "score_chosen": 1, "score_rejected": 0}"#,
        #"{"prompt": [{"role": "user", "content": "\ud83d"}], "chosen": "a", "rejected": "b"}"#,
    ])
    func halfOfASurrogatePairHasItsOwnReason(line: String) throws {
        let sound =
            #"{"prompt": "ef", "chosen": "a", "rejected": "b", "score_chosen": 1, "score_rejected": 0, "note": "\ud83d"}"#
        let report = try self.import([try write([sound, line])], .trlPreference)
        #expect(report.counts.rejected == ["lone-surrogate": 1])
        #expect(report.counts.recordsOut == 2)
    }

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

    /// A completion that ended at once, and ends of two kinds.
    @Test func endsComeBackAsTheyWere() throws {
        let path = sample.folder.file("two-ends")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in [
            (
                "tokenizer.json",
                #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}, "merges": []}, "added_tokens": [{"id": 5, "content": "<end>", "special": true}, {"id": 6, "content": "</s>", "special": true}], "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"}}"#
            ),
            ("tokenizer_config.json", #"{"eos_token": "</s>"}"#),
            ("generation_config.json", #"{"eos_token_id": [6, 5, 4]}"#),
        ] { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
        let tokenizer = try Tokenizer.load(from: path)
        func take(_ file: String, _ format: ImportFormat, to name: String) throws -> StageReport {
            var configuration = ImportConfiguration()
            configuration.format = format
            configuration.pairing.strategy = .all
            return try ImportStage(
                files: [file], recipe: nil, policy: policy, tokenizer: tokenizer,
                configuration: configuration, output: sample.folder.file(name)
            ).run { _ in .more }
        }
        func export(_ name: String, _ format: ExportFormat, to file: String) throws -> String {
            var configuration = ExportConfiguration()
            configuration.format = format
            let path = sample.folder.file(file)
            _ = try ExportStage(pairs: sample.folder.file(name), configuration: configuration, output: path)
                .run { _ in .more }
            return path
        }
        let first = try write([
            #"{"prompt": "ab", "completions": ["", "a", "b", "b", "b", "ce"], "scores": [1, 2, 3, 4, 5, 6], "finish_reasons": ["eos", "eos", "eos", "eos", "length", "eos"], "end_tokens": [5, 6, 5, 6, null, 4], "split": "train"}"#,
            // Of another model: its id ends nothing here.
            #"{"prompt": "cd", "completions": ["a", "b"], "scores": [1, 2], "finish_reasons": ["eos", "eos"], "end_tokens": [3, 50000], "split": "train"}"#,
        ])
        #expect(try take(first, .trlScored, to: "imported").counts.rejected.isEmpty)
        let ends = "SELECT hex(tokens), reward, finish_reason FROM completion"
        let found = try rows(ends, of: "imported")
        #expect(
            found == [
                ["0500", "1.0", "eos"], ["00000600", "2.0", "eos"], ["01000500", "3.0", "eos"],
                ["01000600", "4.0", "eos"], ["0100", "5.0", "length"], ["02000400", "6.0", "eos"],
                ["00000600", "1.0", "eos"], ["01000600", "2.0", "eos"],
            ])
        for (format, back) in [
            (ExportFormat.trlPreference, ImportFormat.trlPreference), (.trlScored, .trlScored),
        ] {
            let file = try export("imported", format, to: "\(format).jsonl")
            #expect(try take(file, back, to: "again-\(format)").counts.rejected.isEmpty)
            #expect(try rows(ends, of: "again-\(format)") == found)
            #expect(
                try rows(Self.preferences, of: "again-\(format)") == rows(Self.preferences, of: "imported"))
        }
    }

    /// The tokenizer has six letters, and no token for others.
    @Test func whatHasNoTokensIsRejected() throws {
        let file = try write([
            #"{"prompt": "ab", "completions": ["a", "b", "zz", "漢"], "scores": [1, 0.5, 2, 3], "#
                + #""finish_reasons": ["eos", "eos", "eos", "length"]}"#,
            #"{"prompt": "漢字", "completions": ["a", "b"], "scores": [1, 2]}"#,
        ])
        let report = try self.import([file], .trlScored)
        #expect(report.counts.rejected == ["empty-completion": 2, "empty-prompt": 1])
        #expect(report.counts.recordsOut == 2 && report.counts.isConserved)
        let preference =
            #"{"prompt": "ab", "chosen": "漢", "rejected": "b", "score_chosen": 1, "score_rejected": 0}"#
        let listed = try self.import(
            [try write([preference], to: "preferences.jsonl")], .trlPreference, to: "listed")
        #expect(listed.counts.rejected == ["empty-completion": 1])
        let texts = try self.import(
            [
                try write(
                    [#"{"prompt": "ab", "completion": "漢", "finish_reason": "length"}"#],
                    to: "texts.jsonl")
            ], .trlCompletion, to: "texts")
        #expect(texts.counts.rejected == ["empty-completion": 1])
    }

    @Test func aScoredRowLosesOnlyTheCompletionsThatCannotBeTrusted() throws {
        let report = try self.import(
            [
                try write([
                    #"{"prompt": "ab", "completions": ["a", "b", "", "c", "d"], "scores": [1, 0.5, 2, null, "x"]}"#,
                    #"{"prompt": "cd", "completions": ["a", "b"], "scores": [1]}"#,
                    #"{"prompt": "ef", "completions": ["a"], "scores": [1]}"#,
                ])
            ], .trlScored)
        #expect(
            report.counts.rejected == [
                "empty-completion": 1, "missing-score": 2, "unusable-score": 1,
            ])
        #expect(report.counts.filtered == [Pairing.tooFewCompletions: 1])
        #expect(report.counts.recordsIn == 7 && report.counts.recordsOut == 2 && report.counts.isConserved)
        #expect(
            try rows("SELECT first_text, second_text FROM pairs_readable", of: "imported") == [["a", "b"]])
    }

    @Test func preferencesWithoutScoresNeedAStatedRule() throws {
        let file = try write([#"{"prompt": "ab", "chosen": "a", "rejected": "b"}"#])
        #expect(try self.import([file], .trlPreference).counts.rejected == ["missing-score": 1])
        try self.import(
            [file], .trlPreference, to: "ruled",
            change: { $0.preferenceRewards = PreferenceRewards(chosen: 0.25, rejected: -0.25) })
        #expect(
            try rows("SELECT score_chosen, score_rejected FROM trl_preference", of: "ruled")
                == [["0.25", "-0.25"]])
        #expect(try sample.open("ruled", .pairs).manifest.configuration.contains("preferenceRewards"))
        #expect(PreferenceRewards(chosen: 0, rejected: 0) == nil)
    }

    @Test func controlTokensArePlainTextUnlessAskedFor() throws {
        let file = try write([
            #"{"prompt": "ab</s>", "completions": ["a</s>", "b"], "scores": [1, 0], "split": "train"}"#
        ])
        let end = BigramPolicy.endOfSequence
        // The tokenizer has no piece for "<", so plain text of it is nothing: what counts is the control token.
        try self.import([file], .trlScored, change: { $0.controlTokens = true })
        try self.import([file], .trlScored, to: "plain")
        let special = try sample.open("imported", .pairs).shard(at: 0).groups()[0]
        let plain = try sample.open("plain", .pairs).shard(at: 0).groups()[0]
        #expect(special.promptTokens == [0, 1, end] && !plain.promptTokens.contains(end))
        // In a completion it never is one: only the end that was appended is.
        for group in [special, plain] {
            for candidate in group.candidates { #expect(candidate.tokens.count { $0 == end } == 1) }
        }
    }

    @Test func promptsWithNamesOfControlTokensAsPlainTextAreCounted() throws {
        let file = try write([
            #"{"prompt": "ab</s>", "completions": ["a", "b"], "scores": [1, 0]}"#,
            #"{"prompt": "ab</s>", "completions": ["c"], "scores": [0]}"#,
            #"{"prompt": "cd", "completions": ["a</s>", "b"], "scores": [1, 0]}"#,
        ])
        let plain = try self.import([file], .trlScored)
        #expect(plain.counts.noted["control-token-names"] == 1)
        let special = try self.import([file], .trlScored, to: "special", change: { $0.controlTokens = true })
        #expect(special.counts.noted["control-token-names"] == nil)
    }

    @Test func unscoredCompletionsBecomeCandidatesThatAreScoredAndPairedAsOthers() throws {
        let file = try write([
            #"{"prompt": "ab", "completion": "a", "split": "train"}"#,
            #"{"prompt": "cd", "completions": ["b", "ab", "b"], "split": "train"}"#,
            #"{"prompt": "ab", "completions": ["b", "a"], "split": "train"}"#,
            #"{"prompt": "ab", "completions": ["c", ""], "split": "train"}"#,
            #"{"prompt": "ab", "split": "train"}"#,
            #"{"prompt": "ef", "completion": "f", "finish_reason": "length"}"#,
        ])
        let report = try self.import([file], .trlCompletion)
        let counts = report.counts
        #expect(counts.recordsIn == 6 && counts.recordsOut == 3 && counts.isConserved)
        #expect(counts.filtered == ["joined-rows": 1])
        #expect(counts.rejected == ["empty-completion": 1, "missing-field": 1])
        #expect(counts.noted["completions"] == 5 && counts.noted["repeated-completions"] == 2)
        let completions = try sample.completions("imported")
        #expect(completions.map(\.text) == ["a", "b", "b", "ab", "f"])
        #expect(completions.map(\.finishReason) == [.given, .given, .given, .given, .length])
        #expect(completions[4].tokens == [5])
        try sample.score(candidates: "imported")
        let pairs = try sample.pair(candidates: "imported")
        #expect(pairs.counts.noted["pairs"] == 2)
        for set in ["imported", "pairs"] {
            #expect(try VerifyStage(sample.folder.file(set)).run { _ in .more }.isSound)
        }
    }

    @Test func aRecipeRendersThePromptFromTheRowsFields() throws {
        var recipe = try Recipe.named("generic")
        recipe.prompt = try PromptTemplate(text: "{title}f{document}", maxTokens: 4, completionPrefix: "c")
        let file = try write([
            #"{"document": "ab", "title": "d", "completions": ["a", "b"], "scores": [1, 0]}"#,
            #"{"document": "abcd", "completions": ["a", "b"], "scores": [1, 0]}"#,
            #"{"prompt": "ab", "completions": ["a", "b"], "scores": [1, 0]}"#,
        ])
        let report = try self.import([file], .trlScored, recipe: recipe)
        #expect(report.counts.rejected == ["prompt-too-long": 1, "missing-field": 1])
        #expect(
            try rows("SELECT prompt, first_text, second_text FROM pairs_readable", of: "imported")
                == [["dfab", "ca", "cb"]])
        #expect(try sample.open("imported", .pairs).manifest.facts["template"] == recipe.prompt.hash)
    }

    @Test func whatARecipeCutsIsSaid() throws {
        var recipe = try Recipe.named("generic")
        recipe.prompt = try PromptTemplate(
            text: "{document}", maxTokens: 2, truncation: .lastNewlineThenCharacter(field: "document"))
        let file = try write([#"{"document": "abcdef", "completions": ["a", "b"], "scores": [1, 0]}"#])
        let report = try self.import([file], .trlScored, recipe: recipe)
        #expect(report.counts.noted["truncated-prompts"] == 1)
        #expect(report.figures.contains { $0.name == "truncated" && $0.value == "1" })
        #expect(try rows("SELECT text, truncated_characters FROM prompt", of: "imported") == [["ab", "4"]])
    }

    @Test func splitsAreTheRowsOwnOrDecidedByTheirPromptOrStated() throws {
        let file = try write(
            (0..<216).map { index in
                let letters = Array("abcdef")
                let prompt = String([letters[index % 6], letters[index / 6 % 6], letters[index / 36]])
                return #"{"prompt": "\#(prompt)", "completions": ["a", "b"], "scores": [1, 0]}"#
            })
        try self.import([file], .trlScored, change: { $0.splits.validation = 0.5 })
        let shares = try self.rows("SELECT text, split FROM prompt", of: "imported")
        let validation = shares.count { $0[1] == "validation" }
        // 216 draws at a half: 108, standard deviation 7.3; five of them.
        #expect(shares.count == 216 && abs(validation - 108) < 37)
        try self.import([file], .trlScored, to: "stated", change: { $0.split = .test })
        #expect(try Set(rows("SELECT split FROM prompt", of: "stated")) == [["test"]])
    }

    @Test func anInterruptedImportGoesOnToTheSameBytes() throws {
        try makePairs()
        let file = try export(.trlScored, to: "scored.jsonl")
        try self.import([file], .trlScored, to: "whole")
        let whole = try contents(of: sample.folder.file("whole"))
        #expect(whole.count > 3)
        for stop in 1...5 {
            var left = stop
            #expect(throws: Interrupted.self) {
                try self.import(
                    [file], .trlScored, to: "stopped-\(stop)",
                    progress: { _ in
                        left -= 1
                        return left == 0 ? .stop : .more
                    })
            }
            try self.import([file], .trlScored, to: "stopped-\(stop)")
            #expect(try contents(of: sample.folder.file("stopped-\(stop)")) == whole)
        }
        #expect(try self.import([file], .trlScored, to: "whole").alreadyComplete)
    }
}
