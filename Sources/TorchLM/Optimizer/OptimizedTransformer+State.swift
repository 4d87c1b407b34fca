import AlignData
import Foundation

extension OptimizedTransformer {
    private static let file = "state.safetensors"

    /// `state.safetensors`: the trained master weights under their names, their moments under `first_moment.…` and
    /// `second_moment.…`, and the number of steps as the one value of `steps`; all fp32. What is not trained is in
    /// the model that training started from. A step count is exact in fp32 up to 2²⁴.
    func saveState(to folder: String) throws {
        let tensors = trainedTensors
        let byName = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) })
        let shapes = tensors.map { ($0.name, $0.tensor.shape) } + [("steps", [1])]
        try SafetensorsWriter.write(
            to: folder + "/" + OptimizedTransformer.file, shapes: shapes, element: .float32, metadata: []
        ) { name in
            guard let tensor = byName[name] else { return HostTensor(shape: [1], floats: [Float(steps)]) }
            return HostTensor(shape: tensor.shape, floats: try tensor.floats())
        }
    }

    private var trainedTensors: [(name: String, tensor: Tensor)] {
        parameters.flatMap { parameter -> [(name: String, tensor: Tensor)] in
            guard let (first, second) = parameter.moments else { return [] }
            return [
                (parameter.name, parameter.value), ("first_moment." + parameter.name, first),
                ("second_moment." + parameter.name, second),
            ]
        }
    }

    /// Bit-exact inverse of `saveState`.
    /// - Throws: `ModelFileError` when the file is damaged or of another model.
    func restoreState(from folder: String) throws {
        let path = folder + "/" + OptimizedTransformer.file
        let file = try SafetensorsFile(path: path)
        func read(_ name: String, _ shape: [Int]) throws -> [Float] {
            guard let entry = file.entries[name] else {
                throw ModelFileError.missingTensor(path: path, name: name)
            }
            guard entry.shape == shape else {
                throw ModelFileError.wrongShape(path: path, name: name, found: entry.shape, expected: shape)
            }
            return file.tensor(entry).floats
        }
        guard let number = Int(exactly: try read("steps", [1])[0]), number >= 0 else {
            throw ModelFileError.malformed(path: path, what: "its number of steps is none")
        }
        for (name, tensor) in trainedTensors { try tensor.assign(read(name, tensor.shape)) }
        steps = number
    }

    /// Writes the master weights as a model that transformers loads, fp32, adapters merged into them.
    func saveModel(to folder: String, tokenizerFrom path: String) throws {
        let byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
        try ModelWriter.save(
            to: folder, configuration: transformer.configuration, element: .float32, tokenizerFrom: path
        ) { name in
            guard let tensor = byName[name] else {
                throw ModelFileError.missingTensor(path: folder, name: name)
            }
            var floats = try tensor.floats()
            let names = LoRAConfiguration.names(of: String(name.dropLast(".weight".count)))
            if let lora = optimizer.adapters, let down = byName[names.down], let up = byName[names.up] {
                OptimizedTransformer.merge(
                    try up.floats(), try down.floats(), rank: lora.rank, scale: lora.scale, into: &floats)
            }
            return HostTensor(shape: tensor.shape, floats: floats)
        }
    }

    /// weight [out, in] += scale · up [out, rank] · down [rank, in]
    private static func merge(
        _ up: [Float], _ down: [Float], rank: Int, scale: Double, into weight: inout [Float]
    ) {
        let columns = down.count / rank
        for row in 0..<up.count / rank {
            for k in 0..<rank {
                let factor = Float(scale) * up[row * rank + k]
                for column in 0..<columns {
                    weight[row * columns + column] += factor * down[k * columns + column]
                }
            }
        }
    }

    /// Writes the adapters as PEFT loads them: `adapter_config.json` and `adapter_model.safetensors`, fp32.
    /// - Parameter base: what the model that they adapt is called.
    func saveAdapters(_ lora: LoRAConfiguration, base: String, to folder: String) throws {
        let adapters = parameters.filter { $0.name.hasPrefix("base_model.model.") }
        let byName = Dictionary(uniqueKeysWithValues: adapters.map { ($0.name, $0.value) })
        try ModelWriter.writeFile("adapter_config.json", in: folder) {
            try $0.write(lora.peft(base: base).serialized())
        }
        try SafetensorsWriter.write(
            to: folder + "/adapter_model.safetensors", shapes: adapters.map { ($0.name, $0.value.shape) },
            element: .float32, metadata: [("format", "pt")]
        ) { name in
            guard let tensor = byName[name] else {
                throw ModelFileError.missingTensor(path: folder, name: name)
            }
            return HostTensor(shape: tensor.shape, floats: try tensor.floats())
        }
    }
}

extension LoRAConfiguration {
    /// `adapter_config.json` of a causal language model.
    fileprivate func peft(base: String) -> JSONValue {
        let modules = Target.allCases.filter(targets.contains).map { JSONValue.string($0.rawValue) }
        let members: [String: JSONValue?] = [
            "peft_type": .string("LORA"), "task_type": .string("CAUSAL_LM"),
            "base_model_name_or_path": .string(base), "r": .integer(rank), "lora_alpha": .number("\(alpha)"),
            "lora_dropout": .integer(0), "bias": .string("none"), "fan_in_fan_out": .bool(false),
            "inference_mode": .bool(true), "init_lora_weights": .bool(true),
            "target_modules": .array(modules),
        ]
        return .members(members)
    }
}
