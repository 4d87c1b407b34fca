import Dispatch
import Foundation
import Synchronization
import Testing

@testable import AlignData

/// Bytes read ahead of who asks for them.
@Suite struct ReadAheadTests {
    private struct Damage: Error {}

    /// Counts what was read, and tells that it was read and that the source was given up.
    private final class Source: Sendable {
        let count = Mutex(0)
        /// Chunks that were asked for, and perhaps had.
        let asked = Mutex(0)
        /// Chunks that were ready when another was read, at most.
        let mostReady = Mutex(0)
        let wasRead = DispatchSemaphore(value: 0)
        let isFree = DispatchSemaphore(value: 0)

        /// - Parameter fails: whether an error stands where the end would.
        func reader(chunks: Int, size: Int, fails: Bool) -> ReadAhead {
            let guardian = Guardian(source: self)
            return ReadAhead {
                let index = guardian.source.count.withLock { count in
                    count += 1
                    return count - 1
                }
                let ready = index - guardian.source.asked.withLock { $0 }
                guardian.source.mostReady.withLock { $0 = max($0, ready) }
                guardian.source.wasRead.signal()
                if index == chunks && fails { throw Damage() }
                let bytes = index < chunks ? [UInt8](repeating: UInt8(index % 256), count: size) : []
                return ReadAhead.Chunk(bytes: bytes, consumed: 2 * min(index + 1, chunks))
            }
        }
    }

    private final class Guardian: Sendable {
        let source: Source
        init(source: Source) { self.source = source }
        deinit { source.isFree.signal() }
    }

    @Test(arguments: [(0, 1), (1, 1), (300, 1), (40, 1 << 18)], [false, true])
    func everyChunkComesInItsPlace(_ form: (chunks: Int, size: Int), fails: Bool) throws {
        let (chunks, size) = form
        let source = Source()
        let ahead = source.reader(chunks: chunks, size: size, fails: fails)
        for index in 0..<chunks {
            let chunk = try ahead.next()
            #expect(chunk.bytes.count == size && chunk.bytes.allSatisfy { $0 == UInt8(index % 256) })
            #expect(chunk.consumed == 2 * (index + 1))
        }
        if fails {
            #expect(throws: Damage.self) { try ahead.next() }
        } else {
            #expect(try ahead.next().bytes.isEmpty)
        }
        // The end stays the end, and nothing is read behind it.
        let end = try ahead.next()
        #expect(end.bytes.isEmpty && end.consumed == 2 * chunks)
        #expect(source.count.withLock { $0 } == chunks + 1)
    }

    @Test func onlySoMuchIsReadAheadAndNothingForAReaderThatIsGone() throws {
        let source = Source()
        var ahead: ReadAhead? = source.reader(chunks: .max, size: 1 << 18, fails: false)
        #expect(source.count.withLock { $0 } == 0, "nothing is read before it is asked for")
        for round in 0..<200 {
            source.asked.withLock { $0 += 1 }
            _ = try ahead?.next()
            // It reads ahead of who asks: eight chunks, of which nobody has asked for more than one.
            if round == 0 { for _ in 0..<8 { source.wasRead.wait() } }
        }
        #expect(source.mostReady.withLock { $0 } < 8)
        ahead = nil
        source.isFree.wait()
    }
}
