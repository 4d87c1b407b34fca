import CSignals
import Dispatch

/// Work on other threads, in which a stack that is used up is reported as any other crash is. Dispatch makes its threads
/// by itself, so a thread gets its second stack with the first work that it does for us.
extension DispatchQueue {
    func start(in group: DispatchGroup? = nil, _ work: @escaping @Sendable () -> Void) {
        async(group: group) {
            signals_guard_stack()
            work()
        }
    }

    /// Calls `body` for each number below `count`, on all cores, and waits.
    static func forEach(below count: Int, _ body: @Sendable (Int) -> Void) {
        concurrentPerform(iterations: count) {
            signals_guard_stack()
            body($0)
        }
    }
}
