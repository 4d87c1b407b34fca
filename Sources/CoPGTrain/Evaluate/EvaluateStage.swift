public import AlignData
import Foundation

/// Compares a policy with its reference on the same prompts, with the same random numbers.
///
/// The output folder gets `reference.json` and `policy.json` (every completion and what was measured of it),
/// `evaluation.json`, `evaluation.md` and `report.html`; and `training.json`, what is known of the policy's training,
/// for `Comparison`. A run that was interrupted goes on after the side that is
/// complete.
public struct EvaluateStage {
    private let corpus: String
    private let policy: any MeasurablePolicy
    private let reference: any MeasurablePolicy
    private let scorer: any RewardScorer
    private let tokenizer: Tokenizer
    private let configuration: EvaluateConfiguration
    private let training: TrainedRun?
    private let referenceReport: String?
    private let output: String
    private let facts: [String: String]

    /// - Parameters:
    ///   - training: the run that trained the policy, where it is known: for the report's curves.
    ///   - referenceReport: the output of another evaluation of the same experiment, whose reference side is taken
    ///     over instead of being drawn again.
    ///   - facts: named things beyond the configuration that decide the numbers ("precision").
    public init(
        corpus: String, policy: any MeasurablePolicy, reference: any MeasurablePolicy,
        scorer: any RewardScorer,
        tokenizer: Tokenizer, configuration: EvaluateConfiguration, training: TrainedRun? = nil,
        referenceReport: String? = nil,
        output: String, facts: [String: String] = [:]
    ) {
        self.corpus = corpus
        self.policy = policy
        self.reference = reference
        self.scorer = scorer
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.training = training
        self.referenceReport = referenceReport
        self.output = output
        self.facts = facts
    }

    static let trainingFile = "training.json"

    /// `run.json`: what is compared and how. A folder holds one comparison.
    struct Identity: Codable, Hashable {
        var configuration: EvaluateConfiguration
        var facts: [String: String]

        /// What must be equal to go on.
        var strict: Identity {
            var identity = self
            identity.facts = ComputeFacts.removed(from: facts)
            return identity
        }

        /// What two evaluations of one experiment have in common.
        var withoutPolicy: Identity {
            var identity = strict
            identity.facts["policy"] = nil
            return identity
        }
    }

    /// One side, as it is kept.
    private struct Side: Codable {
        var drawn: [PolicyProbe.Drawn]
        /// SHA-256 of `drawn` as canonical JSON.
        var digest: String

        init(_ drawn: [PolicyProbe.Drawn]) throws {
            self.drawn = drawn
            digest = FileHash.sha256(try JSONText.data(drawn))
        }

        /// The side in the file; nil when there is none that is whole.
        static func kept(at path: String) throws -> [PolicyProbe.Drawn]? {
            guard FileManager.default.fileExists(atPath: path),
                let side = try? JSONText.decode(Side.self, from: Files.read(path)),
                try Side(side.drawn).digest == side.digest
            else { return nil }
            return side.drawn
        }
    }

    /// - Returns: the comparison, beside the report.
    /// - Throws: `NothingToEvaluate`, `ModelMismatch`; `TrainingError.anotherRun` when the folder holds another
    ///   comparison; `ShardError`; `Interrupted`; what the models throw.
    public func run(progress: ProgressHandler) throws -> (report: StageReport, evaluation: Evaluation) {
        let shardSet = try ShardSet(opening: corpus, kind: .corpus)
        try ModelMismatch.check(.tokenizer, shardSet.manifest.facts["tokenizer"], tokenizer.hash, in: corpus)
        let context = min(policy.contextLength, reference.contextLength, scorer.contextLength ?? Int.max)
        let room = max(0, context - configuration.sampling.maxTokens)
        let split = try PolicyProbe.all(of: shardSet, split: configuration.split)
        let all = split.prefix(configuration.maxPrompts ?? split.count)
        let prompts = all.filter { !$0.tokens.isEmpty && $0.tokens.count <= room }
        guard !prompts.isEmpty else {
            throw NothingToEvaluate(split: configuration.split, prompts: all.count, path: corpus)
        }
        let reference = self.reference
        let probe = PolicyProbe(
            prompts: prompts, sampling: configuration.sampling, scorer: scorer, tokenizer: tokenizer,
            unfinishedReward: configuration.unfinishedReward, reference: { reference })
        let lock = try StageFolder.claim(output, mark: "run.json")
        defer { withExtendedLifetime(lock) {} }
        let identity = Identity(
            configuration: configuration,
            facts: facts.merging([
                "corpus": shardSet.manifestHash, "policy": policy.modelID,
                "reference": reference.modelID, "scorer": scorer.scorerID,
            ]) { $1 })
        var notes: [String] = []
        let alreadyComplete = try begin(identity, &notes)
        if let referenceReport { try takeReference(from: referenceReport, identity) }
        let total = 2 * prompts.count * configuration.sampling.candidates
        func side(_ name: String, _ model: any MeasurablePolicy, from start: Int) throws -> [PolicyProbe
            .Drawn]
        {
            let path = EvaluateStage.path(of: name, in: output)
            if let kept = try Side.kept(at: path) { return kept }
            let drawn = try probe.measure(model) { done in
                let now = Progress(
                    done: start + done, total: total, unit: "completions", figures: [("of", name)])
                if progress(now) == .stop { throw Interrupted() }
            }
            try Files.replace(path, withJSON: Side(drawn))
            return drawn
        }
        let counts = Self.counts(of: all, measured: prompts.count)
        let before = try side(EvaluateStage.referenceSide, reference, from: 0)
        let after = try side("policy", policy, from: total / 2)
        let evaluation = try Evaluation(
            before: before.map(\.result), after: after.map(\.result), beforeName: "reference",
            afterName: "policy", rejected: counts.rejected)
        if let training { try Files.replace(output + "/" + EvaluateStage.trainingFile, withJSON: training) }
        try evaluation.write(
            to: output, title: "Policy against reference", metrics: training?.metrics ?? [],
            samples: samples(prompts, before, after))
        var report = StageReport(
            stage: "evaluate", output: output, counts: counts, alreadyComplete: alreadyComplete)
        report.notes = notes
        return (report, evaluation)
    }

    private static func counts(of prompts: ArraySlice<Prompt>, measured: Int) -> StageCounts {
        var counts = StageCounts()
        counts.recordsIn = prompts.count
        counts.recordsOut = measured
        let empty = prompts.count(where: \.tokens.isEmpty)
        if empty > 0 { counts.rejected[IngestStage.emptyPrompt] = empty }
        let long = prompts.count - measured - empty
        if long > 0 { counts.rejected[IngestStage.promptTooLong] = long }
        return counts
    }

    /// Makes the folder the one of this comparison.
    /// - Returns: whether the comparison is there already.
    private func begin(_ identity: Identity, _ notes: inout [String]) throws -> Bool {
        let path = output + "/run.json"
        let isComplete = FileManager.default.fileExists(atPath: output + "/evaluation.json")
        guard FileManager.default.fileExists(atPath: path) else {
            try Files.replace(path, withJSON: identity)
            return isComplete
        }
        guard let found = try? JSONText.decode(Identity.self, from: Files.read(path)) else {
            throw TrainingError.anotherRun(folder: output, difference: "its run.json cannot be read")
        }
        guard found.strict == identity.strict else {
            throw TrainingError.anotherRun(
                folder: output, difference: try RunDifference.sentence(found.strict, identity.strict),
                isComplete: isComplete)
        }
        if let difference = ComputeFacts.difference(of: found.facts, from: identity.facts) {
            notes.append(
                isComplete ? ComputeFacts.completeNote(difference) : ComputeFacts.resumeNote(difference))
            if !isComplete {
                var merged = identity
                merged.facts = ComputeFacts.merged(found.facts, identity.facts)
                try Files.replace(path, withJSON: merged)
            }
        }
        return isComplete
    }

    private static let referenceSide = "reference"

    private static func path(of side: String, in folder: String) -> String { "\(folder)/\(side).json" }

    /// Copies the reference's side of a comparison that differs from this one in its policy alone.
    private func takeReference(from folder: String, _ identity: Identity) throws {
        let path = EvaluateStage.path(of: EvaluateStage.referenceSide, in: folder)
        guard let found = try? JSONText.decode(Identity.self, from: Files.read(folder + "/run.json")),
            let side = try Side.kept(at: path)
        else { throw ComparisonError.notAReport(folder: folder) }
        guard found.withoutPolicy == identity.withoutPolicy else {
            throw ComparisonError.anotherExperiment(folder: folder)
        }
        try Files.replace(
            EvaluateStage.path(of: EvaluateStage.referenceSide, in: output), withJSON: Side(side))
    }

    private func samples(
        _ prompts: [Prompt], _ before: [PolicyProbe.Drawn], _ after: [PolicyProbe.Drawn]
    ) -> [EvaluationSample] {
        prompts.indices.prefix(configuration.samples).map { index in
            EvaluationSample(
                prompt: prompts[index].text, reference: prompts[index].references.first?.text,
                before: before[index].texts[0], beforeReward: before[index].result.completions[0].reward,
                after: after[index].texts[0], afterReward: after[index].result.completions[0].reward)
        }
    }
}
