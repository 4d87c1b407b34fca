import AlignData
import Foundation
import Report

/// `training.json`: what a saved model was made from. Written last; holds no time and no absolute path.
struct TrainingRecord: Codable {
    static let policy = "policy"
    static let rewardModel = "reward-model"

    /// `policy` or `rewardModel`.
    var kind: String
    var toolVersion = alignDataVersion
    /// The sets and files that it was trained on, by hash.
    var data: [Manifest.Input]
    /// The hash of the model that training started from.
    var startedFrom: String
    var configuration: TrainingConfiguration
    /// What else decided the numbers: "precision", "weight-decay", and `ComputeFacts`.
    var facts: [String: String]
    /// How the data were read; nil where that is in the manifest of the set.
    var counts: StageCounts?
    var end: TrainingReport.End
    var steps: Int
    var tokens: Int
    var best: TrainingReport.Best?
    var lastMetrics: StepMetrics?
    /// The saved model's files.
    var files: [File] = []

    struct File: Codable {
        var name: String
        var bytes: Int
        var sha256: String
    }

    init(
        kind: String, data: [Manifest.Input], startedFrom: String, configuration: TrainingConfiguration,
        counts: StageCounts? = nil, report: TrainingReport
    ) {
        self.kind = kind
        self.counts = counts
        self.data = data
        self.startedFrom = startedFrom
        self.configuration = configuration
        facts = report.facts
        end = report.end
        steps = report.steps
        tokens = report.tokenCount
        best = report.best
        lastMetrics = report.last
        damagedCheckpoints = report.damagedCheckpoints.count
        notes = report.notes
    }

    private enum CodingKeys: String, CodingKey {
        case kind, toolVersion, data, startedFrom, configuration, facts, counts, end, steps, tokens, best
        case lastMetrics, files
    }

    /// What decides the model that is saved.
    private struct Plan: Codable, Equatable {
        var kind: String
        var data: [Manifest.Input]
        var startedFrom: String
        var configuration: TrainingConfiguration
        var facts: [String: String]
    }

    private var alreadyComplete = false
    private var damagedCheckpoints = 0
    private var notes: [String] = []

    private static func path(in folder: String) -> String { folder + "/training.json" }

    /// The record in a folder; nil where there is none that can be read.
    static func kept(in folder: String) throws -> TrainingRecord? {
        let path = path(in: folder)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try? JSONText.decode(TrainingRecord.self, from: Files.read(path))
    }

    /// The record of a folder whose training is complete: it is of this run, and the files that it lists are there
    /// in their sizes.
    /// - Returns: nil when there is still something to do.
    /// - Throws: `TrainingError.anotherRun` when the folder holds a finished run of something else.
    static func completed(
        in folder: String, kind: String, data: [Manifest.Input], startedFrom: String,
        configuration: TrainingConfiguration, facts: [String: String]
    ) throws -> TrainingRecord? {
        guard var found = try kept(in: folder) else { return nil }
        let kept = Plan(
            kind: found.kind, data: found.data, startedFrom: found.startedFrom,
            configuration: found.configuration, facts: ComputeFacts.removed(from: found.facts))
        let wanted = Plan(
            kind: kind, data: data, startedFrom: startedFrom, configuration: configuration,
            facts: ComputeFacts.removed(from: facts))
        guard kept == wanted else {
            throw TrainingError.anotherRun(
                folder: folder, difference: try RunDifference.sentence(kept, wanted), isComplete: true)
        }
        guard found.files.allSatisfy({ Files.size(folder + "/" + $0.name) == $0.bytes }) else {
            return nil
        }
        found.alreadyComplete = true
        if let difference = ComputeFacts.difference(of: found.facts, from: facts) {
            found.notes = [ComputeFacts.completeNote(difference)]
        }
        return found
    }

    /// Writes the record of a model that has been saved into `folder`.
    func write(to folder: String) throws {
        var record = self
        let names = try Files.entries(of: folder) + [RejectionFile.name]
        record.files = try names.compactMap { name in
            var isFolder: ObjCBool = false
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
                name != FolderLock.file, path != TrainingRecord.path(in: folder)
            else { return nil }
            return File(name: name, bytes: Files.size(path) ?? 0, sha256: try FileHash.sha256(ofFile: path))
        }
        try Files.replace(TrainingRecord.path(in: folder), withJSON: record)
    }

    func stageReport(_ stage: String, output: String, groups: Int) -> StageReport {
        var counts = StageCounts()
        counts.recordsIn = groups
        counts.recordsOut = groups
        var figures = [
            StageReport.Figure("steps", "\(steps)"), StageReport.Figure("tokens", "\(tokens)"),
        ]
        for name in ["reward", "kl", "accuracy"] {
            guard let value = lastMetrics?[StepMetrics.Name.validationPrefix + name] else { continue }
            figures.append(StageReport.Figure("validation \(name)", value.significant(4)))
        }
        if end != .finished { figures.append(StageReport.Figure("ended", end.rawValue)) }
        if let best {
            figures.append(
                StageReport.Figure("best", "\(best.score.significant(4)) at step \(best.step)"))
        }
        if damagedCheckpoints > 0 {
            figures.append(StageReport.Figure("damaged checkpoints", "\(damagedCheckpoints)"))
        }
        var report = StageReport(
            stage: stage, output: output, counts: counts, figures: figures, alreadyComplete: alreadyComplete)
        report.notes = notes
        return report
    }
}
