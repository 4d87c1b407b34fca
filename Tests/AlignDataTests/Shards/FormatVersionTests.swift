import Foundation
import Testing

@testable import AlignData

/// `Resources/Version1` holds a set of each kind as the tool wrote them when the format had version 1: three prompts of
/// letters, two rejected or filtered records, reference summaries, completions with scores.
@Suite struct FormatVersionTests {
    let folder: TemporaryFolder
    let tokenizer: Tokenizer

    init() throws {
        folder = try TemporaryFolder()
        tokenizer = try BigramPolicy.tokenizer(in: folder)
    }

    private static let sets = Bundle.module.bundleURL.appendingPathComponent("Resources/Version1").path

    /// What was not looked at, or is wrong. The source is gone.
    private static func unproved(_ report: VerificationReport) -> [String] {
        report.checks.filter { $0.outcome != .passed }.map(\.name).filter {
            $0 != "lineage: corpus from source"
        }
    }

    private func old(_ name: String) -> String { Self.sets + "/" + name }

    private func open(_ path: String, _ kind: ShardKind) throws -> ShardReader {
        try ShardSet(opening: path, kind: kind).shard(at: 0)
    }

    /// A copy that may be written.
    private func copy(_ name: String) throws -> String {
        try FileManager.default.copyItem(atPath: old(name), toPath: folder.file(name))
        return folder.file(name)
    }

    @Test(arguments: ShardKind.allCases)
    func aSetOfVersion1IsOpenedVerifiedAndInspected(kind: ShardKind) throws {
        let set = try ShardSet(opening: old(kind.rawValue), kind: kind)
        #expect(set.manifest.formatVersion == 1)
        let report = try VerifyStage(old(kind.rawValue)).run { _ in .more }
        #expect(report.isSound, "\(report.checks.flatMap(\.problems))")
        #expect(Self.unproved(report).isEmpty)
        let inspection = try Inspection(old(kind.rawValue))
        #expect(try !inspection.summary().text.isEmpty)
        #expect(try inspection.sample(count: 10, seed: 0).allSatisfy { !$0.text().isEmpty })
    }

    @Test func aChangedRowOfVersion1IsFound() throws {
        let path = try copy("corpus") + "/shard-00000.sqlite"
        try SQLiteShell(path, readonly: false).execute(
            "UPDATE prompt SET truncated_characters = 1 WHERE position = 0")
        let report = try VerifyStage(folder.file("corpus")).run { _ in .more }
        let digests = try #require(report.checks.first { $0.name == "row digests" })
        #expect(digests.outcome == .failed && report.checks.first { $0.name == "schema" }?.outcome == .passed)
    }

    @Test func promptsOfVersion1HaveTheIdsThatTheirDocumentsHave() throws {
        let corpus = try open(old("corpus"), .corpus).prompts()
        #expect(corpus.map(\.sourceID) == ["first", "2", nil, nil])
        #expect(corpus.allSatisfy { $0.extra.isEmpty })
        for kind in [ShardKind.candidates, .pairs] {
            let prompts = try open(old(kind.rawValue), kind).prompts()
            #expect(!prompts.isEmpty && prompts.allSatisfy { $0.sourceID == nil && $0.extra.isEmpty })
        }
    }

    @Test func pairsOfVersion1AreStreamedAndExported() throws {
        let set = try ShardSet(opening: old("pairs"), kind: .pairs)
        let stream = try PairStream(set, seed: 3)
        let batch = try stream.batch(at: StreamPosition(epoch: 0, index: 0), size: .groups(stream.count))
        let train = try set.shard(at: 0).positions(of: .train)
        #expect(try Set(batch.groups) == Set(set.shard(at: 0).groups(at: train)) && !train.isEmpty)
        var configuration = ExportConfiguration()
        configuration.format = .trlPreference
        let file = folder.file("pairs.jsonl")
        _ = try ExportStage(pairs: old("pairs"), configuration: configuration, output: file).run { _ in .more
        }
        #expect(try !String(contentsOfFile: file, encoding: .utf8).contains("source_id"))
    }

    @Test func whatIsMadeOfVersion1HasTheNewVersion() throws {
        var generation = GenerateConfiguration()
        generation.sampling.candidates = 2
        generation.sampling.maxTokens = 5
        _ = try GenerateStage(
            corpus: old("corpus"), sampler: BigramPolicy(), policy: BigramPolicy(), reference: nil,
            tokenizer: tokenizer,
            configuration: generation, output: folder.file("candidates")
        ).run { _ in .more }
        #expect(try open(folder.file("candidates"), .candidates).prompts().map(\.sourceID) == ["first", "2"])
        _ = try ScoreStage(
            candidates: old("candidates"), scorer: LetterScorer(), configuration: .init(),
            output: folder.file("rewards")
        ).run { _ in .more }
        _ = try PairsStage(
            candidates: old("candidates"), rewards: [old("rewards")], configuration: .init(),
            output: folder.file("pairs")
        ).run { _ in .more }
        for name in ["candidates", "rewards", "pairs"] {
            #expect(try ShardSet(opening: folder.file(name)).manifest.formatVersion == 2)
            let lineage = ["corpus", "candidates", "rewards"].map(old)
            let report = try VerifyStage(folder.file(name), lineage: lineage).run { _ in .more }
            #expect(Self.unproved(report).isEmpty, "\(name): \(report.checks)")
        }
        #expect(try open(folder.file("pairs"), .pairs).groups() == open(old("pairs"), .pairs).groups())
    }

    @Test func theSameCommandFindsASetOfVersion1Complete() throws {
        let report = try ScoreStage(
            candidates: old("candidates"), scorer: LetterScorer(), configuration: .init(),
            output: try copy("rewards")
        ).run { _ in .more }
        #expect(report.alreadyComplete)
    }

    @Test func anotherVersionIsRefusedByName() throws {
        let manifest = try copy("rewards") + "/manifest.json"
        let text = try String(contentsOfFile: manifest, encoding: .utf8)
        try Data(text.replacing("\"formatVersion\" : 1", with: "\"formatVersion\" : 3").utf8)
            .write(to: URL(fileURLWithPath: manifest))
        let error = #expect(throws: ShardError.self) { try ShardSet(opening: folder.file("rewards")) }
        #expect(error?.summary == "the shard set has format version 3, this tool reads versions 1 to 2")
    }
}
