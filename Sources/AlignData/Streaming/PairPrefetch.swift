import Dispatch
import Foundation

/// Reads the batches of a stream ahead, on a thread of its own, beside what the batches are used for. The batches are
/// those of the stream: only when they are read differs.
///
/// It expects each request to begin where the last batch ended, with the same size; any other one is answered too, and
/// costs the time to read it. An error is thrown by the request for the batch that it belongs to.
public final class PairPrefetch: @unchecked Sendable {
    private struct Request: Equatable {
        var position: StreamPosition
        var size: BatchSize
        var rank: StreamRank
    }

    private enum Found {
        case batch(PairBatch)
        case failure(any Error)
    }

    /// Used by the queue alone.
    private let stream: PairStream
    private let queue = DispatchQueue(label: "align-data.prefetch", qos: .userInitiated)
    private let window: Int

    // Guarded by the condition.
    private let condition = NSCondition()
    private var ready: [(request: Request, found: Found)] = []
    /// What is read next, or being read; nil after a failure.
    private var upcoming: Request?
    private var isReading = false

    /// - Parameters:
    ///   - stream: nothing else may use it from now on.
    ///   - window: batches that are read together. At most twice as many are in memory.
    public init(_ stream: PairStream, window: Int = 8) {
        precondition(window > 0, "a window of batches")
        self.stream = stream
        self.window = window
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
        if ready.first?.request != request {
            ready = []
            upcoming = request
        }
        readOn()
        while ready.first?.request != request { condition.wait() }
        let found = ready.removeFirst().found
        if case .batch = found { readOn() }
        switch found {
        case .batch(let batch): return batch
        case .failure(let error): throw error
        }
    }

    /// Reads the next window where there is room for it. Called with the condition locked.
    private func readOn() {
        guard !isReading, ready.count <= window, let request = upcoming else { return }
        isReading = true
        queue.async { [self] in read(from: request) }
    }

    private func read(from request: Request) {
        let batches = Result {
            try stream.batches(
                at: request.position, size: request.size, rank: request.rank, count: window)
        }
        condition.lock()
        defer { condition.unlock() }
        isReading = false
        if upcoming == request {
            switch batches {
            case .success(let batches):
                var request = request
                for batch in batches {
                    ready.append((request, .batch(batch)))
                    request.position = batch.next
                }
                upcoming = request
            case .failure(let error):
                ready.append((request, .failure(error)))
                upcoming = nil
            }
        }
        readOn()
        condition.broadcast()
    }
}
