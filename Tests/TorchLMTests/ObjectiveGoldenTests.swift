import AlignData
import CoPGTrain
import Foundation
import Testing

@testable import TorchLM

/// What PyTorch computed of every objective on the tiny model; see scripts/goldens/objectives.py.
private struct ObjectiveGoldens: Decodable {
    struct Step: Decodable {
        var loss: Double
        var gradientSums: [String: Double]
        var gradients: [String: [Float]]
        var weights: [String: [Float]]
    }

    var beta: Double
    var lambda: Double
    var rewards: [[Double]]
    var objectives: [String: [Step]]

    init() throws {
        let resources = Bundle.module.bundleURL.appendingPathComponent("Resources/tiny-llama")
        self = try JSONDecoder().decode(
            ObjectiveGoldens.self, from: Data(contentsOf: resources.appendingPathComponent("objectives.json"))
        )
    }

    static let names = [
        "copg", "copg-group", "ipo", "dpo", "slic", "rebel", "infonce", "rloo", "pg", "pg-value-monte-carlo",
        "pg-value-td", "sft",
    ]

    /// The objective that a golden's name stands for.
    func objective(_ name: String) throws -> AnyObjective {
        let objectives: [String: AnyObjective] = [
            "copg": .completions(CoPG(beta: beta)),
            "copg-group": .completions(CoPG(beta: beta, form: .group)),
            "ipo": .completions(IPO(beta: beta)), "dpo": .completions(DPO(beta: beta)),
            "slic": .completions(SLiC(beta: beta)), "rebel": .completions(REBEL(beta: beta)),
            "infonce": .completions(InfoNCE(beta: beta)), "rloo": .completions(RLOO(beta: beta)),
            "pg": .completions(PolicyGradient(beta: beta)), "sft": .completions(SupervisedFineTuning()),
            "pg-value-monte-carlo": .tokens(ValueBaseline(beta: beta, lambda: lambda)),
            "pg-value-td": .tokens(
                ValueBaseline(beta: beta, advantage: .temporalDifference, lambda: lambda)),
        ]
        return try #require(objectives[name])
    }

    /// One step is all groups, one micro-batch a group.
    var configuration: TrainerConfiguration {
        var configuration = TrainerConfiguration()
        configuration.steps = 3
        configuration.groupsPerStep = 2
        configuration.microBatchTokens = 1
        configuration.learningRate = 1e-2
        configuration.warmupShare = 0
        configuration.maximumGradientNorm = nil
        configuration.validateEvery = nil
        return configuration
    }
}

extension Engine {
    @Suite("Every objective through the trainer")
    struct ObjectiveGoldenTests {
        let tiny: TinyLlama
        private let goldens: ObjectiveGoldens

        init() throws {
            tiny = try TinyLlama()
            goldens = try ObjectiveGoldens()
        }

        private var groups: [CandidateGroup] {
            tiny.scoredGroups(2) { goldens.rewards[$0][$1] }
        }

        /// Passes everything on, and looks at the gradient before each optimizer step.
        private final class Watched: TrainableActorCritic {
            let trainer: OptimizedTransformer
            var beforeStep: () throws -> Void = {}
            init(_ trainer: OptimizedTransformer) { self.trainer = trainer }
            func outputs(of groups: [TokenGroup]) throws -> [[Double]] { try trainer.outputs(of: groups) }
            func accumulateGradient(
                of groups: [TokenGroup], coefficients: ([[Double]]) throws -> [[Double]]
            ) throws { try trainer.accumulateGradient(of: groups, coefficients: coefficients) }
            func tokenOutputs(of groups: [TokenGroup]) throws -> [[TokenSeries]] {
                try trainer.tokenOutputs(of: groups)
            }
            func accumulateGradient(
                of groups: [TokenGroup], tokenCoefficients: ([[TokenSeries]]) throws -> [[TokenSeries]]
            ) throws { try trainer.accumulateGradient(of: groups, tokenCoefficients: tokenCoefficients) }
            func step(learningRate: Double, maximumGradientNorm: Double?) throws -> Double {
                try beforeStep()
                return try trainer.step(learningRate: learningRate, maximumGradientNorm: maximumGradientNorm)
            }
            func saveState(to folder: String) throws { try trainer.saveState(to: folder) }
            func restoreState(from folder: String) throws { try trainer.restoreState(from: folder) }
        }

        @Test("loss, gradients and three AdamW steps are PyTorch's", arguments: ObjectiveGoldens.names)
        func steps(name: String) throws {
            let source = try ModelSource.open(tiny.policyPath)
            var optimizer = OptimizerConfiguration()
            optimizer.weightDecay = 0.01
            let objective = try goldens.objective(name)
            let trainer = try OptimizedTransformer(
                source.configuration, output: .logProbability, precision: .float32, optimizer: optimizer,
                hasValueHead: objective.hasTokens
            ) { try source.tensor(named: $0) }
            let byName = Dictionary(uniqueKeysWithValues: trainer.parameters.map { ($0.name, $0.value) })
            // As numpy's linspace: not zero, so that values matter from the first step on.
            try byName[OptimizedTransformer.valueHeadName]?.assign(
                (0..<32).map { -0.2 + 0.5 * Float($0) / 31 })
            let expected = try #require(goldens.objectives[name])
            let model = Watched(trainer)
            var step = 0
            model.beforeStep = {
                for (name, values) in expected[step].gradients {
                    let gradient = try #require(try byName[name]?.gradient()).floats()
                    let scale = max(1, values.map(abs).max() ?? 0)
                    #expect(zip(gradient, values).allSatisfy { abs($0 - $1) < 2e-4 * scale }, "\(name)")
                    let sum = gradient.reduce(0) { $0 + Double($1) }
                    let expected = expected[step].gradientSums[name] ?? .nan
                    #expect(abs(sum - expected) < 2e-3 * max(1, abs(expected)), "\(name)")
                }
            }
            let learner: Learner =
                switch objective {
                case .completions(let objective): .completions(model, objective)
                case .tokens(let objective): .tokens(model, objective)
                }
            _ = try Trainer(
                learner, source: ArrayGroupSource(groups, identity: "golden", seed: nil),
                configuration: goldens.configuration, folder: nil
            ).run { progress in
                guard progress.unit == "steps", progress.done > step else { return .more }
                let loss = progress.figures.first { $0.name == "loss" }.flatMap { Double($0.value) }
                #expect(
                    abs((loss ?? .nan) - expected[step].loss) <= 2e-3 * max(0.1, abs(expected[step].loss)))
                for (name, values) in expected[step].weights {
                    let weights = (try? byName[name]?.floats()) ?? []
                    #expect(
                        !weights.isEmpty && zip(weights, values).allSatisfy { abs($0 - $1) < 2e-4 }, "\(name)"
                    )
                }
                step += 1
                return .more
            }
            #expect(step == 3)
        }
    }
}
