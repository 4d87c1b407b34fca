import AlignData
import Foundation

extension TransformerTrainer {
    private static let file = "state.safetensors"

    /// `state.safetensors`: the master weights under their names, the moments of the trained ones under
    /// `first_moment.…` and `second_moment.…`, and the number of steps as the one value of `steps`; all fp32.
    /// A step count is exact in fp32 up to 2²⁴.
    func saveState(to folder: String) throws {
        var tensors: [(name: String, tensor: Tensor)] = []
        for parameter in parameters {
            tensors.append((parameter.name, parameter.value))
            if let first = parameter.firstMoment { tensors.append(("first_moment." + parameter.name, first)) }
            if let second = parameter.secondMoment {
                tensors.append(("second_moment." + parameter.name, second))
            }
        }
        let byName = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) })
        let shapes = tensors.map { ($0.name, $0.tensor.shape) } + [("steps", [1])]
        try SafetensorsWriter.write(
            to: folder + "/" + TransformerTrainer.file, shapes: shapes, element: .float32, metadata: []
        ) { name in
            guard let tensor = byName[name] else { return HostTensor(shape: [1], floats: [Float(steps)]) }
            return HostTensor(shape: tensor.shape, floats: try tensor.floats())
        }
    }

    /// Bit-exact inverse of `saveState`.
    /// - Throws: `ModelFileError` when the file is damaged or of another model.
    func restoreState(from folder: String) throws {
        let path = folder + "/" + TransformerTrainer.file
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
        let count = try read("steps", [1])
        for parameter in parameters {
            let shape = parameter.value.shape
            try parameter.value.assign(read(parameter.name, shape))
            try parameter.firstMoment?.assign(read("first_moment." + parameter.name, shape))
            try parameter.secondMoment?.assign(read("second_moment." + parameter.name, shape))
        }
        steps = Int(count[0])
    }

    /// Writes the master weights as a model that transformers loads, fp32.
    func saveModel(to folder: String, tokenizerFrom path: String) throws {
        let byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
        try ModelWriter.save(
            to: folder, configuration: transformer.configuration, element: .float32, tokenizerFrom: path
        ) { name in
            guard let tensor = byName[name] else {
                throw ModelFileError.missingTensor(path: folder, name: name)
            }
            return HostTensor(shape: tensor.shape, floats: try tensor.floats())
        }
    }
}
