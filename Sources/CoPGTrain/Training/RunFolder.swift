import AlignData
import Foundation

/// A training run on disk:
///
///     run.json                what is being trained: a run goes on only with the same
///     metrics.jsonl           one line a step
///     events.out.tfevents     the same for TensorBoard
///     token-reference.sqlite    ln π_ref of every token, for objectives that read it
///     checkpoint-000050/      the model's own files, and trainer.json
///
/// A checkpoint is written as `checkpoint-000050.partial`, synced, and renamed, so one that has its name is
/// whole.
struct RunFolder {
    /// What decides the course of a run.
    struct Identity: Hashable, Codable {
        var configuration: TrainingConfiguration
        var source: String
        /// Named things beyond these that decide the numbers: "precision", "weight-decay", and `ComputeFacts`.
        var facts: [String: String]

        /// What must be equal to go on.
        var strict: Identity {
            var identity = self
            identity.facts = ComputeFacts.removed(from: facts)
            return identity
        }
    }

    /// trainer.json: where the run was.
    struct Checkpoint: Hashable, Codable {
        var step: Int
        var position: StreamPosition
        var tokenCount: Int
        /// The length of metrics.jsonl.
        var metricsBytes: Int
        var best: TrainingReport.Best?
        /// Validations since the best.
        var validationsSinceBest = 0
        /// There are no more steps.
        var end: TrainingReport.End?
        var last: StepMetrics?
        /// SHA-256 of the model's files, by name.
        var files: [String: String] = [:]
        /// SHA-256 of this record as canonical JSON with an empty digest.
        var digest = ""
    }

    /// What `open` found.
    struct Found {
        /// The newest checkpoint that is whole.
        var checkpoint: Checkpoint
        /// Newer ones that were damaged, and have been removed.
        var damaged: [Int]
    }

    let path: String

    var metricsPath: String { path + "/metrics.jsonl" }
    var tokenReferencePath: String { path + "/token-reference.sqlite" }
    private var events: EventFile { EventFile(path: path + "/" + EventFile.name) }

    func checkpointPath(_ step: Int) -> String {
        let digits = String(step)
        return path + "/checkpoint-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    // MARK: Opening

    /// Makes the folder ready for `identity` and removes what a killed run left half-written. Where steps were computed
    /// with other `ComputeFacts`, `identity` gets those too.
    /// - Returns: the newest checkpoint that is whole, or nil when there is none at all.
    /// - Throws: `TrainingError.anotherRun`; `TrainingError.damaged` when no checkpoint is whole.
    func open(for identity: inout Identity) throws -> Found? {
        try Files.makeFolder(path)
        let entries = try Files.entries(of: path)
        let record = path + "/run.json"
        if entries.contains("run.json") {
            let bytes = try Files.read(record)
            guard let found = try? JSONText.decode(Identity.self, from: bytes) else {
                throw TrainingError.anotherRun(folder: path, difference: "its run.json cannot be read")
            }
            guard found.strict == identity.strict else {
                throw TrainingError.anotherRun(
                    folder: path,
                    difference: try RunDifference.sentence(found.strict, identity.strict))
            }
            if try !self.steps().isEmpty { identity.facts = ComputeFacts.merged(found.facts, identity.facts) }
            if identity != found { try Files.replace(record, withJSON: identity) }
        } else if entries.contains("metrics.jsonl")
            || entries.contains(where: { $0.hasPrefix("checkpoint-") })
        {
            throw TrainingError.anotherRun(
                folder: path, difference: "there are checkpoints without a run.json")
        } else {
            try Files.replace(record, withJSON: identity)
        }
        try Files.removePartials(in: path)
        for entry in entries where entry.hasPrefix("checkpoint-") && entry.hasSuffix(".partial") {
            try Files.removeTree(path + "/" + entry)
        }
        let steps = try steps()
        guard !steps.isEmpty else {
            try truncateMetrics(to: 0)
            return nil
        }
        var damaged: [Int] = []
        var newest: TrainingError?
        for step in steps.reversed() {
            do {
                let checkpoint = try checkpoint(step)
                for step in damaged { try Files.removeTree(checkpointPath(step)) }
                try truncateMetrics(to: checkpoint.metricsBytes)
                return Found(checkpoint: checkpoint, damaged: damaged)
            } catch let error as TrainingError {
                guard case .damaged = error else { throw error }
                newest = newest ?? error
                damaged.append(step)
            }
        }
        throw newest ?? .anotherRun(folder: path, difference: "it has no checkpoint that is whole")
    }

    private func truncateMetrics(to length: Int) throws {
        try Files.truncate(metricsPath, to: length)
        try events.write(StepMetrics.read(from: metricsPath))
    }

    /// The checkpoint of `step`, once its bytes have been found to be those that were written.
    /// - Throws: `TrainingError.damaged`.
    private func checkpoint(_ step: Int) throws -> Checkpoint {
        let folder = checkpointPath(step)
        let file = folder + "/trainer.json"
        guard FileManager.default.fileExists(atPath: file),
            let found = try? JSONText.decode(Checkpoint.self, from: Files.read(file)),
            try RunFolder.digest(of: found) == found.digest
        else { throw TrainingError.damaged(file: file, what: "the checkpoint's record is damaged") }
        guard found.step == step else {
            throw TrainingError.damaged(
                file: file, what: "the checkpoint is of another step than its name says")
        }
        for (name, hash) in found.files.sorted(by: { $0.key < $1.key }) {
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path), try FileHash.sha256(ofFile: path) == hash
            else {
                throw TrainingError.damaged(file: path, what: "a file of the checkpoint is damaged")
            }
        }
        guard Files.size(metricsPath) ?? 0 >= found.metricsBytes else {
            throw TrainingError.damaged(file: metricsPath, what: "the metrics end before the checkpoint")
        }
        return found
    }

    private static func digest(of checkpoint: Checkpoint) throws -> String {
        var blank = checkpoint
        blank.digest = ""
        return FileHash.sha256(try JSONText.data(blank))
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
        try Files.append(JSONText.data(metrics) + Data("\n".utf8), to: metricsPath)
        try events.append(metrics)
    }

    /// Writes a checkpoint aside and renames it, then removes the others except the best and the newest that are
    /// due. What remains does not depend on where a run was interrupted.
    /// - Parameters:
    ///   - keep: so many checkpoints, the new one counted.
    ///   - isDue: whether a step has a checkpoint in a run that is not interrupted.
    func save(_ checkpoint: Checkpoint, of model: any TrainableModel, keep: Int, isDue: (Int) -> Bool) throws
    {
        var checkpoint = checkpoint
        try Files.synchronize(metricsPath)
        checkpoint.metricsBytes = Files.size(metricsPath) ?? 0
        let final = checkpointPath(checkpoint.step)
        let partial = final + ".partial"
        try Files.removeTree(partial)
        try Files.makeFolder(partial)
        do {
            try model.saveState(to: partial)
            checkpoint.files = [:]
            for name in try Files.entries(of: partial) {
                checkpoint.files[name] = try FileHash.sha256(ofFile: partial + "/" + name)
            }
            checkpoint.digest = try RunFolder.digest(of: checkpoint)
            try Files.replace(partial + "/trainer.json", withJSON: checkpoint)
            try Files.synchronizeTree(partial)
        } catch {
            // Room for others on a full disk.
            try? Files.removeTree(partial)
            throw error
        }
        try Files.rename(synchronized: partial, to: final)
        let others = try steps().filter { $0 != checkpoint.step }
        let counts = isDue(checkpoint.step) || checkpoint.end != nil
        let kept = others.filter { isDue($0) && $0 < checkpoint.step }.suffix(max(keep, 1) - (counts ? 1 : 0))
        for step in others where !kept.contains(step) && step != checkpoint.best?.step {
            try Files.removeTree(checkpointPath(step))
        }
    }
}
