@testable import AlignData
import Foundation
import Testing

@Suite struct VerifyStageTests {
    let sample: PipelineSample

    init() throws {
        sample = try PipelineSample()
        try sample.generate()
        try sample.score()
        try sample.pair()
    }

    private func verify(_ name: String) throws -> VerificationReport {
        try VerifyStage(sample.folder.file(name)).run { _ in .more }
    }

    private func failed(_ report: VerificationReport) -> [String] {
        report.checks.filter { $0.outcome == .failed }.map(\.name)
    }

    /// Changes rows of the first shard and seals the set anew, so that only the contents are wrong.
    private func forge(_ name: String, _ sql: String, manifest change: (inout Manifest) -> Void = { _ in })
        throws
    {
        let folder = sample.folder.file(name)
        let shard = folder + "/shard-00000.sqlite"
        try SQLiteShell(shard, readonly: false).execute(sql)
        var manifest = try ManifestFile.read(in: folder).manifest
        manifest.shards[0].sha256 = try FileHash.sha256(ofFile: shard)
        manifest.shards[0].bytes = try #require(Files.size(shard))
        change(&manifest)
        try ManifestFile.write(manifest, in: folder)
    }

    @Test(arguments: ["corpus", "candidates", "rewards", "pairs"])
    func whatTheStagesWriteIsSound(name: String) throws {
        let report = try verify(name)
        #expect(report.isSound && failed(report) == [])
        #expect(report.kind?.rawValue == name)
        #expect(
            report.checks.allSatisfy {
                $0.outcome == .passed || name == "corpus" || $0.name.hasSuffix("source")
            })
        let lineage = report.checks.filter { $0.outcome == .passed && $0.name.hasPrefix("lineage") }.map(
            \.name)
        switch name {
        case "pairs":
            #expect(
                Set(lineage) == [
                    "lineage: pairs from candidates", "lineage: pairs from rewards",
                    "lineage: candidates from corpus", "lineage: rewards from candidates",
                ])
        case "candidates": #expect(lineage == ["lineage: candidates from corpus"])
        default: break
        }
    }

    @Test func aChangedByteIsFoundAndNamed() throws {
        let url = URL(fileURLWithPath: sample.folder.file("pairs") + "/shard-00001.sqlite")
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count - 20] ^= 1
        try bytes.write(to: url)
        let report = try verify("pairs")
        #expect(failed(report).contains("hashes"))
        #expect(
            report.checks.first { $0.name == "hashes" }?.problems[0].hasPrefix("shard-00001.sqlite: ") == true
        )
    }

    @Test func aChangedManifestIsFound() throws {
        let url = URL(fileURLWithPath: sample.folder.file("pairs") + "/manifest.json")
        let text = try String(contentsOf: url, encoding: .utf8)
        try Data(text.replacingOccurrences(of: "bigram-0", with: "bigram-9").utf8).write(to: url)
        let report = try verify("pairs")
        #expect(failed(report) == ["manifest"] && report.kind == nil)
    }

    @Test func aMissingShardIsFound() throws {
        try FileManager.default.removeItem(atPath: sample.folder.file("pairs") + "/shard-00000.sqlite")
        #expect(failed(try verify("pairs")).contains("hashes"))
    }

    @Test func unfinishedWorkIsNotVerified() throws {
        try FileManager.default.createDirectory(
            atPath: sample.folder.file("empty"), withIntermediateDirectories: true)
        #expect(throws: ShardError.notAShardSet(folder: sample.folder.file("empty"))) { try verify("empty") }
    }

    @Test(arguments: ["scale=2", "clip=0.1,0.3", "whiten", "center"])
    func aShapedRewardIsHeldToItsRule(shaping: String) throws {
        var configuration = PipelineSample.pairing
        configuration.shaping = try #require(RewardShaping(shaping))
        configuration.unfinished = .penalty(0.25)
        try sample.pair(configuration, to: "shaped")
        #expect(failed(try verify("shaped")) == [])
        try forge("shaped", "UPDATE completion SET reward = reward + 0.001 WHERE rowid = 2")
        #expect(failed(try verify("shaped")).contains("lineage: pairs from rewards"))
    }

    /// Each forgery leaves hashes right and breaks one law.
    @Test(arguments: [
        ("candidates", "DELETE FROM completion WHERE rowid = 1", "row counts"),
        ("corpus", "DELETE FROM prompt WHERE position = 8", "row counts"),
        ("pairs", "DELETE FROM pair WHERE first = 0", "row counts"),
        ("pairs", "UPDATE completion SET prompt_position = 999 WHERE rowid = 1", "integrity"),
        (
            "pairs", "UPDATE completion SET id = (SELECT id FROM completion WHERE rowid = 2) WHERE rowid = 1",
            "unique ids"
        ),
        ("pairs", "UPDATE completion SET tokens = x'FFFFFFFF' WHERE rowid = 1", "token ids"),
        ("pairs", "UPDATE prompt SET tokens = x'07000000' WHERE position = 0", "token ids"),
        ("candidates", "UPDATE completion SET tokens = x'' WHERE rowid = 1", "token ids"),
        ("candidates", "UPDATE completion SET log_probability = 0.5 WHERE rowid = 1", "numbers"),
        ("candidates", "UPDATE completion SET reference_log_probability = -9e999 WHERE rowid = 1", "numbers"),
        (
            "rewards",
            "UPDATE reward SET value = 9e999 WHERE prompt_id = (SELECT min(prompt_id) FROM reward)", "numbers"
        ),
        ("pairs", "UPDATE completion SET reward = reward + 1 WHERE rowid = 1", "lineage: pairs from rewards"),
        (
            "pairs", "UPDATE completion SET raw_reward = 9, reward = 9 WHERE rowid = 1",
            "lineage: pairs from rewards"
        ),
        (
            "pairs", "UPDATE completion SET id = replace(id, '1', '2') WHERE rowid = 1",
            "lineage: pairs from candidates"
        ),
        (
            "candidates", "UPDATE prompt SET id = replace(id, '1', '2') WHERE position = 0",
            "lineage: candidates from corpus"
        ),
        ("pairs", "UPDATE completion SET id = 'x' WHERE rowid = 1", "unique ids"),
        ("pairs", "UPDATE completion SET text = 'other' WHERE rowid = 3", "row digests"),
        ("rewards", "UPDATE row_group SET sha256 = zeroblob(32)", "row digests"),
        ("corpus", "DELETE FROM row_group WHERE table_name = 'document'", "row digests"),
        ("candidates", "UPDATE row_group SET rows = rows + 1", "row digests"),
        ("pairs", "UPDATE prompt SET first_completion = 1 WHERE position = 0", "groups"),
        ("pairs", "UPDATE prompt SET pairs = pairs - 1 WHERE position = 0", "groups"),
        ("pairs", "UPDATE pair SET first = 0, second = 1 WHERE position = 1", "groups"),
        ("pairs", "UPDATE shard_info SET value = '{\"train\":1}' WHERE key = 'prompts'", "groups"),
        ("pairs", "DROP VIEW trl_preference", "schema"),
        (
            "candidates", "UPDATE shard_info SET value = replace(value, '4', '5') WHERE key = 'counts'",
            "conservation"
        ),
    ])
    func aForgeryIsFound(name: String, sql: String, check: String) throws {
        try forge(name, sql)
        let report = try verify(name)
        #expect(failed(report).contains(check), "\(report.checks)")
        #expect(report.checks.first { $0.name == "hashes" }?.outcome == .passed)
    }

    @Test func changedRowsAreNamed() throws {
        try forge("pairs", "UPDATE completion SET text = 'other' WHERE rowid = 3")
        let check = try verify("pairs").checks.first { $0.name == "row digests" }
        #expect(check?.problems == ["shard-00000.sqlite: rows 0 to 14 of completion have changed"])
    }

    private func deep(_ name: String, _ model: BigramPolicy) throws -> VerificationReport.Check {
        let report = try VerifyStage(
            sample.folder.file(name), deep: DeepVerification(model: model, prompts: 1000)
        ).run { _ in .more }
        return try #require(report.checks.first { $0.name == "recomputed log-probabilities" })
    }

    /// The sample's policy has the seed 0, its reference the seed 1.
    @Test(arguments: ["candidates", "pairs"])
    func aSampleIsRecomputedByTheModelItComesFrom(name: String) throws {
        for seed in [0, 1] as [UInt64] {
            #expect(try deep(name, BigramPolicy(seed: seed)).outcome == .passed)
        }
        let stranger = try deep(name, BigramPolicy(seed: 2))
        #expect(stranger.outcome == .failed)
        #expect(stranger.problems == ["the model is neither the policy of the set nor its reference"])
        #expect(try deep("rewards", BigramPolicy()).outcome == .skipped)

        try forge(
            name,
            "UPDATE completion SET reference_log_probability = reference_log_probability - 9 WHERE rowid = 1")
        #expect(try deep(name, BigramPolicy(seed: 0)).outcome == .passed)
        let found = try deep(name, BigramPolicy(seed: 1))
        #expect(found.outcome == .failed && found.problems.count == 1)
        #expect(found.problems[0].hasPrefix("the reference log-probability of completion "))
    }

    @Test func countsThatDoNotAddUpAreFound() throws {
        try forge("candidates", "SELECT 1") { $0.counts.recordsIn += 1 }
        #expect(failed(try verify("candidates")) == ["conservation"])
    }

    @Test func aManifestThatNamesFilesElsewhereIsRefused() throws {
        let outside = "../candidates/shard-00000.sqlite"
        try forge("pairs", "SELECT 1") { $0.shards[0].file = outside }
        #expect(failed(try verify("pairs")) == ["manifest"])
    }

    @Test func lineageIsFoundInOtherFoldersWhenTheyAreNamed() throws {
        let elsewhere = try TemporaryFolder()
        let moved = elsewhere.file("moved")
        try FileManager.default.moveItem(atPath: sample.folder.file("candidates"), toPath: moved)
        let without = try verify("pairs")
        #expect(without.isSound)
        #expect(without.checks.first { $0.name == "lineage: pairs from candidates" }?.outcome == .skipped)
        let with = try VerifyStage(sample.folder.file("pairs"), lineage: [moved]).run { _ in .more }
        #expect(with.checks.first { $0.name == "lineage: pairs from candidates" }?.outcome == .passed)
    }

    @Test func verificationStopsWhenTold() throws {
        #expect(throws: Interrupted.self) { try VerifyStage(sample.folder.file("pairs")).run { _ in .stop } }
    }
}
