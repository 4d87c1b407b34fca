import GRDB
import GRDBSQLite

/// One prepared SELECT, read column by column without intermediate values.
struct RowReader {
    private let statement: Statement
    private let connection: OpaquePointer?
    private let path: String
    private let tokenWidth: TokenWidth

    /// - Parameter tokenWidth: of the shard.
    init(_ database: Database, _ sql: String, path: String, tokenWidth: TokenWidth) throws {
        statement = try database.cachedStatement(sql: sql)
        connection = database.sqliteConnection
        self.path = path
        self.tokenWidth = tokenWidth
    }

    /// Calls `body` for each row, in the order of the query.
    func forEach(_ arguments: Int..., body: (RowReader) throws -> Void) throws {
        let handle = statement.sqliteStatement
        sqlite3_reset(handle)
        defer { sqlite3_reset(handle) }
        for (i, argument) in arguments.enumerated() {
            sqlite3_bind_int64(handle, Int32(i + 1), Int64(argument))
        }
        while true {
            let code = sqlite3_step(handle)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else {
                let message = connection.map { String(cString: sqlite3_errmsg($0)) } ?? ""
                throw ShardError.error(code: code, message: message, path: path, operation: "read the shard")
            }
            try body(self)
        }
    }

    func map<T>(body: (RowReader) throws -> T) throws -> [T] {
        var values: [T] = []
        try forEach { values.append(try body($0)) }
        return values
    }

    func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement.sqliteStatement, column)) }
    func real(_ column: Int32) -> Double { sqlite3_column_double(statement.sqliteStatement, column) }

    func id(_ column: Int32) throws -> RecordID {
        guard let id = RecordID(digits: textBytes(column)) else {
            throw ShardError.notAShard(path: path, detail: "an id is not 32 hexadecimal digits")
        }
        return id
    }

    func text(_ column: Int32) -> String { String(decoding: textBytes(column), as: UTF8.self) }

    /// Valid until the next row.
    private func textBytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let handle = statement.sqliteStatement
        let start = sqlite3_column_text(handle, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
    func optionalInteger(_ column: Int32) -> Int? { isNull(column) ? nil : integer(column) }

    func blob(_ column: Int32) -> [UInt8] { Array(blobBytes(column)) }

    /// Valid until the next row.
    private func blobBytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let handle = statement.sqliteStatement
        let start = sqlite3_column_blob(handle, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }

    func tokens(_ column: Int32) throws -> [TokenID] {
        guard let tokens = tokenWidth.tokens(blobBytes(column)) else {
            throw ShardError.notAShard(
                path: path, detail: "a token blob is not a whole number of \(tokenWidth.rawValue)-byte ids")
        }
        return tokens
    }

    /// The values of the row as the digest of its row group has them.
    func append(to encoding: RowEncoding) {
        let handle = statement.sqliteStatement
        for column in 0..<sqlite3_column_count(handle) {
            switch sqlite3_column_type(handle, column) {
            case SQLITE_INTEGER: encoding.append(integer(column))
            case SQLITE_FLOAT: encoding.append(real(column))
            case SQLITE_TEXT: encoding.append(text: textBytes(column))
            case SQLITE_BLOB: encoding.append(blob: blobBytes(column))
            default: encoding.appendNull()
            }
        }
    }

    /// One of the names of an enumeration.
    func name<T: RawRepresentable<String>>(_ column: Int32, as type: T.Type = T.self) throws -> T {
        guard let value = T(rawValue: text(column)) else {
            throw ShardError.notAShard(path: path, detail: "a column holds a name that \(T.self) has not")
        }
        return value
    }

    /// Source, member, byte offset and line in four columns from `column` on.
    func provenance(_ column: Int32) -> Provenance {
        Provenance(
            source: text(column), member: optionalText(column + 1), byteOffset: optionalInteger(column + 2),
            line: optionalInteger(column + 3))
    }

    /// The extra fields of a prompt; none where the column is NULL.
    func extraFields(_ column: Int32) throws -> [String: String] {
        guard let json = optionalText(column) else { return [:] }
        guard let fields = ExtraFields.fields(json) else {
            throw ShardError.notAShard(
                path: path, detail: "the fields of a prompt are no JSON object of texts")
        }
        return fields
    }

    private func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(statement.sqliteStatement, column) == SQLITE_NULL
    }
}
