/// A trainer whose weights are read when they are first needed.
final class DeferredTrainer {
    private enum State {
        case files(() throws -> TransformerTrainer)
        case loaded(TransformerTrainer)
    }

    private var state: State

    init(_ make: @escaping () throws -> TransformerTrainer) { state = .files(make) }

    /// - Throws: `ModelFileError`; `TorchError` when the engine is missing.
    func loaded() throws -> TransformerTrainer {
        switch state {
        case .loaded(let trainer): return trainer
        case .files(let make):
            let trainer = try make()
            state = .loaded(trainer)
            return trainer
        }
    }
}
