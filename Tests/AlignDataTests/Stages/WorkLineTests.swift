import Dispatch
import Foundation
import Synchronization
import Testing

@testable import AlignData

/// Where work is added by one thread, done by others and taken in order.
@Suite struct WorkLineTests {
    /// What a body of work has recorded.
    private final class Record: Sendable {
        let done = Mutex<[Int]>([])
        let mostAtOnce = Mutex(0)
        let inLine = Mutex(0)
    }

    /// Runs `workers` threads over `count` works, of which some take longer.
    private func run(count: Int, room: Int, workers: Int) -> (taken: [Int], record: Record) {
        let record = Record()
        let line = WorkLine<Int>(room: room) { work in
            if work % 7 == 0 { for _ in 0..<(work % 3) * 50 { sched_yield() } }
            record.done.withLock { $0.append(work) }
        }
        for worker in 0..<workers { DispatchQueue(label: "worker \(worker)").async { line.work() } }
        let taken = Mutex<[Int]>([])
        let taking = DispatchGroup()
        DispatchQueue(label: "taker").async(group: taking) {
            while let work = line.take() {
                taken.withLock { $0.append(work) }
                record.inLine.withLock { $0 -= 1 }
            }
            #expect(line.take() == nil, "the end stays the end")
        }
        for work in 0..<count {
            #expect(line.add(work, weight: 1))
            let now = record.inLine.withLock { inLine in
                inLine += 1
                return inLine
            }
            record.mostAtOnce.withLock { $0 = max($0, now) }
        }
        while line.help() {}
        line.close()
        taking.wait()
        return (taken.withLock { $0 }, record)
    }

    @Test(arguments: [1, 2, 9, 1000], [0, 1, 2, 8])
    func everyWorkIsDoneOnceAndTakenInOrder(room: Int, workers: Int) {
        let count = 500
        let (taken, record) = run(count: count, room: room, workers: workers)
        #expect(taken == Array(0..<count))
        #expect(record.done.withLock { $0.sorted() } == Array(0..<count))
        // The one that was just taken may not be counted yet.
        #expect(record.mostAtOnce.withLock { $0 } <= room + 1)
    }

    @Test func anythingHasRoomInAnEmptyLine() {
        let line = WorkLine<Int>(room: 10) { _ in }
        #expect(line.add(1, weight: 1_000_000))
        line.close()
        line.work()
        #expect(line.take() == 1)
        #expect(line.take() == nil)
    }

    /// Whether the one that adds waits already, works, or has not begun when the line is closed.
    @Test func aClosedLineTakesNothingMoreAndLetsGoWhoWaits() {
        for yields in 0..<100 {
            let firstIsDone = DispatchSemaphore(value: 0)
            let line = WorkLine<Int>(room: 1) { _ in firstIsDone.signal() }
            #expect(line.add(1, weight: 1))
            let adding = DispatchGroup()
            // It does the first work itself, and then waits for room that nobody makes.
            DispatchQueue(label: "adder").async(group: adding) { #expect(!line.add(2, weight: 1)) }
            firstIsDone.wait()
            for _ in 0..<yields { sched_yield() }
            line.close()
            line.close()
            adding.wait()
            #expect(!line.add(3, weight: 1))
            #expect(line.take() == 1)
            #expect(line.take() == nil)
            #expect(!line.help())
        }
    }
}
