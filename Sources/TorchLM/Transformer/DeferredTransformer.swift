/// A transformer for inference whose weights are read when they are first needed, so that a stage whose work is done
/// reads none.
final class DeferredTransformer {
    private enum State {
        case files(ModelSource, compute: TensorType)
        case loaded(Transformer)
    }

    private var state: State

    init(_ source: ModelSource, compute: TensorType) { state = .files(source, compute: compute) }

    init(_ transformer: Transformer) { state = .loaded(transformer) }

    /// - Throws: `ModelFileError`; `TorchError` when the engine is missing.
    func transformer() throws -> Transformer {
        switch state {
        case .loaded(let transformer): return transformer
        case .files(let source, let compute):
            let transformer = try Transformer(loading: source, compute: compute)
            state = .loaded(transformer)
            return transformer
        }
    }
}
