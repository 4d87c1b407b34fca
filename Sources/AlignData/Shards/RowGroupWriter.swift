import Dispatch
import Foundation

/// Inserts row groups and takes their digests, each on a thread of its own, beside the thread that encodes the next
/// rows. Groups are inserted in the order in which they come, so the same rows make the same file.
final class RowGroupWriter: @unchecked Sendable {
    private let path: String
    private let inserting = DispatchQueue(label: "align-data.insert")
    private let hashing = DispatchQueue(label: "align-data.digest")
    /// Groups that may wait to be inserted, and to be hashed, so that memory stays bounded.
    private let room = DispatchSemaphore(value: 2 * RowGroupWriter.waiting)
    private static let waiting = 4

    // Guarded by the lock.
    private let lock = NSLock()
    private var groups: [RowGroup] = []
    private var failure: (any Error)?

    init(path: String) { self.path = path }

    /// - Throws: what kept an earlier group from being inserted.
    func add(table: String, first: Int, rows: Int, encoding: [UInt8], statements: RowStatements) throws {
        if let failure = lock.withLock({ failure }) { throw failure }
        room.wait()
        room.wait()
        inserting.async { [self] in
            if lock.withLock({ failure == nil }) {
                do {
                    try statements.insert(encoding, rows: rows, path: path)
                } catch {
                    lock.withLock { failure = error }
                }
            }
            room.signal()
        }
        hashing.async { [self] in
            let group = RowGroup(table: table, first: first, rows: rows, encoding: encoding)
            lock.withLock { groups.append(group) }
            room.signal()
        }
    }

    /// Waits until nobody uses the connection.
    func drain() { inserting.sync {} }

    /// Waits until all is inserted and hashed.
    /// - Returns: the groups, by table and first row.
    /// - Throws: what kept a group from being inserted.
    func finish() throws -> [RowGroup] {
        inserting.sync {}
        hashing.sync {}
        return try lock.withLock {
            if let failure { throw failure }
            return groups.sorted { ($0.table, $0.first) < ($1.table, $1.first) }
        }
    }
}
