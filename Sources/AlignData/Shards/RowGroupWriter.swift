import Dispatch
import Foundation

/// Takes the digests of row groups and inserts them, each on a thread of its own, beside the thread that encodes the
/// next rows. Groups are inserted in the order in which they come, so the same rows make the same file.
final class RowGroupWriter: @unchecked Sendable {
    private let path: String
    private let pool: RowEncodingPool
    private let hashing = DispatchQueue(label: "align-data.digest")
    private let inserting = DispatchQueue(label: "align-data.insert")
    /// Groups that may wait, so that memory stays bounded.
    private let room = DispatchSemaphore(value: 8)

    // Guarded by the lock.
    private let lock = NSLock()
    private var groups: [RowGroup] = []
    private var failure: (any Error)?

    /// - Parameter pool: where encodings go when their rows are inserted.
    init(path: String, pool: RowEncodingPool) {
        self.path = path
        self.pool = pool
    }

    /// An encoding for the rows of the next group.
    func encoding() -> RowEncoding { pool.take() }

    /// - Parameter encoding: the caller's no more.
    /// - Throws: what kept an earlier group from being inserted.
    func add(table: String, first: Int, rows: Int, encoding: RowEncoding, statements: RowStatements) throws {
        if let failure = lock.withLock({ failure }) { throw failure }
        room.wait()
        hashing.start { [self] in
            let group = RowGroup(table: table, first: first, rows: rows, encoding: encoding)
            lock.withLock { groups.append(group) }
            inserting.start { [self] in
                insert(encoding, rows: rows, by: statements)
                pool.giveBack(encoding)
                room.signal()
            }
        }
    }

    private func insert(_ encoding: RowEncoding, rows: Int, by statements: RowStatements) {
        guard lock.withLock({ failure == nil }) else { return }
        do {
            try statements.insert(encoding, rows: rows, path: path)
        } catch {
            lock.withLock { failure = error }
        }
    }

    /// Waits until nobody uses the connection.
    func drain() {
        hashing.sync {}
        inserting.sync {}
    }

    /// Waits until all is hashed and inserted.
    /// - Returns: the groups, by table and first row.
    /// - Throws: what kept a group from being inserted.
    func finish() throws -> [RowGroup] {
        drain()
        return try lock.withLock {
            if let failure { throw failure }
            return groups.sorted { ($0.table, $0.first) < ($1.table, $1.first) }
        }
    }
}
