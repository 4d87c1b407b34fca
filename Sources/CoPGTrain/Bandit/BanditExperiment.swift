public import AlignData
import Foundation

/// The toy experiment of arXiv 2406.19185, section 5: a softmax policy over three arms, trained off-policy on
/// pairs that come from neither it nor its reference, through the same trainer and objectives as a language
/// model.
public struct BanditExperiment {
    let configuration: BanditConfiguration

    public init(_ configuration: BanditConfiguration = BanditConfiguration()) {
        self.configuration = configuration
    }

    /// - Throws: `Interrupted` when `progress` answers `.stop`.
    public func run(progress: ProgressHandler = { _ in .more }) throws -> BanditReport {
        let problem = configuration.problem
        var outcomes = configuration.methods.map { _ in [(regret: [Double], policy: [Double])]() }
        var done = 0
        for seed in 0..<configuration.runs {
            let pairs = BanditPairs(configuration, seed: UInt64(seed))
            for (index, method) in configuration.methods.enumerated() {
                outcomes[index].append(try train(method, on: pairs))
                done += 1
                let total = configuration.runs * configuration.methods.count
                if progress(AlignData.Progress(done: done, total: total, unit: "runs")) == .stop {
                    throw Interrupted()
                }
            }
        }
        let pairs = BanditPairs(configuration, seed: 0)
        return BanditReport(
            configuration: configuration, optimalPolicy: problem.optimalPolicy,
            optimalValue: problem.optimalValue,
            referenceValue: problem.value(of: problem.reference),
            methods: zip(configuration.methods, outcomes).map { method, runs in
                summary(
                    of: method, runs: runs,
                    fixedPoint: method.hasFixedPoint ? fixedPoint(of: method, pairs) : nil)
            })
    }

    func source(_ method: BanditMethod, _ pairs: BanditPairs, _ policy: SoftmaxPolicy) -> BanditSource {
        BanditSource(
            pairs, problem: configuration.problem, byPreference: method.isByPreference,
            baseline: method == .pgExactValue ? policy : nil)
    }

    /// One run of a method: the regret after each epoch, and the final policy.
    private func train(_ method: BanditMethod, on pairs: BanditPairs) throws -> (
        regret: [Double], policy: [Double]
    ) {
        let problem = configuration.problem
        let policy = SoftmaxPolicy(logits: problem.reference.map { log($0) })
        var training = TrainerConfiguration()
        training.epochs = configuration.epochs
        training.groupsPerStep = configuration.pairsPerStep
        training.learningRate = configuration.learningRate
        training.warmupShare = 0
        training.maximumGradientNorm = nil
        training.validateEvery =
            (configuration.pairs + configuration.pairsPerStep - 1) / configuration.pairsPerStep
        var regret: [Double] = []
        let trainer = Trainer(
            method.learner(policy, beta: problem.beta), source: source(method, pairs, policy),
            configuration: training, folder: nil,
            validation: { _ in
                regret.append(problem.regret(of: policy.probabilities))
                return ValidationResult(score: -regret[regret.count - 1], metrics: [:])
            })
        _ = try trainer.run { _ in .more }
        return (regret, policy.probabilities)
    }

    private func summary(
        of method: BanditMethod, runs: [(regret: [Double], policy: [Double])], fixedPoint: [Double]?
    ) -> BanditReport.Method {
        let regrets = (0...configuration.epochs).map { epoch in MeanEstimate(runs.map { $0.regret[epoch] }) }
        return BanditReport.Method(
            method: method, regret: regrets.map(\.mean),
            regretSpread: regrets.compactMap(\.standardDeviation),
            finalPolicy: configuration.problem.rewards.indices.map { arm in
                MeanEstimate(runs.map { $0.policy[arm] }).mean
            },
            fixedPoint: fixedPoint, fixedPointRegret: fixedPoint.map(configuration.problem.regret))
    }
}
