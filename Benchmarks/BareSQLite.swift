import GRDBSQLite

/// Bytes that stay where they are, so that SQLite can be pointed to them.
final class StableBytes {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ content: [UInt8]) {
        bytes = .allocate(byteCount: max(1, content.count), alignment: 8)
        bytes.copyBytes(from: content)
        count = Int32(content.count)
    }

    let count: Int32

    deinit { bytes.deallocate() }
}

/// A database file by SQLite's own functions.
final class BareSQLite {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// An INSERT whose values are bound from left to right.
    struct Insertion {
        fileprivate let statement: OpaquePointer?
        private var parameter: Int32 = 0

        fileprivate init(_ statement: OpaquePointer?) { self.statement = statement }

        mutating func bind(integers: Int...) {
            for value in integers { sqlite3_bind_int64(statement, next(), Int64(value)) }
        }

        mutating func bind(reals: Double...) {
            for value in reals { sqlite3_bind_double(statement, next(), value) }
        }

        mutating func bind(texts: StableBytes...) {
            for text in texts {
                let start = text.bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                sqlite3_bind_text(statement, next(), start, text.count, nil)
            }
        }

        mutating func bind(blob: StableBytes) {
            sqlite3_bind_blob(statement, next(), blob.bytes.baseAddress, blob.count, nil)
        }

        mutating func skip(_ columns: Int32) { parameter += columns }

        private mutating func next() -> Int32 {
            parameter += 1
            return parameter
        }
    }

    private var connection: OpaquePointer?
    private var statements: [OpaquePointer?] = []

    init(_ path: String) throws {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        try check(sqlite3_open_v2(path, &connection, flags, nil))
    }

    deinit {
        for statement in statements { sqlite3_finalize(statement) }
        sqlite3_close(connection)
    }

    func execute(_ sql: String) throws { try check(sqlite3_exec(connection, sql, nil, nil, nil)) }

    func insertion(into table: String, columns: Int) throws -> Insertion {
        let values = Array(repeating: "?", count: columns).joined(separator: ", ")
        var statement: OpaquePointer?
        try check(
            sqlite3_prepare_v2(connection, "INSERT INTO \(table) VALUES (\(values))", -1, &statement, nil))
        statements.append(statement)
        return Insertion(statement)
    }

    func insert(by insertion: Insertion, _ bind: (inout Insertion) -> Void) throws {
        var insertion = insertion
        bind(&insertion)
        let code = sqlite3_step(insertion.statement)
        sqlite3_reset(insertion.statement)
        try check(code)
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK || code == SQLITE_DONE else {
            throw Failure(description: String(cString: sqlite3_errmsg(connection)))
        }
    }
}
