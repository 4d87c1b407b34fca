import AlignData
import Foundation

/// A training run on disk:
///
///     run.json                what is being trained: a run goes on only with the same
///     metrics.jsonl           one line a step
///     checkpoint-000050/      the model's own files, and trainer.json
///
/// A checkpoint is written as `checkpoint-000050.partial`, synced, and renamed, so one that has its name is
/// whole.
struct RunFolder {
    /// What decides the course of a run.
    struct Identity: Hashable, Codable {
        var configuration: TrainerConfiguration
        var objective: String
        var source: String
    }

    /// trainer.json: where the run was.
    struct Checkpoint: Hashable, Codable {
        var step: Int
        var position: StreamPosition
        var tokenCount: Int
        /// The length of metrics.jsonl.
        var metricsBytes: Int
        var best: TrainingReport.Best?
        /// There are no more steps.
        var end: TrainingReport.End?
        var last: StepMetrics?
    }

    let path: String

    var metricsPath: String { path + "/metrics.jsonl" }

    func checkpointPath(_ step: Int) -> String {
        let digits = String(step)
        return path + "/checkpoint-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    // MARK: Opening

    /// Makes the folder ready for `identity` and removes what a killed run left half-written.
    /// - Returns: the newest checkpoint, or nil when there is none.
    func open(for identity: Identity) throws -> Checkpoint? {
        try Files.makeFolder(path)
        let entries = try Files.entries(of: path)
        let record = path + "/run.json"
        if entries.contains("run.json") {
            guard let found = try? Files.readJSON(Identity.self, from: record), found == identity else {
                throw TrainingError.anotherRun(folder: path)
            }
        } else if entries.contains("metrics.jsonl")
            || entries.contains(where: { $0.hasPrefix("checkpoint-") })
        {
            throw TrainingError.anotherRun(folder: path)
        } else {
            try Files.writeJSON(identity, to: record)
        }
        for entry in entries where entry.hasSuffix(".partial") { try Files.remove(path + "/" + entry) }
        guard let newest = try steps().last else {
            try Files.truncate(metricsPath, to: 0)
            return nil
        }
        let file = checkpointPath(newest) + "/trainer.json"
        let checkpoint = try Files.readJSON(Checkpoint.self, from: file)
        guard checkpoint.step == newest else {
            throw TrainingError.damaged(
                file: file, what: "the checkpoint is of another step than its name says")
        }
        guard try Files.size(metricsPath) >= checkpoint.metricsBytes else {
            throw TrainingError.damaged(
                file: metricsPath, what: "the metrics end before the newest checkpoint")
        }
        try Files.truncate(metricsPath, to: checkpoint.metricsBytes)
        return checkpoint
    }

    /// The steps that have a checkpoint, ascending.
    func steps() throws -> [Int] {
        try Files.entries(of: path).compactMap { entry in
            guard entry.hasPrefix("checkpoint-") else { return nil }
            return Int(entry.dropFirst("checkpoint-".count))
        }.sorted()
    }

    // MARK: Writing

    func append(_ metrics: StepMetrics) throws {
        try Files.append(Files.json(metrics, pretty: false) + Data("\n".utf8), to: metricsPath)
    }

    /// Writes a checkpoint aside and renames it, then removes the older ones beyond the `keep` newest, except
    /// the best.
    func save(_ checkpoint: Checkpoint, of model: any TrainableModel, keep: Int) throws {
        var checkpoint = checkpoint
        try Files.sync(metricsPath)
        checkpoint.metricsBytes = try Files.size(metricsPath)
        let final = checkpointPath(checkpoint.step)
        let partial = final + ".partial"
        try Files.remove(partial)
        try Files.makeFolder(partial)
        try model.saveState(to: partial)
        try Files.writeJSON(checkpoint, to: partial + "/trainer.json")
        try Files.syncTree(partial)
        try Files.rename(partial, to: final)
        try Files.sync(path)
        let steps = try steps()
        for step in steps.dropLast(max(keep, 1)) where step != checkpoint.best?.step {
            try Files.remove(checkpointPath(step))
        }
    }
}
