import Foundation

/// Hands values from one thread to another, in order. Who sends waits while as many are on the way as there is room for.
final class Channel<Value>: @unchecked Sendable {
    private let room: Int
    private let condition = NSCondition()
    // Guarded by the condition's lock.
    private var values: [Value] = []
    private var isClosed = false

    init(room: Int) { self.room = room }

    /// - Returns: false when the channel is closed, and the value goes nowhere.
    func send(_ value: sending Value) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while values.count >= room && !isClosed { condition.wait() }
        if isClosed { return false }
        values.append(value)
        condition.broadcast()
        return true
    }

    /// The next value; `nil` when the channel is closed and all have been received.
    func receive() -> Value? {
        condition.lock()
        defer { condition.unlock() }
        while values.isEmpty && !isClosed { condition.wait() }
        if values.isEmpty { return nil }
        condition.broadcast()
        return values.removeFirst()
    }

    /// From either side: nothing more is sent.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        condition.broadcast()
    }
}
