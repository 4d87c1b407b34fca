import AlignData
import CTorchAPI
import Foundation

/// A transformer with fp32 master weights, their AdamW moments, and gradients that add up over passes.
///
/// What is differentiable about a completion is `output`: its log-probability, or its reward.
final class TransformerTrainer {
    enum Output { case logProbability, reward }

    struct Parameter {
        let name: String
        let value: Tensor
        let trained: Bool
        let firstMoment: Tensor?
        let secondMoment: Tensor?
    }

    let transformer: Transformer
    let output: Output
    let parameters: [Parameter]
    private let optimizer: OptimizerConfiguration
    var steps = 0
    let torch: TorchBackend
    /// At most so many tokens in a pass without gradient.
    var passTokens = 2048

    init(
        _ configuration: ModelConfiguration, output: Output, precision: Precision,
        optimizer: OptimizerConfiguration,
        tensor: (String) throws -> HostTensor
    ) throws {
        let torch = try TorchBackend.shared()
        self.torch = torch
        self.output = output
        self.optimizer = optimizer
        var parameters: [Parameter] = []
        for (name, _) in configuration.tensorShapes {
            let host = try tensor(name)
            let value = try Tensor.floats(host.floats, host.shape, on: torch)
            let trained = optimizer.trains(name, layerCount: configuration.layerCount)
            if trained { try value.requireGradient() }
            parameters.append(
                Parameter(
                    name: name, value: value, trained: trained,
                    firstMoment: trained ? try Tensor.zeros(host.shape, on: torch) : nil,
                    secondMoment: trained ? try Tensor.zeros(host.shape, on: torch) : nil))
        }
        self.parameters = parameters
        let byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
        transformer = Transformer(
            configuration: configuration, compute: precision.tensorType,
            weights: try TransformerWeights(configuration) { name in
                guard let value = byName[name] else {
                    preconditionFailure("\(name) is listed but not loaded")
                }
                return value
            }, torch: torch)
    }

    func outputs(of groups: [TokenGroup]) throws -> [[Double]] {
        switch output {
        case .logProbability: try transformer.logProbabilities(of: groups, passTokens: passTokens)
        case .reward: try transformer.rewards(of: groups, passTokens: passTokens)
        }
    }

    func accumulateGradient(of groups: [TokenGroup], coefficients: ([[Double]]) throws -> [[Double]]) throws {
        try torch.recordingGradients(true) {
            switch output {
            case .logProbability:
                let packed = PackedGroups(groups, keepsLastToken: false)
                let values = try transformer.tokenLogProbabilities(of: packed)
                let slopes = try coefficients(packed.summed(values.floats()))
                guard slopes.contains(where: { $0.contains { $0 != 0 } }) else { return }
                let gradient = packed.spread(slopes)
                try values.backward(Tensor.floats(gradient, [gradient.count], on: torch))
            case .reward:
                let packed = PackedGroups(groups, keepsLastToken: true)
                let values = try transformer.rewards(of: packed)
                let slopes = try coefficients(packed.byCompletion(values.floats()))
                guard slopes.contains(where: { $0.contains { $0 != 0 } }) else { return }
                let gradient = slopes.flatMap { $0.map(Float.init) }
                try values.backward(Tensor.floats(gradient, [gradient.count], on: torch))
            }
        }
    }

    func step(learningRate: Double, maximumGradientNorm: Double?) throws -> Double {
        let trained = parameters.filter(\.trained)
        let handles: [ctorch_tensor?] = trained.map(\.value.handle)
        var norm = 0.0
        try torch.check(torch.api.gradient_norm(handles, Int32(handles.count), &norm), "gradient_norm")
        if norm.isFinite {
            steps += 1
            let scale = maximumGradientNorm.map { norm > $0 ? $0 / norm : 1 } ?? 1
            let how = ctorch_adamw(
                learning_rate: learningRate, beta1: optimizer.beta1, beta2: optimizer.beta2,
                epsilon: optimizer.epsilon, weight_decay: optimizer.weightDecay, step: Int64(steps),
                gradient_scale: scale)
            for parameter in trained {
                guard let first = parameter.firstMoment, let second = parameter.secondMoment else { continue }
                try torch.check(
                    torch.api.adamw_step(parameter.value.handle, first.handle, second.handle, how),
                    "adamw_step")
            }
        }
        for parameter in trained { try parameter.value.clearGradient() }
        return norm
    }
}
