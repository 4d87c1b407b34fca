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
        var isDone: Bool
    }

    private let room: Int
    private let body: @Sendable (Work) -> Void
    private let toDo = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)
    /// Its lock guards all below; who adds waits for it.
    private let condition = NSCondition()
    private var line: [Place] = []
    private var weight = 0
    private var isWaiting = false
    private var isClosed = false
    // Counted from the first work ever added.
    private var taken = 0
    private var begun = 0
    private var announced = 0

    /// - Parameters:
    ///   - room: the weight that may be in the line. Work that weighs more by itself has room in an empty line.
    ///   - body: does one work; called by several threads at once.
    init(room: Int, body: @escaping @Sendable (Work) -> Void) {
        self.room = room
        self.body = body
    }

    /// Waits for room, and works meanwhile.
    /// - Parameter isDone: there is nothing to do.
    /// - Returns: false when the line is closed, and the work goes nowhere.
    func add(_ work: Work, weight: Int, isDone: Bool = false) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !hasRoom(for: weight) {
            condition.unlock()
            let worked = help()
            condition.lock()
            if worked || hasRoom(for: weight) { continue }
            isWaiting = true
            condition.wait()
        }
        if isClosed { return false }
        line.append(Place(work: work, weight: weight, isDone: isDone))
        self.weight += weight
        if isDone { announce() } else { toDo.signal() }
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
        announce()
    }

    /// Does what is in the line until it is closed and there is nothing left to begin.
    func work() {
        while true {
            toDo.wait()
            if !workOnce() { return }
        }
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
        announce()
        return true
    }

    private func begin() -> (number: Int, work: Work)? {
        condition.lock()
        defer { condition.unlock() }
        begun = max(begun, taken)
        while begun < taken + line.count && line[begun - taken].isDone { begun += 1 }
        guard begun < taken + line.count else {
            // The line is closed; whoever asks next is told so, too.
            toDo.signal()
            return nil
        }
        begun += 1
        return (begun - 1, line[begun - 1 - taken].work)
    }

    /// Waits until the first work in the line is done.
    /// - Returns: nil when the line is closed and empty.
    func take() -> Work? {
        done.wait()
        condition.lock()
        defer { condition.unlock() }
        guard let first = line.first else {
            // Whoever asks again is told so again.
            done.signal()
            return nil
        }
        line.removeFirst()
        taken += 1
        weight -= first.weight
        // Half the line at once, and not a place at a time.
        if isWaiting && (weight <= room / 2 || line.isEmpty) {
            isWaiting = false
            condition.signal()
        }
        return first.work
    }

    /// Lets go on who takes, once for each work that is done up to the first that is not, and once for the end.
    private func announce() {
        let end = taken + line.count
        if announced > end { return }
        while announced < end && line[announced - taken].isDone {
            announced += 1
            done.signal()
        }
        if isClosed && announced == end {
            announced += 1
            done.signal()
        }
    }
}
