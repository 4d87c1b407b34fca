import Foundation
import Testing

/// `ingest`, `verify` and `inspect` on a few lines of text.
@Suite struct CorpusTests {
    let folder: TemporaryFolder
    let tokenizer: String

    init() throws {
        folder = try TemporaryFolder()
        tokenizer = try SmallTokenizer.write(to: folder)
    }

    private func lines(_ count: Int) -> String {
        (0..<count).map {
            "{\"document\": \"Post number \($0) about tea.\", \"summary\": \"Tea, \($0).\", \"split\": \"train\"}\n"
        }.joined()
    }

    private func ingest(_ text: String, _ options: String...) throws -> Tool.Result {
        let source = try folder.write(text, to: "posts.jsonl")
        return try Tool.run(
            [
                "ingest", source, "--recipe", "generic", "--tokenizer", tokenizer, "--output",
                folder.path("corpus"),
            ]
                + options)
    }

    @Test func whatIsIngestedIsSoundAndCanBeLookedAt() throws {
        let ingested = try ingest(lines(5))
        #expect(ingested.exitCode == 0)
        #expect(ingested.output == "")
        #expect(ingested.error.hasPrefix("ingest: 5 in, 5 out; "))
        #expect(!ingested.error.contains("no record has"))
        #expect(ingested.error.hasSuffix("; \(folder.path("corpus"))\n"))

        let verified = try Tool.run("verify", folder.path("corpus"))
        #expect(verified.exitCode == 0)
        #expect(verified.output.hasPrefix("\(folder.path("corpus")): corpus, sound\n"))

        let inspected = try Tool.run("inspect", folder.path("corpus"), "--rows", "5")
        #expect(inspected.exitCode == 0)
        #expect(inspected.output.contains("5 in, 5 out"))
        #expect(inspected.output.contains("Post number 3 about tea."))
    }

    @Test func rowsOfOneDocumentAreJoinedAndTheLastLineSaysSo() throws {
        let rows = (0..<4).map { "{\"document\": \"Tea, again.\", \"summary\": \"Tea \($0 / 2 * $0).\"}\n" }
        let ingested = try ingest(rows.joined())
        #expect(
            ingested.error.hasPrefix("ingest: 4 in, 1 out, 2 joined, 1 filtered (duplicate 1); prompts 1; "))
        let inspected = try Tool.run("inspect", folder.path("corpus"), "--rejections")
        #expect(inspected.output.contains("posts.jsonl:3  joined  part of an earlier record\n"))
    }

    @Test func theSameCommandAgainFindsItsWorkComplete() throws {
        #expect(try ingest(lines(2)).exitCode == 0)
        let manifest = folder.url.appending(path: "corpus/manifest.json")
        let before = try Data(contentsOf: manifest)
        let again = try ingest(lines(2))
        #expect(again.exitCode == 0)
        #expect(again.error.contains("; already complete; "))
        #expect(try Data(contentsOf: manifest) == before)
    }

    @Test func theReportIsJSONOnStandardOutputWhenAsked() throws {
        let result = try ingest(lines(3), "--json", "--quiet")
        #expect(result.error == "")
        let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        #expect(report?["stage"] as? String == "ingest")
        #expect((report?["counts"] as? [String: Any])?["recordsOut"] as? Int == 3)
    }

    @Test func tooManyRejectionsAreExitCodeTwoAndTheWorkIsKept() throws {
        let result = try ingest(lines(3) + "this is not JSON but a secret\n")
        #expect(result.exitCode == 2)
        #expect(
            result.error.hasSuffix(
                """
                align-data: error: done, but 1 of 4 records were rejected, more than allowed (\(folder.path("corpus")))
                hint: look at them with `align-data inspect FOLDER --rejections`, or raise --allowed-rejections

                """))
        let inspected = try Tool.run("inspect", folder.path("corpus"), "--rejections")
        #expect(inspected.exitCode == 0)
        #expect(inspected.output.contains("posts.jsonl:4"))
        #expect(inspected.output.contains("not-json"))
        // A record's own text is shown only to who asks for it.
        #expect(!inspected.output.contains("secret"))
        #expect(
            try Tool.run("inspect", folder.path("corpus"), "--rejections", "--excerpts").output.contains(
                "secret"))
        #expect(try Tool.run("verify", folder.path("corpus")).exitCode == 0)
    }

    @Test func aSourceThatIsNotReadToItsEndIsExitCodeTwoWhateverMayBeRejected() throws {
        // Half of a compressed file whose first block is stored: gzip's header, a stored block, and then nothing.
        let text = Array(lines(3).utf8)
        let count = [UInt8(text.count & 0xFF), UInt8(text.count >> 8)]
        let stored: [UInt8] =
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0] + count + count.map { ~$0 } + text
        let source = folder.url.appending(path: "posts.jsonl.gz")
        // libarchive gives back nothing of the last 64 kB before the damage.
        let padding = Array(repeating: UInt8(0x0A), count: 60000)
        let length = [UInt8(60000 & 0xFF), UInt8(60000 >> 8)]
        let blank = [0] + length + length.map { ~$0 } + padding
        try Data(stored + blank + blank).write(to: source)
        func ingest(_ options: String...) throws -> Tool.Result {
            try Tool.run(
                [
                    "ingest", source.path, "--recipe", "generic", "--tokenizer", tokenizer,
                    "--allowed-rejections", "1", "--output", folder.path("corpus"),
                ] + options)
        }
        let sentence = """
            align-data: error: done, but 1 source was not read to its end (\(folder.path("corpus")))
            hint: `align-data inspect FOLDER --rejections` shows where; get the files again, or accept what could be \
            read with --allow-incomplete-sources

            """
        let first = try ingest()
        #expect(first.exitCode == 2)
        #expect(first.error.hasPrefix("ingest: 4 in, 3 out, 1 rejected (archive-damaged 1); "))
        #expect(first.error.hasSuffix(sentence))
        let again = try ingest()
        #expect(again.exitCode == 2)
        #expect(again.error.contains("; already complete; ") && again.error.hasSuffix(sentence))
        let accepted = try ingest("--allow-incomplete-sources")
        #expect(accepted.exitCode == 0)
        #expect(accepted.error.contains("; sources not read to their end 1; "))
        #expect(accepted.error.contains("; already complete; "))
        #expect(try Tool.run("verify", folder.path("corpus")).exitCode == 0)
    }

    @Test func anEmptyCorpusIsBadDataWithAHintEachTime() throws {
        for last in ["s; ", "already complete; "] {
            let result = try ingest("{\"document\": \"\"}\n{\"document\": \" \"}\n")
            #expect(result.exitCode == 65)
            #expect(result.error.contains("2 in, 0 out, 2 filtered (empty-document 2)"))
            #expect(result.error.contains(last))
            #expect(
                result.error.hasSuffix(
                    """
                    align-data: error: no record became a prompt, so the corpus is empty (\(folder.path("corpus")))
                    hint: `align-data inspect FOLDER --rejections` says why; delete the folder before you try again with \
                    other options

                    """))
        }
        #expect(try Tool.run("verify", folder.path("corpus")).exitCode == 0)
        #expect(
            try Tool.run("inspect", folder.path("corpus"), "--rejections").output.contains("empty-document"))
    }

    @Test func aFlippedBitIsFoundAndIsBadData() throws {
        #expect(try ingest(lines(3)).exitCode == 0)
        let shard = folder.url.appending(path: "corpus/shard-00000.sqlite")
        var bytes = try Data(contentsOf: shard)
        bytes[bytes.count / 2] ^= 0x10
        try bytes.write(to: shard)
        let result = try Tool.run("verify", folder.path("corpus"))
        #expect(result.exitCode == 65)
        #expect(result.output.contains("NOT SOUND"))
        #expect(result.output.contains("failed  hashes"))
        #expect(
            result.error.hasPrefix(
                "align-data: error: the shard set is not sound (\(folder.path("corpus")))\n"))
    }

    @Test func anotherConfigurationIsNotMixedIn() throws {
        #expect(try ingest(lines(3)).exitCode == 0)
        let result = try ingest(lines(3), "--seed", "7")
        #expect(result.exitCode == 64)
        #expect(result.error.hasPrefix("align-data: error: the output folder holds other work: "))
        #expect(result.error.hasSuffix("hint: choose another --output: this one is a finished set\n"))
    }

    #if os(Linux)
        /// A shard takes its name on a thread of its own, whose stack is used up then.
        @Test func aStackThatIsUsedUpOnAnyThreadIsReportedAsACrash() throws {
            let source = try folder.write(lines(3), to: "posts.jsonl")
            let result = try Tool.run(
                [
                    "ingest", source, "--recipe", "generic", "--tokenizer", tokenizer, "--quiet", "--output",
                    folder.path("corpus"),
                ], environment: FaultShim(in: folder).environment("overflow", in: "/shard-00000.sqlite"))
            #expect(!result.wasKilled && result.exitCode == 1)
            #expect(result.error.contains("crashed with SIGSEGV, which is a fault of the program"))
        }

        /// In the middle: some shards are sealed, most are not.
        @Test func aKilledRunGoesOnToTheSameBytesEvenWhereASealedShardIsLost() throws {
            let source = try folder.write(lines(200), to: "posts.jsonl")
            func ingest(_ output: String, _ environment: [String: String] = [:]) throws -> Tool.Result {
                try Tool.run(
                    [
                        "ingest", source, "--recipe", "generic", "--tokenizer", tokenizer,
                        "--prompts-per-shard", "1", "--quiet", "--output", folder.path(output),
                    ], environment: environment)
            }
            let fault = try FaultShim(in: folder).environment("named", in: "/shard-00010.sqlite")
            for output in ["killed", "lost"] {
                let result = try ingest(output, fault)
                #expect(result.wasKilled && result.exitCode == SIGKILL)
                #expect(!FileManager.default.fileExists(atPath: folder.path("\(output)/manifest.json")))
                #expect(FileManager.default.fileExists(atPath: folder.path("\(output)/shard-00009.sqlite")))
                #expect(try Tool.run("inspect", folder.path(output)).exitCode == 65)
            }
            try FileManager.default.removeItem(atPath: folder.path("lost/shard-00004.sqlite"))

            for output in ["undisturbed", "killed", "lost"] { #expect(try ingest(output).exitCode == 0) }
            func contents(_ output: String) throws -> [String: Data] {
                let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(output))
                return try Dictionary(
                    uniqueKeysWithValues: names.map {
                        ($0, try Data(contentsOf: folder.url.appending(path: "\(output)/\($0)")))
                    })
            }
            let undisturbed = try contents("undisturbed")
            #expect(undisturbed.count == 201)
            #expect(try contents("killed") == undisturbed)
            #expect(try contents("lost") == undisturbed)
        }
    #endif

    @Test func aMissingSourceIsNamed() throws {
        let result = try Tool.run(
            "ingest", folder.path("nowhere"), "--recipe", "generic", "--tokenizer", tokenizer, "--output",
            folder.path("corpus"))
        #expect(result.exitCode == 74)
        #expect(result.error == "align-data: error: the source does not exist (\(folder.path("nowhere")))\n")
        #expect(!FileManager.default.fileExists(atPath: folder.path("corpus")))
    }

    @Test func inspectingUnfinishedWorkSaysSo() throws {
        #expect(try ingest(lines(2)).exitCode == 0)
        try FileManager.default.removeItem(at: folder.url.appending(path: "corpus/manifest.json"))
        let result = try Tool.run("inspect", folder.path("corpus"))
        #expect(result.exitCode == 65)
        #expect(result.error.contains("(\(folder.path("corpus")))\nhint: "))
    }

    @Test func tokensGoThereAndBack() throws {
        let tokens = try Tool.run("tokenize", "--tokenizer", tokenizer, input: "Tea?\n")
        #expect(tokens.output == "84\tT\n101\te\n97\ta\n63\t?\n10\tĊ\n")
        #expect(
            try Tool.run("tokenize", "--tokenizer", tokenizer, "--count", input: "Tea?\n").output
                == "5\ttokens\n1\ttexts\n5\tbytes\n")
        let text = try Tool.run("tokenize", "--tokenizer", tokenizer, "--decode", input: "84, 101 97,63\n")
        #expect(text.output == "Tea?")
        let wrong = try Tool.run("tokenize", "--tokenizer", tokenizer, "--decode", input: "84 tea")
        #expect(wrong.exitCode == 64)
        #expect(
            wrong.error
                == "align-data: error: item 2 of the input is not a token id\nhint: give ids such as 504 3575\n"
        )
    }

    @Test func linesOfJSONAreTokenizedOneByOneAndCanBeTurnedBack() throws {
        let lines = #"{"text": "Tea?", "id": 1}"# + "\n\n" + #"{"text": "\u00e9\n"}"# + "\n"
        let ids = try Tool.run("tokenize", "--tokenizer", tokenizer, "--jsonl", "--json", input: lines)
        #expect(ids.output == "{\"ids\":[84,101,97,63]}\n{\"ids\":[195,169,10]}\n")
        let back = try Tool.run(
            "tokenize", "--tokenizer", tokenizer, "--jsonl", "--decode", input: ids.output)
        #expect(back.output == "{\"text\":\"Tea?\"}\n{\"text\":\"é\\n\"}\n")
        let count = try Tool.run("tokenize", "--tokenizer", tokenizer, "--jsonl", "--count", input: lines)
        #expect(count.output == "7\ttokens\n2\ttexts\n7\tbytes\n")
        let broken = #"{"text": "Tea", "by": "\ud83d", "x": ["\ude00"]}"# + "\n"
        #expect(
            try Tool.run("tokenize", "--tokenizer", tokenizer, "--jsonl", "--json", input: broken).output
                == "{\"ids\":[84,101,97]}\n")
        for (input, problem) in [
            (
                broken + #"{"text": "\ud83d"}"# + "\n",
                "line 2 of the input has a field text that holds half of a surrogate pair, which is no character"
            ),
            ("{}\n", "line 1 of the input has no field text with a string"),
            ("\n[1,]\n", "line 2 of the input is not JSON at byte 3: no value starts like this"),
        ] {
            let wrong = try Tool.run("tokenize", "--tokenizer", tokenizer, "--jsonl", input: input)
            #expect(wrong.exitCode == 65)
            #expect(wrong.error.hasPrefix("align-data: error: \(problem)\nhint: "), "\(wrong.error)")
        }
        let unknown = try Tool.run("tokenize", "--tokenizer", tokenizer, "--decode", input: "84 999999")
        #expect(
            unknown.exitCode == 65 && unknown.error.contains("the token id 999999 is outside the vocabulary"))
    }
}
