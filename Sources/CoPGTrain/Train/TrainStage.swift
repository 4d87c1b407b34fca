public import AlignData
import Foundation

/// Trains a policy on a sealed pair set, or on the reference summaries of a corpus, and saves it.
///
/// The output folder holds the model, `training/` (metrics and kept checkpoints) and, last of all, `training.json`: with it
/// the run is complete, without it the same call goes on from the newest checkpoint.
public struct TrainStage {
    private let data: TrainingData
    private let policy: any SavablePolicy
    private let objective: AnyObjective
    private let policyID: String
    private let tokenizer: Tokenizer
    private let configuration: TrainerConfiguration
    private let output: String
    private let probe: PolicyProbe?
    private let facts: [String: String]

    /// - Parameters:
    ///   - policyID: the hash of the model that training starts from. It must be the one whose reference
    ///     log-probabilities the pairs carry.
    ///   - objective: any: those of this module, or the caller's own. One of tokens needs a policy with a value head.
    ///   - tokenizer: of the policy.
    ///   - probe: what validation draws and measures; nil validates nothing.
    ///   - facts: named things beyond the configuration that decide the numbers ("precision"); a run goes on only
    ///     with the same.
    public init(
        data: TrainingData, policy: any SavablePolicy, policyID: String, objective: AnyObjective,
        tokenizer: Tokenizer, configuration: TrainerConfiguration, output: String, probe: PolicyProbe? = nil,
        facts: [String: String] = [:]
    ) {
        self.data = data
        self.policy = policy
        self.policyID = policyID
        self.objective = objective
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.output = output
        self.probe = probe
        self.facts = facts
    }

    public func run(progress: @escaping ProgressHandler) throws -> StageReport {
        let shardSet = try open()
        try checkOrigin(of: shardSet)
        var facts = self.facts
        facts["validation"] = try probe?.identity()
        let (source, counts) = try source(of: shardSet)
        guard source.groupCount > 0 else { throw NoSummaries(path: data.path) }
        let recorded = TrainingConfiguration(objective.base, configuration)
        func told(_ record: TrainingRecord) -> StageReport {
            var report = record.stageReport("train", output: output, groups: source.groupCount)
            if let counts { report.counts = counts }
            return report
        }
        func completed() throws -> StageReport? {
            try TrainingRecord.completed(
                in: output, kind: TrainingRecord.policy, data: [shardSet.input], startedFrom: policyID,
                configuration: recorded, facts: facts
            ).map(told)
        }
        if let report = try completed() { return report }
        let lock = try StageFolder.claim(output, mark: "training")
        defer { withExtendedLifetime(lock) {} }
        // Another process may have finished the run between our look and our lock.
        if let report = try completed() { return report }
        let trainer = Trainer(
            learner, source: source, configuration: configuration, folder: output + "/training",
            validation: probe.map { probe in { _ in try validate(probe) } }, facts: facts)
        let report = try trainer.run(progress: progress)
        if configuration.saves == .best, let best = report.bestCheckpoint {
            try policy.restoreState(from: best)
        }
        let record = TrainingRecord(
            kind: TrainingRecord.policy, data: [shardSet.input], startedFrom: policyID,
            configuration: recorded, counts: counts, report: report)
        try policy.saveModel(to: output)
        try ModelCard(record: record, isAdapter: policy.isAdapter).write(to: output)
        try record.write(to: output)
        return told(record)
    }

    /// The data must be of this tokenizer, and where ln π_ref is read, of this model in this precision.
    private func checkOrigin(of shardSet: ShardSet) throws {
        let made = shardSet.manifest.facts
        try ModelMismatch.check(.tokenizer, made["tokenizer"], tokenizer.hash, in: data.path)
        guard objective.base.readsReference else { return }
        try ModelMismatch.check(.reference, made["reference"] ?? made["policy"], policyID, in: data.path)
        if configuration.referenceTolerance != nil, let precision = facts["precision"] {
            try ModelMismatch.check(.precision, made["precision"], precision, in: data.path)
        }
    }

    private var learner: Learner {
        switch objective {
        case .completions(let objective): .completions(policy, objective)
        case .tokens(let objective): .tokens(policy, objective)
        }
    }

    private func open() throws -> ShardSet {
        switch data {
        case .pairs(let path): try ShardSet(opening: path, kind: .pairs)
        case .summaries(let path): try ShardSet(opening: path, kind: .corpus)
        }
    }

    /// - Returns: the groups, and how they were read where that is not in the manifest of the set.
    private func source(of shardSet: ShardSet) throws -> (any GroupSource, StageCounts?) {
        switch data {
        case .pairs: (try PairSource(shardSet, seed: configuration.seed, policyID: policyID), nil)
        case .summaries: try summaries(of: shardSet)
        }
    }

    private func summaries(of corpus: ShardSet) throws -> (any GroupSource, StageCounts?) {
        let summaries = try ReferenceSummaries(
            of: corpus, endOfSequence: tokenizer.endOfSequence, contextLength: policy.contextLength)
        let source = ArrayGroupSource(
            summaries.groups, identity: "summaries(manifest=\(corpus.manifestHash));policy=\(policyID)",
            seed: configuration.seed)
        return (source, summaries.counts)
    }

    private func validate(_ probe: PolicyProbe) throws -> ValidationResult {
        let results = try probe.measure(policy.snapshot()).map(\.result)
        func estimate(_ metric: EvaluationMetric) -> MeanEstimate? {
            let means = results.compactMap { metric.mean(of: $0) }
            return means.isEmpty ? nil : MeanEstimate(means)
        }
        let reward = estimate(.reward) ?? MeanEstimate([])
        var metrics = ["reward": reward.mean]
        metrics["reward_se"] = reward.standardError
        metrics["kl"] = estimate(.kl)?.mean
        metrics["rouge_l"] = estimate(.rougeL)?.mean
        metrics["completions/mean_length"] = estimate(.length)?.mean
        metrics["completions/ended"] = estimate(.ended)?.mean
        return ValidationResult(score: reward.mean, metrics: metrics)
    }
}

/// Supervised training was asked for, and no prompt of the train split has a summary that fits the context.
public struct NoSummaries: DescribedError {
    let path: String

    public var category: FailureCategory { .badData }
    public var summary: String {
        "no prompt of the train split has a reference summary that fits the model's context beside it"
    }
    public var location: String? { path }
    public var hint: String? {
        "map `references` in the recipe and ingest again; `align-data inspect` shows the counts"
    }
}
