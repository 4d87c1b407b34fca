import Dispatch
import Foundation

/// Work in a line: one thread adds it, any number of threads do it, and one takes what is done, in the order in which it
/// was added. The one that adds lends a hand when it has no room, or nothing more to add.
///
/// Nobody is woken before there is something for them to do. A thread that wakes for nothing is there just when the next
/// one looks for a free core, which then waits for a busy one.
final class WorkLine<Work: Sendable>: @unchecked Sendable {
    private struct Place {
        let work: Work
        let weight: Int
        var isDone = false
    }

    private let room: Int
    private let body: @Sendable (Work) -> Void
    /// Once for each work that nobody has begun, and for good once the line is closed.
    private let toDo = DispatchSemaphore(value: 0)
    /// Once while the first work is done, and for good once the line is closed and empty.
    private let ready = DispatchSemaphore(value: 0)
    /// Its lock guards all below; who adds waits for it.
    private let condition = NSCondition()
    private var line: [Place] = []
    private var weight = 0
    private var isClosed = false
    // Counted from the first work ever added.
    private var taken = 0
    private var begun = 0

    /// - Parameters:
    ///   - room: the weight that may be in the line. Work that weighs more by itself has room in an empty line.
    ///   - body: does one work; called by several threads at once.
    init(room: Int, body: @escaping @Sendable (Work) -> Void) {
        self.room = room
        self.body = body
    }

    /// Waits for room, and works meanwhile.
    /// - Returns: false when the line is closed, and the work goes nowhere.
    func add(_ work: Work, weight: Int) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !hasRoom(for: weight) {
            condition.unlock()
            let worked = help()
            condition.lock()
            if !worked && !hasRoom(for: weight) { condition.wait() }
        }
        if isClosed { return false }
        line.append(Place(work: work, weight: weight))
        self.weight += weight
        toDo.signal()
        return true
    }

    private func hasRoom(for weight: Int) -> Bool {
        isClosed || line.isEmpty || self.weight + weight <= room
    }

    /// Nothing more is added; what is in the line is done and can be taken. Called by anyone, any number of times.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        if isClosed { return }
        isClosed = true
        condition.signal()
        toDo.signal()
        if line.isEmpty { ready.signal() }
    }

    /// Does what is in the line until it is closed and there is nothing left to begin.
    func work() {
        repeat { toDo.wait() } while workOnce()
    }

    /// Does one work that nobody has begun.
    /// - Returns: false when there is none.
    func help() -> Bool { toDo.wait(timeout: .now()) == .success && workOnce() }

    private func workOnce() -> Bool {
        guard let (number, work) = begin() else { return false }
        body(work)
        condition.lock()
        defer { condition.unlock() }
        line[number - taken].isDone = true
        if number == taken { ready.signal() }
        return true
    }

    private func begin() -> (number: Int, work: Work)? {
        condition.lock()
        defer { condition.unlock() }
        guard begun < taken + line.count else {
            // The line is closed; whoever asks next is told so, too.
            toDo.signal()
            return nil
        }
        defer { begun += 1 }
        return (begun, line[begun - taken].work)
    }

    /// Waits until the first work in the line is done.
    /// - Returns: nil when the line is closed and empty.
    func take() -> Work? {
        ready.wait()
        condition.lock()
        defer { condition.unlock() }
        let first = line.isEmpty ? nil : line.removeFirst()
        if let first {
            taken += 1
            weight -= first.weight
            // Half the line at once, and not a place at a time.
            if weight <= room / 2 { condition.signal() }
        }
        if line.first?.isDone ?? isClosed { ready.signal() }
        return first?.work
    }
}
