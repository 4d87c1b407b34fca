public import AlignData
import Foundation

/// A reward model that can be trained and saved.
public protocol SavableRewardModel: TrainableModel {
    /// Writes the model into `folder` in the form that it is loaded from.
    func saveModel(to folder: String) throws
}

/// Trains a reward model on labelled preferences by Bradley–Terry and saves it, with its accuracy on held-out pairs:
/// pairs of documents that no training pair is about.
public struct TrainRewardStage {
    public static let name = "train-reward"

    private let data: RewardData
    private let model: any SavableRewardModel
    private let backboneID: String
    private let configuration: TrainerConfiguration
    private let output: String
    private let facts: [String: String]
    private let allowedRejections: Double

    /// The share of the labelled preferences that may be rejected before the report says that there were too many.
    public static let defaultAllowedRejections = IngestConfiguration().allowedRejections

    /// - Parameters:
    ///   - data: pairs of split `train` are trained on, the others held out.
    ///   - backboneID: the hash of the language model that training starts from.
    ///   - facts: named things beyond the configuration that decide the numbers ("precision"); a run goes on only
    ///     with the same.
    ///   - allowedRejections: the share of the labelled preferences that may be rejected. It decides no numbers.
    public init(
        data: RewardData, model: any SavableRewardModel, backboneID: String,
        configuration: TrainerConfiguration, output: String, facts: [String: String] = [:],
        allowedRejections: Double = TrainRewardStage.defaultAllowedRejections
    ) {
        self.data = data
        self.allowedRejections = allowedRejections
        self.model = model
        self.backboneID = backboneID
        self.configuration = configuration
        self.output = output
        self.facts = facts
    }

    public static let objective = BradleyTerry()

    /// The paper trains reward models with another learning rate and length than policies; there is no reference to be
    /// checked.
    public static var defaultConfiguration: TrainerConfiguration {
        var configuration = TrainerConfiguration()
        configuration.groupsPerStep = 16
        configuration.learningRate = 1e-5
        configuration.referenceTolerance = nil
        return configuration
    }

    public func run(progress: @escaping ProgressHandler) throws -> StageReport {
        let (preferences, inputs) = (data.pairs, data.inputs)
        let trainingDocuments = Set(preferences.lazy.filter { $0.split == .train }.map(\.documentID))
        let training = preferences.filter { $0.split == .train }
        let heldOut = preferences.filter { $0.split != .train && !trainingDocuments.contains($0.documentID) }
        guard !training.isEmpty else { throw NoPreferences(counts: data.counts) }
        let recorded = TrainingConfiguration(Self.objective, configuration)
        func told(_ record: TrainingRecord) -> StageReport {
            var stage = record.stageReport(Self.name, output: output, groups: training.count)
            stage.counts = data.counts
            stage.tooManyRejections = data.rejectedShare > allowedRejections
            stage.figures.insert(StageReport.Figure("held out", "\(heldOut.count)"), at: 0)
            stage.figures.insert(StageReport.Figure("trained on", "\(training.count)"), at: 0)
            return stage
        }
        func completed() throws -> StageReport? {
            try TrainingRecord.completed(
                in: output, kind: TrainingRecord.rewardModel, data: inputs, startedFrom: backboneID,
                configuration: recorded, facts: facts
            ).map(told)
        }
        if let report = try completed() { return report }
        let lock = try StageFolder.claim(output, mark: "training")
        defer { withExtendedLifetime(lock) {} }
        // Another process may have finished the run between our look and our lock.
        if let report = try completed() { return report }
        let identity =
            inputs.map { "\($0.role)=\($0.sha256)" }.joined(separator: ";") + ";backbone=\(backboneID)"
        let source = ArrayGroupSource(preferences: training, identity: identity, seed: configuration.seed)
        let trainer = Trainer(
            .completions(model, Self.objective), source: source, configuration: configuration,
            folder: output + "/training", validation: heldOut.isEmpty ? nil : { _ in try validate(heldOut) },
            facts: facts)
        let report = try trainer.run(progress: progress)
        let record = TrainingRecord(
            kind: TrainingRecord.rewardModel, data: inputs, startedFrom: backboneID,
            configuration: recorded, counts: data.counts, report: report)
        if configuration.saves == .best, let best = report.bestCheckpoint {
            try model.restoreState(from: best)
        }
        try RejectionFile(rejections: data.rejections, filtered: data.filtered).write(to: output)
        try model.saveModel(to: output)
        try ModelCard(record: record).write(to: output)
        try record.write(to: output)
        return told(record)
    }

    /// Accuracy, margin and Bradley–Terry loss on the held-out pairs; a tie counts one half.
    private func validate(_ heldOut: [PreferencePair]) throws -> ValidationResult {
        let outputs = try model.outputs(
            of: heldOut.map { TokenGroup(prompt: $0.promptTokens, completions: [$0.chosen, $0.rejected]) })
        let margins = outputs.map { $0[0] - $0[1] }
        let accuracy = MeanEstimate(margins.map { $0 > 0 ? 1 : $0 == 0 ? 0.5 : 0 })
        let loss = MeanEstimate(margins.map { $0 > 0 ? log1p(exp(-$0)) : log1p(exp($0)) - $0 })
        var metrics = [
            "accuracy": accuracy.mean, "loss": loss.mean, "margin": MeanEstimate(margins).mean,
        ]
        metrics["accuracy_se"] = accuracy.standardError
        return ValidationResult(score: accuracy.mean, metrics: metrics)
    }
}

/// There is nothing to train on.
public struct NoPreferences: DescribedError {
    let counts: StageCounts

    public var category: FailureCategory { .badData }
    public var summary: String {
        "there are no preferences to train on: of \(counts.recordsIn) records, \(counts.rejectedTotal) were rejected, "
            + "\(counts.filteredTotal) left out by rule and \(counts.recordsOut) are of held-out splits"
    }
    public var hint: String? {
        let most = counts.rejected.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return (most.map { "most were rejected as \($0.key); " } ?? "")
            + "check the recipe's preferences and split against the data"
    }
}
