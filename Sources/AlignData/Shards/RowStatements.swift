import GRDB
import GRDBSQLite

/// The prepared INSERTs of one table: of one row, and of several at once, which costs a fraction a row. Text and
/// blobs are bound where they lie in the encoding.
///
/// Made where the connection is; then used by one thread at a time, not necessarily that one.
final class RowStatements: @unchecked Sendable {
    private let columns: Int
    private let one: Statement
    private let many: Statement
    private let connection: OpaquePointer?

    private static let rowsAtOnce = 16

    init(_ database: Database, table: ShardTable) throws {
        columns = table.columns.count
        one = try database.makeStatement(sql: table.insertion(rows: 1))
        many = try database.makeStatement(sql: table.insertion(rows: RowStatements.rowsAtOnce))
        connection = database.sqliteConnection
    }

    /// Inserts `rows` encoded rows.
    /// - Throws: `ShardError`, with the shard's `path`.
    func insert(_ encoding: RowEncoding, rows: Int, path: String) throws {
        guard var cursor = encoding.bytes.baseAddress else { return }
        var left = rows
        while left > 0 {
            let count = left >= RowStatements.rowsAtOnce ? RowStatements.rowsAtOnce : 1
            let handle = (count == 1 ? one : many).sqliteStatement
            for parameter in 1...Int32(count * columns) {
                RowStatements.bind(parameter, of: handle, &cursor)
            }
            let code = sqlite3_step(handle)
            sqlite3_reset(handle)
            guard code == SQLITE_DONE else {
                let message = connection.map { String(cString: sqlite3_errmsg($0)) } ?? ""
                throw ShardError.error(code: code, message: message, path: path, operation: "write the shard")
            }
            left -= count
        }
    }

    /// Binds the value at `cursor` and moves on to the next one.
    private static func bind(
        _ parameter: Int32, of statement: SQLiteStatement, _ cursor: inout UnsafeRawPointer
    ) {
        let letter = cursor.load(as: UInt8.self)
        cursor += 1
        if letter == RowEncoding.Letter.null {
            sqlite3_bind_null(statement, parameter)
            return
        }
        let word = UInt64(littleEndian: cursor.loadUnaligned(as: UInt64.self))
        cursor += 8
        switch letter {
        case RowEncoding.Letter.integer:
            sqlite3_bind_int64(statement, parameter, Int64(bitPattern: word))
        case RowEncoding.Letter.real:
            sqlite3_bind_double(statement, parameter, Double(bitPattern: word))
        case RowEncoding.Letter.text:
            let text = cursor.assumingMemoryBound(to: CChar.self)
            sqlite3_bind_text(statement, parameter, text, Int32(word), nil)
            cursor += Int(word)
        default:
            sqlite3_bind_blob(statement, parameter, cursor, Int32(word), nil)
            cursor += Int(word)
        }
    }
}
