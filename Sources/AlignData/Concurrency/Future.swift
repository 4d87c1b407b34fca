import Dispatch
import Synchronization

/// A value that a thread of its own works out.
final class Future<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    /// Begins at once.
    init(_ work: @escaping @Sendable () throws -> Value) {
        DispatchQueue.global(qos: .userInitiated).start { [self] in
            let found = Result { try work() }
            result.withLock { $0 = found }
            isDone.signal()
        }
    }

    /// Waits for the value.
    /// - Throws: what the work threw.
    func get() throws -> Value {
        isDone.wait()
        // For the next one who asks.
        isDone.signal()
        guard let found = result.withLock({ $0 }) else { preconditionFailure("it was set before the signal") }
        return try found.get()
    }
}
