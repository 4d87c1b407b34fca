import Dispatch
import Foundation

/// Reads the batches of a stream ahead, on threads of its own, beside what the batches are used for. The batches are
/// those of the stream: only when they are read differs.
///
/// It expects each request to begin where the last batch ended, with the same size; any other one is answered too, and
/// costs the time to read it. An error is thrown by the request for the first batch that was read with it.
public final class PairPrefetch: @unchecked Sendable {
    private struct Request: Equatable {
        var position: StreamPosition
        var size: BatchSize
        var rank: StreamRank
    }

    /// Consecutive batches that are read together, by one thread.
    private final class Window {
        let start: Request
        /// The batches that were not asked for yet, the next one last; nil while they are read.
        var batches: Result<[PairBatch], any Error>?

        init(start: Request) { self.start = start }
    }

    /// A thread that reads, with connections of its own.
    private final class Reader {
        let queue = DispatchQueue(label: "align-data.prefetch", qos: .userInitiated)
        let shardSet: ShardSet
        var isBusy = false

        init(_ shardSet: ShardSet) { self.shardSet = shardSet }
    }

    private let windowSize: Int
    /// Used by one reader at a time, the one that plans.
    private let stream: PairStream

    // Guarded by the condition.
    private let condition = NSCondition()
    private let readers: [Reader]
    /// In the order of the stream.
    private var windows: [Window] = []
    /// What the next request should be.
    private var expected: Request?
    /// Where the next window begins; nil after a failure.
    private var upcoming: Request?
    private var isPlanning = false

    /// - Parameters:
    ///   - stream: nothing else may use it from now on.
    ///   - window: batches that are read together.
    ///   - threads: that read, a window each. One more window than threads is in memory at most.
    public init(_ stream: PairStream, window: Int = 8, threads: Int = 2) {
        precondition(window > 0 && threads > 0, "a window of batches, and who reads it")
        self.stream = stream
        windowSize = window
        readers = (0..<threads).map { _ in Reader(stream.shardSet.reopened()) }
    }

    /// Groups in an epoch.
    public var groupCount: Int { stream.count }

    /// The batch that begins at `position`, at once when it was expected.
    public func batch(
        at position: StreamPosition, size: BatchSize, rank: StreamRank = .only
    ) throws -> PairBatch {
        let request = Request(position: position, size: size, rank: rank)
        condition.lock()
        defer { condition.unlock() }
        if expected != request {
            windows = []
            upcoming = request
        }
        readOn()
        while true {
            guard let window = windows.first, let batches = window.batches else {
                condition.wait()
                continue
            }
            return try take(from: batches, of: window, request)
        }
    }

    /// Takes the next batch out of the first window. Called with the condition locked.
    private func take(
        from result: Result<[PairBatch], any Error>, of window: Window, _ request: Request
    ) throws -> PairBatch {
        expected = nil
        var batches: [PairBatch]
        do {
            batches = try result.get()
        } catch {
            windows = []
            throw error
        }
        let batch = batches.removeLast()
        window.batches = .success(batches)
        if batches.isEmpty { windows.removeFirst() }
        expected = Request(position: batch.next, size: request.size, rank: request.rank)
        readOn()
        return batch
    }

    /// Sets an idle reader to the next window where there is room for it. Called with the condition locked.
    private func readOn() {
        guard !isPlanning, windows.count <= readers.count, let start = upcoming,
            let reader = readers.first(where: { !$0.isBusy })
        else { return }
        isPlanning = true
        reader.isBusy = true
        let window = Window(start: start)
        windows.append(window)
        nonisolated(unsafe) let (taken, own) = (window, reader)
        reader.queue.start { [self] in read(taken, by: own) }
    }

    private func read(_ window: Window, by reader: Reader) {
        let start = window.start
        let plan = Result {
            try stream.plan(at: start.position, size: start.size, rank: start.rank, count: windowSize)
        }
        condition.lock()
        isPlanning = false
        if upcoming == start, windows.last === window {
            upcoming = (try? plan.get().next).map {
                Request(position: $0, size: start.size, rank: start.rank)
            }
        }
        readOn()
        condition.unlock()

        let batches = Result { Array(try plan.get().batches(from: reader.shardSet).reversed()) }
        condition.lock()
        window.batches = batches
        reader.isBusy = false
        readOn()
        condition.broadcast()
        condition.unlock()
    }
}
