import AlignData
import CoPGTrain
import Foundation
import Testing

struct TrainerTests {
    private static func metrics(in folder: String) throws -> [StepMetrics] {
        try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(StepMetrics.self, from: Data($0.utf8))
        }
    }

    /// The bandit adds gradients in the order of the groups, so not one bit depends on the cut.
    @Test func theResultDoesNotDependOnTheMicroBatches() throws {
        var results: Set<[Double]> = []
        for form in CoPG.Form.allCases {
            results = []
            for tokens in [1, 2, 3, 4, 5, 6, 7, 9, 100] {
                var configuration = TrainingWorld.configuration
                configuration.microBatchTokens = tokens
                let policy = TrainingWorld.policy
                let objective = CoPG(beta: TrainingWorld.beta, form: form)
                _ = try TrainingWorld.trainer(
                    policy, .completions(objective), configuration: configuration, folder: nil
                ).run { _ in
                    .more
                }
                results.insert(policy.logits)
            }
            #expect(results.count == 1)
        }
    }

    /// Delivers every group of another source once with its count in the place of n equal ones.
    private final class CountingSource: GroupSource {
        private let groups: [CandidateGroup]
        private let counts: [Int]
        init(_ groups: [CandidateGroup], counts: [Int]) {
            self.groups = groups
            self.counts = counts
        }
        var identity: String { "counted" }
        var groupCount: Int { counts.reduce(0, +) }
        func batch(at position: StreamPosition, count: Int) -> GroupBatch {
            GroupBatch(groups: groups, counts: counts, next: StreamPosition(epoch: position.epoch + 1))
        }
    }

    @Test func aCountedGroupIsThatManyEqualGroups() throws {
        let counts = [3, 1, 0, 2, 5, 1, 1, 4, 2, 1, 6]
        let repeated = zip(TrainingWorld.groups, counts).flatMap { Array(repeating: $0, count: $1) }
        for form in CoPG.Form.allCases {
            var configuration = TrainingWorld.configuration
            let objective = AnyObjective.completions(CoPG(beta: TrainingWorld.beta, form: form))
            configuration.groupsPerStep = repeated.count
            let counted = TrainingWorld.policy
            let single = TrainingWorld.policy
            let countedReport = try TrainingWorld.trainer(
                counted, objective, source: CountingSource(TrainingWorld.groups, counts: counts),
                configuration: configuration,
                folder: nil
            ).run { _ in .more }
            let singleReport = try TrainingWorld.trainer(
                single, objective, source: ArrayGroupSource(repeated, identity: "repeated", seed: nil),
                configuration: configuration, folder: nil
            ).run { _ in .more }
            for (a, b) in zip(counted.logits, single.logits) { #expect(abs(a - b) < 1e-9) }
            for name in [StepMetrics.Name.loss, StepMetrics.Name.margin, StepMetrics.Name.dataLogRatio] {
                let (a, b) = (countedReport.last?[name] ?? 0, singleReport.last?[name] ?? 1)
                #expect(abs(a - b) < 1e-9, "\(name)")
            }
        }
    }

    @Test func theFirstStepsFiguresAreThoseOfTheReference() throws {
        try TrainingWorld.withFolder { folder in
            let report = try TrainingWorld.trainer(TrainingWorld.policy, folder: folder).run { _ in .more }
            let lines = try Self.metrics(in: folder)
            #expect(lines.map(\.step) == Array(0...9))
            #expect(lines[0].values.keys.sorted() == ["validation/reward"])
            #expect(
                lines[1]["loss"] == 0 && lines[1]["rewards/margins"] == 0 && lines[1]["logratios/mean"] == 0)
            #expect(lines[1]["rewards/accuracies"] == 0)
            #expect(lines[9]["loss"].map { $0 < 0 } == true)
            #expect(lines[9]["epoch"] == 3)
            // Every token of three epochs.
            let tokens = TrainingWorld.groups.reduce(0) { $0 + $1.tokenCount } * 3
            #expect(lines[9]["num_tokens"] == Double(tokens) && report.tokenCount == tokens)
            #expect(lines[3]["validation/reward"] != nil && lines[4]["validation/reward"] == nil)
            #expect(report.last == lines[9])
            let keys = try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8).split(
                separator: "\n")[4]
                .split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
            #expect(
                keys == [
                    "completions/mean_length", "epoch", "grad_norm", "logps/chosen", "logps/rejected",
                    "logratios/mean", "loss", "lr",
                    "num_tokens", "rewards/accuracies", "rewards/chosen", "rewards/margins",
                    "rewards/rejected",
                    "step",
                ])
        }
    }

    @Test func trainingRaisesTheRegularizedReward() throws {
        var configuration = TrainingWorld.configuration
        configuration.epochs = 400
        configuration.schedule = .linear
        let policy = TrainingWorld.policy
        _ = try TrainingWorld.trainer(policy, configuration: configuration, folder: nil).run { _ in .more }
        let problem = BanditProblem(
            rewards: TrainingWorld.rewards, reference: TrainingWorld.policy.probabilities, beta: 0.5)
        for (probability, optimal) in zip(policy.probabilities, problem.optimalPolicy) {
            #expect(abs(probability - optimal) < 1e-4)
        }
    }

    @Test func aBatchEndsWithTheEpoch() throws {
        final class Recorder: GroupSource {
            let source = TrainingWorld.source
            var asked: [[Int]] = []
            var identity: String { source.identity }
            var groupCount: Int { source.groupCount }
            func batch(at position: StreamPosition, count: Int) -> GroupBatch {
                asked.append([position.epoch, position.index, count])
                return source.batch(at: position, count: count)
            }
        }
        let recorder = Recorder()
        var configuration = TrainingWorld.configuration
        configuration.steps = 5
        configuration.referenceTolerance = nil
        let report = try TrainingWorld.trainer(
            TrainingWorld.policy, source: recorder, configuration: configuration, folder: nil
        ).run { _ in .more }
        #expect(report.steps == 5)
        #expect(recorder.asked == [[0, 0, 4], [0, 4, 4], [0, 8, 3], [1, 0, 4], [1, 4, 4]])
    }

    @Test(arguments: [Double.nan, .infinity, 1e200]) func aRewardThatIsNoNumberStopsTheRun(reward: Double)
        throws
    {
        var groups = TrainingWorld.groups
        groups[9].candidates[0].reward = reward
        try TrainingWorld.withFolder { folder in
            let source = ArrayGroupSource(groups, identity: "broken", seed: nil)
            // Group 9 is in the third batch; the checkpoint is of the second step.
            let error = #expect(throws: TrainingError.self) {
                try TrainingWorld.trainer(TrainingWorld.policy, source: source, folder: folder).run { _ in
                    .more
                }
            }
            guard case .notFinite(_, 3, 2)? = error else {
                Issue.record("another error: \(String(describing: error))")
                return
            }
            #expect(
                error?.summary.hasSuffix("is not finite at step 3; the checkpoint of step 2 is kept") == true)
            #expect(FileManager.default.fileExists(atPath: folder + "/checkpoint-000002/policy.json"))
            let steps = try Self.metrics(in: folder).map(\.step)
            #expect(steps == [0, 1, 2])
        }
    }

    @Test func anotherPolicyThanTheReferenceIsRefused() throws {
        let other = SoftmaxPolicy(logits: [1, 0, 0, 0])
        #expect {
            try TrainingWorld.trainer(other, folder: nil).run { _ in .more }
        } throws: { error in
            guard case TrainingError.notTheReference(_, 0.02) = error else { return false }
            return true
        }
        #expect(other.logits == [1, 0, 0, 0])
        var configuration = TrainingWorld.configuration
        configuration.referenceTolerance = nil
        _ = try TrainingWorld.trainer(other, configuration: configuration, folder: nil).run { _ in .more }
        #expect(other.logits != [1, 0, 0, 0])
    }

    @Test func theKLLimitStopsTheRunForGood() throws {
        try TrainingWorld.withFolder { folder in
            var configuration = TrainingWorld.configuration
            configuration.klLimit = 2.5
            for stepsNow in [3, 0] {
                let trainer = Trainer(
                    .completions(TrainingWorld.policy, CoPG(beta: TrainingWorld.beta)),
                    source: TrainingWorld.source, configuration: configuration, folder: folder,
                    validation: { ValidationResult(score: Double($0), metrics: ["kl": Double($0)]) })
                let report = try trainer.run { _ in .more }
                #expect(report.end == .klLimit && report.steps == 3 && report.stepsNow == stepsNow)
            }
        }
    }

    @Test func aScoreThatStaysBelowItsBestStopsTheRunForGood() throws {
        try TrainingWorld.withFolder { folder in
            var configuration = TrainingWorld.configuration
            configuration.validateEvery = 1
            configuration.patience = 3
            let scores: [Double] = [0, 1, 4, 3, 3.5, 2, 9]
            for stepsNow in [5, 0] {
                let trainer = Trainer(
                    .completions(TrainingWorld.policy, CoPG(beta: TrainingWorld.beta)),
                    source: TrainingWorld.source, configuration: configuration, folder: folder,
                    validation: { ValidationResult(score: scores[$0], metrics: [:]) })
                let report = try trainer.run { _ in .more }
                #expect(report.end == .scoreFell && report.steps == 5 && report.stepsNow == stepsNow)
                #expect(report.best?.step == 2 && report.best?.score == 4)
                #expect(report.bestCheckpoint?.hasSuffix("checkpoint-000002") == true)
            }
        }
    }

    @Test func theReferenceIsCheckedAllOverTheData() throws {
        var groups = TrainingWorld.groups
        groups[10].candidates[1].referenceLogProbability -= 2
        let source = ArrayGroupSource(groups, identity: "one wrong group", seed: nil)
        let error = #expect(throws: TrainingError.self) {
            _ = try TrainingWorld.trainer(TrainingWorld.policy, source: source, folder: nil).run { _ in .more
            }
        }
        guard case .notTheReference? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        // What reads no reference has none to check.
        _ = try TrainingWorld.trainer(
            TrainingWorld.policy, .completions(SupervisedFineTuning()), source: source, folder: nil
        ).run { _ in .more }
    }

    @Test func nothingToTrainOnIsAnError() {
        #expect(throws: TrainingError.noGroups) {
            let source = ArrayGroupSource([], identity: "empty", seed: nil)
            _ = try TrainingWorld.trainer(TrainingWorld.policy, source: source, folder: nil).run { _ in .more
            }
        }
    }

    /// An objective of the caller's own is trained and recorded as those of the module are.
    @Test func anyObjectiveCanBeTrained() throws {
        struct Likelihood: CompletionObjective {
            var identity: String { "mine(scale=2)" }
            var readsReference: Bool { false }
            func weight(rewards: [Double], pairs: [CompletionPair]) -> Double { 2 * Double(rewards.count) }
            func evaluate(_ group: ScoredGroup) -> ObjectiveValue {
                ObjectiveValue(
                    loss: -2 * group.logProbabilities.reduce(0, +),
                    coefficients: group.rewards.map { _ in -2 })
            }
        }
        let (own, known) = (TrainingWorld.policy, TrainingWorld.policy)
        try TrainingWorld.withFolder { folder in
            _ = try TrainingWorld.trainer(own, .completions(Likelihood()), folder: folder).run { _ in .more }
            let record = try String(contentsOfFile: folder + "/run.json", encoding: .utf8)
            #expect(record.contains("mine(scale=2)"))
        }
        _ = try TrainingWorld.trainer(known, .completions(SupervisedFineTuning()), folder: nil).run { _ in
            .more
        }
        #expect(own.logits == known.logits)
    }

    @Test func optionsThatCannotBeMeantAreNamed() throws {
        let changes: [(word: String, change: (inout TrainerConfiguration) -> Void)] = [
            ("epochs", { $0.epochs = -1 }), ("steps", { $0.steps = -1 }),
            ("group", { $0.groupsPerStep = 0 }), ("token", { $0.microBatchTokens = 0 }),
            ("learning rate", { $0.learningRate = .nan }), ("warm-up", { $0.warmupShare = 1.5 }),
            ("norm", { $0.maximumGradientNorm = 0 }), ("checkpoint", { $0.keepCheckpoints = 0 }),
            ("validations", { $0.validateEvery = 0 }), ("patience", { $0.patience = 0 }),
            ("reference", { $0.referenceSample = 0 }),
        ]
        for (word, change) in changes {
            var configuration = TrainerConfiguration()
            change(&configuration)
            let error = #expect(throws: TrainingError.self) { try configuration.validate() }
            #expect(error?.summary.contains(word) == true, "\(word)")
        }
        try TrainerConfiguration().validate()
    }

    @Test func preferencesAreShuffledAnewEveryEpochAndAllAreSeen() {
        let source = TrainingWorld.source
        var orders: Set<[RecordID]> = []
        for epoch in 0..<4 {
            let batch = source.batch(at: StreamPosition(epoch: epoch), count: 11)
            #expect(batch.next == StreamPosition(epoch: epoch + 1))
            #expect(Set(batch.groups.map(\.promptID)).count == 11)
            orders.insert(batch.groups.map(\.promptID))
        }
        #expect(orders.count == 4)
    }

    @Test(arguments: LearningRateSchedule.allCases) func theRateRisesToItsPeakAndThenFollowsItsSchedule(
        schedule: LearningRateSchedule
    ) {
        for total in 1...40 {
            for share in [0, 0.1, 0.5, 1] {
                let factors = (0..<total).map { schedule.factor(step: $0, total: total, warmupShare: share) }
                let warmup = Int((share * Double(total)).rounded(.up))
                #expect(factors.allSatisfy { $0 > 0 && $0 <= 1 })
                #expect(factors.max() == 1)
                for step in 1..<max(total, 1) {
                    let rises = factors[step] > factors[step - 1]
                    #expect(rises == (step < warmup))
                    if schedule != .constant, step > warmup { #expect(factors[step] < factors[step - 1]) }
                }
            }
        }
        #expect(LearningRateSchedule.linear.factor(step: 5, total: 10, warmupShare: 0) == 0.5)
        #expect(abs(LearningRateSchedule.cosine.factor(step: 5, total: 10, warmupShare: 0) - 0.5) < 1e-15)
    }
}
