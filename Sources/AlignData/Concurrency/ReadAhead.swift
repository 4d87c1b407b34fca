import Dispatch
import Foundation

/// Bytes that have to be decompressed, a little ahead of who reads them, on a thread of their own.
final class ReadAhead: Sendable {
    struct Chunk: Sendable {
        var bytes: [UInt8]
        /// Bytes of the file that have been read for all chunks so far.
        var consumed: Int
    }

    /// Bytes that may be ready.
    private static let room = 1 << 21

    private let ready: Ready

    /// - Parameter read: the next chunk; its bytes are empty at the end. Called on one thread, from the first `next()` on,
    ///   and not again after the end or an error.
    init(_ read: @escaping () throws -> Chunk) { ready = Ready(read) }

    /// What is read and not yet asked for is lost; the file is closed soon.
    deinit { ready.stop() }

    /// The next chunk; its bytes are empty at the end.
    /// - Throws: what `read` throws, in its place.
    func next() throws -> Chunk { try ready.next() }

    /// What both threads know. It outlives the reader until its thread has ended.
    private final class Ready: @unchecked Sendable {
        private let condition = NSCondition()
        // Used by the reading thread alone, and given up at its end.
        private var read: (() throws -> Chunk)?
        // Guarded by the condition's lock.
        private var chunks: [Result<Chunk, any Error>] = []
        private var bytes = 0
        private var consumed = 0
        private var isStarted = false
        private var isStopped = false
        /// The end or an error is among the chunks, or was.
        private var isEnded = false

        init(_ read: @escaping () throws -> Chunk) { self.read = read }

        func stop() {
            condition.lock()
            isStopped = true
            condition.signal()
            condition.unlock()
        }

        func next() throws -> Chunk {
            condition.lock()
            defer { condition.unlock() }
            if !isStarted {
                isStarted = true
                DispatchQueue(label: "align-data.read-ahead").start { self.run() }
            }
            while chunks.isEmpty {
                // Who asks again after the end is told so again.
                if isEnded { return Chunk(bytes: [], consumed: consumed) }
                condition.wait()
            }
            let chunk = try chunks.removeFirst().get()
            bytes -= chunk.bytes.count
            consumed = chunk.consumed
            if bytes <= ReadAhead.room / 2 { condition.signal() }
            return chunk
        }

        private func run() {
            defer { read = nil }
            while let read {
                let chunk = Result { try read() }
                condition.lock()
                defer { condition.unlock() }
                chunks.append(chunk)
                switch chunk {
                case .success(let chunk):
                    bytes += chunk.bytes.count
                    isEnded = chunk.bytes.isEmpty
                case .failure: isEnded = true
                }
                condition.signal()
                while bytes >= ReadAhead.room && !isStopped { condition.wait() }
                if isEnded || isStopped { return }
            }
        }
    }
}
