public import AlignData
import Foundation

/// A policy that can be trained, looked at on the way, and saved: what the training stage needs of a language model.
public protocol SavablePolicy: TrainablePolicy {
    /// The policy as it is now, for drawing completions.
    func snapshot() throws -> any CompletionSampler
    /// Writes the model into `folder` in the form that it is loaded from.
    func saveModel(to folder: String) throws
}

/// Trains a policy on a sealed pair set and saves it.
///
/// The output folder holds the model, `training/` (metrics and kept checkpoints) and, last of all, `training.json`: with it
/// the run is complete, without it the same call goes on from the newest checkpoint.
public struct TrainStage {
    private let pairs: String
    private let policy: any SavablePolicy
    private let policyID: String
    private let tokenizerHash: String
    private let configuration: TrainerConfiguration
    private let output: String
    private let probe: PolicyProbe?
    private let facts: [String: String]

    /// - Parameters:
    ///   - policyID: the hash of the model that training starts from. It must be the one whose reference
    ///     log-probabilities the pairs carry.
    ///   - probe: what validation draws and measures; nil validates nothing.
    ///   - facts: named things beyond the configuration that decide the numbers ("precision"); a run goes on only
    ///     with the same.
    public init(
        pairs: String, policy: any SavablePolicy, policyID: String, tokenizerHash: String,
        configuration: TrainerConfiguration, output: String, probe: PolicyProbe? = nil,
        facts: [String: String] = [:]
    ) {
        self.pairs = pairs
        self.policy = policy
        self.policyID = policyID
        self.tokenizerHash = tokenizerHash
        self.configuration = configuration
        self.output = output
        self.probe = probe
        self.facts = facts
    }

    public func run(progress: @escaping ProgressHandler) throws -> StageReport {
        let shardSet = try ShardSet(opening: pairs, kind: .pairs)
        let made = shardSet.manifest.facts
        try ModelMismatch.check("reference", made["reference"] ?? made["policy"], policyID, in: pairs)
        try ModelMismatch.check("tokenizer", made["tokenizer"], tokenizerHash, in: pairs)
        var facts = self.facts
        facts["validation"] = try probe?.identity()
        let source = try PairSource(shardSet, seed: configuration.seed, policyID: policyID)
        func completed() throws -> StageReport? {
            try TrainingRecord.completed(
                in: output, kind: "policy", data: [shardSet.input], startedFrom: policyID,
                configuration: configuration, facts: facts
            )?.stageReport("train", output: output, groups: source.groupCount)
        }
        if let report = try completed() { return report }
        let lock = try StageFolder.claim(output, mark: "training")
        defer { withExtendedLifetime(lock) {} }
        // Another process may have finished the run between our look and our lock.
        if let report = try completed() { return report }
        let trainer = Trainer(
            model: policy, source: source, configuration: configuration, folder: output + "/training",
            validation: probe.map { probe in { _ in try validate(probe) } }, facts: facts)
        let report = try trainer.run(progress: progress)
        let record = TrainingRecord(
            kind: "policy", data: [shardSet.input], startedFrom: policyID, configuration: configuration,
            facts: facts, report: report)
        try policy.saveModel(to: output)
        try record.write(to: output)
        return record.stageReport("train", output: output, groups: source.groupCount)
    }

    private func validate(_ probe: PolicyProbe) throws -> ValidationResult {
        let results = try probe.measure(policy.snapshot()).map(\.result)
        func estimate(_ metric: EvaluationMetric) -> MeanEstimate? {
            let means = results.compactMap { metric.mean(of: $0) }
            return means.isEmpty ? nil : MeanEstimate(means)
        }
        let reward = estimate(.reward) ?? MeanEstimate([])
        var metrics = ["reward": reward.mean, "reward_se": reward.standardError]
        metrics["kl"] = estimate(.kl)?.mean
        metrics["rouge_l"] = estimate(.rougeL)?.mean
        metrics["completions/mean_length"] = estimate(.length)?.mean
        metrics["completions/ended"] = estimate(.ended)?.mean
        return ValidationResult(score: reward.mean, metrics: metrics)
    }
}

/// Data that was made with another model than the one given.
public struct ModelMismatch: DescribedError {
    let what: String
    let expected: String
    let given: String
    let path: String

    public var category: FailureCategory { .badData }
    public var summary: String {
        "the data was made with another \(what) (\(expected.prefix(12))…) than the one given (\(given.prefix(12))…)"
    }
    public var location: String? { path }
    public var hint: String? {
        what == "tokenizer"
            ? "give the model whose tokenizer the corpus was ingested with"
            : "give the model that was the reference in `align-data generate`, or generate again with this one"
    }

    /// Does nothing when the data does not say what it was made with.
    static func check(_ what: String, _ expected: String?, _ given: String, in path: String) throws {
        guard let expected, expected != given else { return }
        throw ModelMismatch(what: what, expected: expected, given: given, path: path)
    }
}
