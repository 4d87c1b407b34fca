public import AlignData
import Foundation
import Report

/// Minimises an objective over a source of groups, one optimizer step a batch.
///
/// It does not know what it trains: a softmax over three arms and a transformer go through the same code.
/// With a folder, the run can be interrupted or killed at any time and the same call goes on; the resumed run
/// has the same weights and writes the same metrics, bit for bit, as one that was not interrupted.
public final class Trainer {
    private let learner: Learner
    private let source: any GroupSource
    private let configuration: TrainerConfiguration
    private let folder: RunFolder?
    private let validation: Validation?
    private let facts: [String: String]
    /// `facts`, and in what other ways the steps before a resume were computed.
    private var allFacts: [String: String]

    private var state = RunFolder.Checkpoint(
        step: 0, position: StreamPosition(), tokenCount: 0, metricsBytes: 0, best: nil, end: nil, last: nil)
    private var savedStep: Int?
    private var damagedCheckpoints: [Int] = []
    /// What the newest validation of this call found, to show.
    private var reward: Double?
    private var kl: Double?
    /// For objectives that read ln π_ref of single tokens.
    private var tokenReference: TokenReference?
    /// Tokens computed by this call, and since when: to show their rate.
    private var computed = (tokens: 0, since: ContinuousClock.now)
    private var progress: ProgressHandler = { _ in .more }

    /// - Parameters:
    ///   - learner: what is trained, and what for.
    ///   - folder: for checkpoints and metrics; nil keeps nothing.
    ///   - validation: called every `validateEvery` steps.
    ///   - facts: named things beyond the configuration that decide the numbers ("precision"): a run resumes only
    ///     with the same, but for `ComputeFacts`.
    public init(
        _ learner: Learner, source: any GroupSource, configuration: TrainerConfiguration, folder: String?,
        validation: Validation? = nil, facts: [String: String] = [:]
    ) {
        self.learner = learner
        self.source = source
        self.configuration = configuration
        self.folder = folder.map { RunFolder(path: $0) }
        self.validation = validation
        self.facts = facts
        allFacts = facts
    }

    private var model: any TrainableModel { learner.model }
    private var objective: any Objective { learner.objective }

    /// Steps of the whole run.
    public var totalSteps: Int {
        let batch = configuration.groupsPerStep
        if let steps = configuration.steps { return steps }
        let (steps, overflows) = configuration.epochs.multipliedReportingOverflow(
            by: (source.groupCount + batch - 1) / batch)
        return overflows ? Int.max : steps
    }

    /// Trains to the end, from the newest checkpoint in the folder where there is one. The model then holds
    /// the final weights; saving them is the caller's.
    ///
    /// `progress` is told after every micro-batch; stopped within a step, the step is dropped (the model
    /// keeps its half gradient: go on with a model that is made anew).
    /// - Throws: `TrainingError`, what the model, source, objective or validation throw, and `Interrupted`
    ///   when `progress` answers `.stop`, after a checkpoint has been written.
    public func run(progress: ProgressHandler) throws -> TrainingReport {
        try configuration.validate()
        guard source.groupCount > 0 else { throw TrainingError.noGroups }
        return try withoutActuallyEscaping(progress) { progress in
            self.progress = progress
            computed = (0, .now)
            defer { self.progress = { _ in .more } }
            return try train()
        }
    }

    private func train() throws -> TrainingReport {
        try restore()
        let firstStep = state.step
        let alreadyComplete = state.end != nil
        if state.step == 0 { try begin() }
        if !alreadyComplete { try prepareTokenReference() }
        while state.end == nil { try advance() }
        return TrainingReport(
            end: state.end ?? .finished, steps: state.step, stepsNow: state.step - firstStep,
            tokenCount: state.tokenCount, last: state.last, best: state.best,
            bestCheckpoint: bestCheckpoint, alreadyComplete: alreadyComplete,
            damagedCheckpoints: damagedCheckpoints, facts: allFacts,
            notes: ComputeFacts.difference(of: allFacts, from: facts).map { [ComputeFacts.resumeNote($0)] }
                ?? [])
    }

    /// The best checkpoint is kept whatever comes after it, but for a best before the first step.
    private var bestCheckpoint: String? {
        guard let folder, let best = state.best, best.step > 0 else { return nil }
        return folder.checkpointPath(best.step)
    }

    // MARK: Beginning

    private func restore() throws {
        state = RunFolder.Checkpoint(
            step: 0, position: StreamPosition(), tokenCount: 0, metricsBytes: 0, best: nil, end: nil,
            last: nil)
        savedStep = nil
        damagedCheckpoints = []
        guard let folder else { return }
        var identity = RunFolder.Identity(
            configuration: TrainingConfiguration(objective, configuration), source: source.identity,
            facts: facts)
        let found = try folder.open(for: &identity)
        allFacts = identity.facts
        guard let found else { return }
        let checkpoint = found.checkpoint
        damagedCheckpoints = found.damaged
        try model.restoreState(from: folder.checkpointPath(checkpoint.step))
        state = checkpoint
        savedStep = checkpoint.step
    }

    /// Before the first step: is the policy the reference, and how good is it?
    private func begin() throws {
        try checkReference()
        if totalSteps == 0 { state.end = .finished }
        var metrics = StepMetrics(step: 0)
        if try validate(into: &metrics) {
            try folder?.append(metrics)
            state.last = metrics
        }
    }

    /// The log-ratios of some groups from all over the source must be 0: no reference model is in memory to
    /// notice later.
    private func checkReference() throws {
        guard let tolerance = configuration.referenceTolerance, objective.readsReference else { return }
        let sample = min(configuration.referenceSample, source.groupCount)
        var difference = 0.0
        var tokens = 0
        for index in 0..<sample {
            let position = StreamPosition(index: index * source.groupCount / sample)
            let groups = try source.batch(at: position, count: 1).groups
            for (group, outputs) in zip(groups, try model.outputs(of: groups.map(\.tokenGroup))) {
                for (candidate, output) in zip(group.candidates, outputs) {
                    difference += abs(output - candidate.referenceLogProbability)
                    tokens += candidate.tokens.count
                }
            }
            try report()
        }
        difference /= Double(max(tokens, 1))
        guard difference <= tolerance else {
            throw TrainingError.notTheReference(difference: difference, tolerance: tolerance)
        }
    }

    /// While the policy is the reference, it says ln π_ref of every token; later the run's folder does.
    private func prepareTokenReference() throws {
        guard case .tokens(let model, let objective) = learner, objective.readsTokenReference else { return }
        let path = folder?.tokenReferencePath
        if let path, let kept = try TokenReference(keptAt: path) {
            tokenReference = kept
            return
        }
        guard state.step == 0 else { throw TokenReference.damaged(path ?? "") }
        tokenReference = try TokenReference(
            of: source, by: model, passTokens: configuration.microBatchTokens, at: path
        ) { done in
            let now = AlignData.Progress(done: done, total: source.groupCount, unit: "reference groups")
            if progress(now) == .stop { throw Interrupted() }
        }
    }

    // MARK: A step

    private func nextBatch() throws -> GroupBatch {
        let left = source.groupCount - state.position.index
        return try source.batch(at: state.position, count: min(configuration.groupsPerStep, left))
    }

    private func advance() throws {
        let step = state.step + 1
        let batch = try nextBatch()
        var accumulator = StepAccumulator(objective: objective, batch: batch)
        for part in batch.parts(ofTokens: configuration.microBatchTokens) {
            try accumulateGradient(of: part, in: batch, into: &accumulator)
            computed.tokens += batch.groups[part].reduce(0) { $0 + $1.tokenCount }
            // The weights have not changed yet: stopping here is stopping after the last step.
            if part.upperBound < batch.groups.count { try report() }
        }
        guard accumulator.loss.isFinite else { throw notFinite("loss", step) }
        let rate = configuration.learningRate * scheduleFactor
        let norm = try model.step(learningRate: rate, maximumGradientNorm: configuration.maximumGradientNorm)
        guard norm.isFinite else { throw notFinite("gradient", step) }

        state.step = step
        state.position = batch.next
        state.tokenCount += accumulator.tokenCount
        var metrics = accumulator.metrics(step: step, hasReference: objective.readsReference)
        metrics[StepMetrics.Name.gradientNorm] = norm
        metrics[StepMetrics.Name.learningRate] = rate
        metrics[StepMetrics.Name.tokenCount] = Double(state.tokenCount)
        metrics[StepMetrics.Name.epoch] =
            Double(state.position.epoch) + Double(state.position.index) / Double(source.groupCount)
        if step >= totalSteps { state.end = .finished }
        let isBest = try validateIfDue(into: &metrics)
        try folder?.append(metrics)
        state.last = metrics
        if isDue(step) || isBest || state.end != nil { try save() }
        if state.end == nil { try report() } else { _ = progress(progressNow) }
    }

    private func accumulateGradient(
        of part: Range<Int>, in batch: GroupBatch, into accumulator: inout StepAccumulator
    ) throws {
        let groups = batch.groups[part].map(\.tokenGroup)
        switch learner {
        case .completions(let model, let objective):
            try model.accumulateGradient(of: groups) { outputs in
                guard outputs.joined().allSatisfy(\.isFinite) else { throw outputNotFinite }
                return try accumulator.coefficients(of: part, outputs: outputs, by: objective)
            }
        case .tokens(let model, let objective):
            try model.accumulateGradient(of: groups) { (outputs: [[TokenSeries]]) in
                guard
                    outputs.joined().allSatisfy({
                        $0.logProbability.isFinite && $0.values.allSatisfy(\.isFinite)
                    })
                else { throw outputNotFinite }
                return try accumulator.coefficients(
                    of: part, outputs: outputs, reference: tokenReference, by: objective)
            }
        }
    }

    private var outputNotFinite: TrainingError { notFinite("model's output", state.step + 1) }

    private var scheduleFactor: Double {
        configuration.schedule.factor(
            step: state.step, total: totalSteps, warmupShare: configuration.warmupShare)
    }

    private func notFinite(_ what: String, _ step: Int) -> TrainingError {
        .notFinite(what: what, step: step, checkpoint: savedStep)
    }

    // MARK: Validation

    private func validateIfDue(into metrics: inout StepMetrics) throws -> Bool {
        guard let every = configuration.validateEvery, state.step.isMultiple(of: every) || state.end != nil
        else {
            return false
        }
        let before = state.best
        return try validate(into: &metrics) && state.best != before
    }

    /// - Returns: whether there was a validation.
    private func validate(into metrics: inout StepMetrics) throws -> Bool {
        guard let validation, configuration.validateEvery != nil else { return false }
        let result = try validation(state.step)
        for (name, value) in result.metrics {
            guard value.isFinite else { throw notFinite("validation's \(name)", state.step) }
            metrics[StepMetrics.Name.validationPrefix + name] = value
        }
        reward = result.metrics["reward"] ?? reward
        kl = result.metrics["kl"] ?? kl
        metrics[StepMetrics.Name.kl] = result.metrics["kl"]
        guard result.score.isFinite else { throw notFinite("validation's score", state.step) }
        if state.best.map({ result.score > $0.score }) ?? true {
            state.best = TrainingReport.Best(step: state.step, score: result.score)
            state.validationsSinceBest = 0
        } else {
            state.validationsSinceBest += 1
        }
        if let patience = configuration.patience, state.validationsSinceBest >= patience, state.end == nil {
            state.end = .scoreFell
        }
        if let limit = configuration.klLimit, let kl = result.metrics["kl"], kl > limit {
            state.end = .klLimit
        }
        return true
    }

    // MARK: Keeping and telling

    private func isDue(_ step: Int) -> Bool {
        configuration.checkpointEvery.map { step.isMultiple(of: $0) } ?? false
    }

    private func save() throws {
        guard let folder, savedStep != state.step else { return }
        try folder.save(state, of: model, keep: configuration.keepCheckpoints, isDue: isDue)
        savedStep = state.step
    }

    private var progressNow: AlignData.Progress {
        var progress = AlignData.Progress(done: state.step, total: totalSteps, unit: "steps")
        func show(_ name: String, _ key: String) {
            guard let value = state.last?[key] else { return }
            progress.figures.append((name, value.significant(4)))
        }
        show("loss", StepMetrics.Name.loss)
        show("accuracy", StepMetrics.Name.accuracy)
        show("margin", StepMetrics.Name.margin)
        show("log-ratio", StepMetrics.Name.dataLogRatio)
        if let reward { progress.figures.append(("reward", reward.significant(4))) }
        if let kl { progress.figures.append(("kl", kl.significant(4))) }
        if let best = state.best { progress.figures.append(("best", best.score.significant(4))) }
        let seconds = (ContinuousClock.now - computed.since) / .seconds(1)
        if computed.tokens > 0, seconds > 0 {
            progress.figures.append(("tokens/s", (Double(computed.tokens) / seconds).fixed(0)))
        }
        return progress
    }

    private func report() throws {
        guard progress(progressNow) == .stop else { return }
        if state.step > 0 { try save() }
        throw Interrupted()
    }
}
