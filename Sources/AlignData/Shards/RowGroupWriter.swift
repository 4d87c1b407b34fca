import Dispatch
import Synchronization

/// Takes the digests of row groups and inserts them, each on a thread of its own, beside the thread that encodes the
/// next rows. Groups are inserted in the order in which they come, so the same rows make the same file.
final class RowGroupWriter: Sendable {
    private struct State {
        var groups: [RowGroup] = []
        var failure: (any Error)?
    }

    private let path: String
    private let pool: RowEncodingPool
    private let hashing = DispatchQueue(label: "align-data.digest")
    private let inserting = DispatchQueue(label: "align-data.insert")
    /// Groups that may wait, so that memory stays bounded.
    private let room = DispatchSemaphore(value: 8)

    private let state = Mutex(State())

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
        if let failure = state.withLock({ $0.failure }) { throw failure }
        room.wait()
        hashing.start { [self] in
            let group = RowGroup(table: table, first: first, rows: rows, encoding: encoding)
            state.withLock { $0.groups.append(group) }
            inserting.start { [self] in
                insert(encoding, rows: rows, by: statements)
                pool.giveBack(encoding)
                room.signal()
            }
        }
    }

    private func insert(_ encoding: RowEncoding, rows: Int, by statements: RowStatements) {
        guard state.withLock({ $0.failure == nil }) else { return }
        do {
            try statements.insert(encoding, rows: rows, path: path)
        } catch {
            state.withLock { $0.failure = error }
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
        return try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.groups.sorted { ($0.table, $0.first) < ($1.table, $1.first) }
        }
    }
}
