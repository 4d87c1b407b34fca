import GRDB
import GRDBSQLite

/// One prepared INSERT. Text and blobs of a row are gathered in one buffer and bound in place, so a row costs no
/// allocation and no second copy.
final class RowInserter {
    private enum Field {
        case null
        case integer(Int64)
        case real(Double)
        case text(start: Int, count: Int)
        case blob(start: Int, count: Int)
    }

    private(set) var count = 0
    private let table: String
    private let path: String
    private let columns: Int
    /// Keeps the prepared statement alive.
    private let statement: Statement
    private let connection: OpaquePointer?
    private var fields: [Field] = []
    /// Starts with a byte that belongs to no field: a nil pointer would bind NULL instead of an empty text.
    private var bytes: [UInt8] = [0]

    /// - Parameter path: the shard, for messages.
    init(_ database: Database, table: String, columns: [String], path: String) throws {
        self.table = table
        self.path = path
        self.columns = columns.count
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        statement = try database.makeStatement(
            sql: "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))")
        connection = database.sqliteConnection
        fields.reserveCapacity(columns.count)
    }

    func add(_ value: Int) { fields.append(.integer(Int64(value))) }
    func add(_ value: Int?) { fields.append(value.map { .integer(Int64($0)) } ?? .null) }
    func add(_ value: Double) { fields.append(.real(value)) }
    func add(_ value: RecordID) { add(value.hex) }

    func add(_ value: String) {
        let start = bytes.count
        bytes.append(contentsOf: value.utf8)
        fields.append(.text(start: start, count: bytes.count - start))
    }

    func add(_ value: String?) {
        if let value { add(value) } else { fields.append(.null) }
    }

    func add(_ tokens: [TokenID]) {
        let start = bytes.count
        TokenBlob.append(tokens, to: &bytes)
        fields.append(.blob(start: start, count: bytes.count - start))
    }

    func add(_ provenance: Provenance) {
        add(provenance.source)
        add(provenance.member)
        add(provenance.byteOffset)
        add(provenance.line)
    }

    /// Inserts the row of the values added since the last one.
    func insert() throws {
        precondition(fields.count == columns, "a row of \(table) has \(columns) columns")
        let handle = statement.sqliteStatement
        let code = bytes.withUnsafeBytes { buffer in
            for (i, field) in fields.enumerated() {
                let column = Int32(i + 1)
                switch field {
                case .null: sqlite3_bind_null(handle, column)
                case .integer(let value): sqlite3_bind_int64(handle, column, value)
                case .real(let value): sqlite3_bind_double(handle, column, value)
                case .text(let start, let count):
                    let start = buffer.baseAddress.map { ($0 + start).assumingMemoryBound(to: CChar.self) }
                    sqlite3_bind_text(handle, column, start, Int32(count), nil)
                case .blob(let start, let count):
                    sqlite3_bind_blob(
                        handle, column, buffer.baseAddress.map { $0 + start }, Int32(count), nil)
                }
            }
            let code = sqlite3_step(handle)
            sqlite3_reset(handle)
            return code
        }
        fields.removeAll(keepingCapacity: true)
        bytes.removeLast(bytes.count - 1)
        guard code == SQLITE_DONE else {
            throw ShardError(code: code, message: message(), path: path, operation: "write the shard")
        }
        count += 1
    }

    private func message() -> String { connection.map { String(cString: sqlite3_errmsg($0)) } ?? "" }
}
