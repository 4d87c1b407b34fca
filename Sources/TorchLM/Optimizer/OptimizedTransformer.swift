import AlignData
import CTorchAPI
import CoPGTrain
import Foundation

/// A transformer with fp32 master weights, their AdamW moments, and gradients that add up over passes.
///
/// What is differentiable about a completion is `output`: its log-probability, or its reward.
final class OptimizedTransformer {
    enum Output { case logProbability, reward }

    struct Parameter {
        let name: String
        let value: Tensor
        /// nil for a weight that is not trained.
        let moments: (first: Tensor, second: Tensor)?
    }

    static let valueHeadName = "value_head.weight"

    let transformer: Transformer
    let output: Output
    /// The model's own tensors, then those of adapters, then the value head.
    let parameters: [Parameter]
    let optimizer: OptimizerConfiguration
    /// [1, hidden size], where the policy predicts values.
    private let valueHead: Tensor?
    /// Keep only what enters each layer, and compute the layer again in the backward pass: a third more arithmetic for
    /// a fraction of the memory, and the same bits.
    let recomputesLayers: Bool
    var steps = 0
    let torch: TorchBackend
    /// At most so many tokens in a pass without gradient.
    var passTokens = 2048

    init(
        _ configuration: ModelConfiguration, output: Output, precision: Precision,
        optimizer: OptimizerConfiguration, hasValueHead: Bool = false, recomputesLayers: Bool = false,
        tensor: (String) throws -> HostTensor
    ) throws {
        let torch = try TorchBackend.shared()
        self.torch = torch
        self.output = output
        self.optimizer = optimizer
        self.recomputesLayers = recomputesLayers
        var parameters: [Parameter] = []
        func add(_ name: String, _ host: HostTensor, trained: Bool) throws -> Tensor {
            let value = try Tensor.floats(host.floats, host.shape, on: torch)
            if trained { try value.requireGradient() }
            func zeros() throws -> Tensor { try Tensor.zeros(host.shape, on: torch) }
            parameters.append(
                Parameter(name: name, value: value, moments: trained ? (try zeros(), try zeros()) : nil))
            return value
        }
        var byName: [String: Tensor] = [:]
        for (name, _) in configuration.tensorShapes {
            let trained = optimizer.trains(name, layerCount: configuration.layerCount)
            byName[name] = try add(name, tensor(name), trained: trained)
        }
        var adapters: [String: LowRankAdapter] = [:]
        if let lora = optimizer.adapters {
            for module in lora.modules(layerCount: configuration.layerCount) {
                guard let shape = byName[module + ".weight"]?.shape else { continue }
                guard lora.rank <= max(shape[0], shape[1]) else {
                    throw TrainingError.configuration(
                        "an adapter of rank \(lora.rank) is larger than the projection it adapts, \(shape[0]) by \(shape[1])"
                    )
                }
                let names = LoRAConfiguration.names(of: module)
                let up = HostTensor(
                    shape: [shape[0], lora.rank], floats: Array(repeating: 0, count: shape[0] * lora.rank))
                adapters[module] = LowRankAdapter(
                    down: try add(names.down, lora.initialDown(of: module, columns: shape[1]), trained: true),
                    up: try add(names.up, up, trained: true), scale: lora.scale)
            }
        }
        let width = configuration.hiddenSize
        valueHead =
            hasValueHead
            ? try add(
                OptimizedTransformer.valueHeadName,
                HostTensor(shape: [1, width], floats: Array(repeating: 0, count: width)), trained: true) : nil
        self.parameters = parameters
        transformer = Transformer(
            configuration: configuration, compute: precision.tensorType,
            weights: try TransformerWeights(configuration, adapter: { adapters[$0] }) { name in
                guard let value = byName[name] else {
                    throw ModelFileError.missingTensor(path: name, name: name)
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

    // MARK: Gradients

    func accumulateGradient(of groups: [TokenGroup], coefficients: ([[Double]]) throws -> [[Double]]) throws {
        switch output {
        case .logProbability:
            let packed = try PackedGroups(groups, keepsLastToken: false)
            try backward(through: packed) { x in
                let states = try transformer.finalStates(x, rows: packed.predictingRows)
                let values = try transformer.tokenLogProbabilities(of: packed, predicting: states)
                let slopes = try coefficients(packed.summed(values.floats()))
                return try backward(values, packed.spread(slopes))
            }
        case .reward:
            let packed = try PackedGroups(groups, keepsLastToken: true)
            try backward(through: packed) { x in
                let values = try transformer.rewards(
                    ofLast: transformer.finalStates(x, rows: packed.lastRows))
                let slopes = try coefficients(packed.byCompletion(values.floats()))
                return try backward(values, slopes.flatMap { $0.map(Float.init) })
            }
        }
    }

    /// The same by tokens, with values. The value head's gradient ends at the head.
    func accumulateGradient(
        of groups: [TokenGroup], tokenCoefficients: ([[TokenSeries]]) throws -> [[TokenSeries]]
    ) throws {
        let packed = try PackedGroups(groups, keepsLastToken: false)
        try backward(through: packed) { x in
            let (logProbabilities, values) = try tokenTensors(of: packed, last: x)
            let series = try tokenCoefficients(series(of: packed, logProbabilities, values))
            _ = try backward(values, series.flatMap { $0.flatMap { $0.values.map(Float.init) } })
            return try backward(
                logProbabilities, series.flatMap { $0.flatMap { $0.logProbabilities.map(Float.init) } })
        }
    }

    func tokenOutputs(of groups: [TokenGroup]) throws -> [[TokenSeries]] {
        try torch.recordingGradients(false) {
            try PackedGroups.runs(groups, budget: passTokens).flatMap { run in
                let packed = try PackedGroups(Array(groups[run]), keepsLastToken: false)
                let (logProbabilities, values) = try tokenTensors(
                    of: packed, last: transformer.lastStates(of: packed))
                return try series(of: packed, logProbabilities, values)
            }
        }
    }

    /// ln π of each completion token and the value of the state before it, [ΣC] each.
    private func tokenTensors(of packed: PackedGroups, last x: Tensor) throws -> (Tensor, Tensor) {
        guard let valueHead else {
            throw TrainingError.configuration("the policy was made without a value head")
        }
        let states = try transformer.finalStates(x, rows: packed.predictingRows)
        return (
            try transformer.tokenLogProbabilities(of: packed, predicting: states),
            try states.copied(as: .float32).rowProducts(valueHead)
        )
    }

    private func series(
        of packed: PackedGroups, _ logProbabilities: Tensor, _ values: Tensor
    ) throws -> [[TokenSeries]] {
        zip(packed.byToken(try logProbabilities.floats()), packed.byToken(try values.floats())).map {
            zip($0, $1).map { TokenSeries(logProbabilities: $0, values: $1) }
        }
    }

    /// - Returns: whether there was anything to propagate.
    private func backward(_ values: Tensor, _ gradient: [Float]) throws -> Bool {
        guard gradient.contains(where: { $0 != 0 }) else { return false }
        try values.backward(Tensor.floats(gradient, [gradient.count], on: torch))
        return true
    }

    /// Runs the layers over `packed`, then `head` on what leaves the last one. `head` propagates from there and says
    /// whether it did.
    private func backward(through packed: PackedGroups, _ head: (Tensor) throws -> Bool) throws {
        try torch.recordingGradients(true) {
            guard recomputesLayers else {
                _ = try head(transformer.lastStates(of: packed))
                return
            }
            let angles = try transformer.rotaryAngles(packed.positions)
            let attention = Transformer.attention(over: packed)
            let embedded = try transformer.embedded(packed.tokens)
            // What enters each layer, and last what leaves them all; cut off from each other.
            var inputs = [try embedded.copied(as: transformer.compute)]
            try torch.recordingGradients(false) {
                for index in transformer.weights.layers.indices {
                    inputs.append(try transformer.layer(index, inputs[index], angles, attention))
                }
            }
            let last = inputs.removeLast()
            try last.requireGradient()
            guard try head(last), var gradient = try last.gradient() else { return }
            while let input = inputs.popLast() {
                try input.requireGradient()
                let result = try transformer.layer(inputs.count, input, angles, attention)
                try result.backward(gradient)
                guard let next = try input.gradient() else { return }
                gradient = next
            }
            if trainsEmbedding { try embedded.backward(gradient) }
        }
    }

    private var trainsEmbedding: Bool { optimizer.trains("model.embed_tokens.weight", layerCount: 0) }

    // MARK: The optimizer

    func step(learningRate: Double, maximumGradientNorm: Double?) throws -> Double {
        let trained = parameters.filter { $0.moments != nil }
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
                guard let (first, second) = parameter.moments else { continue }
                try torch.check(
                    torch.api.adamw_step(parameter.value.handle, first.handle, second.handle, how),
                    "adamw_step")
            }
        }
        for parameter in trained { try parameter.value.clearGradient() }
        return norm
    }
}
