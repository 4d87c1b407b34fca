import AlignData
import ArgumentParser
import CoPGTrain
import TorchLM

/// Optimizer steps of CoPG over four prompts of 256 tokens, each with so many completions of 46 and all pairs among
/// them; the most memory that the process held, its loading included; and how far the step's matrix products are from
/// one large product.
struct TrainRow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "train")

    @Option var model: String

    @Option(help: "Completions a prompt.")
    var completions = 2

    @Option(help: "Steps that are measured, after one that warms up.")
    var steps = 5

    func run() throws {
        var configuration = TrainerConfiguration()
        configuration.steps = steps + 1
        configuration.groupsPerStep = 4
        configuration.checkpointEvery = nil
        configuration.validateEvery = nil
        // The reference log-probabilities are as random as the tokens.
        configuration.referenceTolerance = nil
        let groups = groups(4 * (steps + 1))
        let precision = try Precision.best()
        let trainer = Trainer(
            .completions(
                try TrainablePolicy(path: model, precision: precision, optimizer: OptimizerConfiguration()),
                CoPG()),
            source: ArrayGroupSource(groups, identity: "benchmark", seed: nil),
            configuration: configuration, folder: nil)
        var ends: [ContinuousClock.Instant] = []
        _ = try trainer.run { progress in
            if progress.done > ends.count { ends.append(.now) }
            return .more
        }
        let times = zip(ends.dropFirst(), ends).map { ($0 - $1) / .seconds(1) }
        let pairs = Double(4 * groups[0].pairs.count)
        let name = "train-\(completions)"
        let seconds = Measurement.median(times)
        Measurement.report(name, pairs / seconds, "pairs/s")
        Measurement.report("\(name)-memory", Measurement.peakGigabytes, "GB")

        let operations = try ModelSource.open(model).configuration
            .trainingOperations(of: groups.prefix(4).map(\.tokenGroup))
        let product = try SquareProduct(precision: precision)
        let ceiling = product.operations / (try Measurement.medianSeconds(repeats: 5, product.compute))
        Measurement.report("\(name)-operations", operations / 1e9, "GFLOP a step")
        Measurement.report("\(name)-rate", operations / seconds / 1e9, "GFLOP/s")
        Measurement.report("\(name)-ceiling", ceiling / 1e9, "GFLOP/s")
        Measurement.report("\(name)-share", 100 * operations / seconds / ceiling, "% of the ceiling")
    }

    private func groups(_ count: Int) -> [CandidateGroup] {
        RandomTokens().groups(count, completions: completions).enumerated().map { index, tokens in
            CandidateGroup(
                promptID: RecordID(kind: "prompt", [String(index)]), promptTokens: tokens.prompt,
                candidates: tokens.completions.enumerated().map { rollout, completion in
                    Candidate(
                        id: RecordID(kind: "completion", [String(index), String(rollout)]),
                        tokens: completion, finishReason: .length, reward: Double(rollout),
                        referenceLogProbability: -10 * Double(completion.count))
                }, pairs: CompletionPair.all(of: completions))
        }
    }
}
