import GRDB

/// Takes the rows of one table, which get ascending rowids, and passes them on a row group at a time.
final class RowInserter {
    private(set) var count = 0

    private let table: String
    private let columns: Int
    private let statements: RowStatements
    private let writer: RowGroupWriter
    /// The rows since the last complete row group.
    private var encoding: RowEncoding
    private var groupStart = 0

    init(_ database: Database, table: String, writer: RowGroupWriter) throws {
        self.table = table
        self.writer = writer
        encoding = writer.encoding()
        columns = try database.columns(in: table).count
        statements = try RowStatements(database, table: table, columns: columns)
    }

    /// Takes one row.
    /// - Parameter fill: appends the values of all columns.
    /// - Throws: what kept an earlier row group from being inserted.
    func insert(_ fill: (RowEncoding) -> Void) throws {
        fill(encoding)
        count += 1
        precondition(
            encoding.count == columns * (count - groupStart), "a row of \(table) has \(columns) columns")
        if count - groupStart == RowGroup.maximumRows || encoding.bytes.count >= RowGroup.maximumBytes {
            try endGroup()
        }
    }

    /// Ends the last row group. No row may follow.
    func finish() throws {
        if count > groupStart { try endGroup() }
    }

    private func endGroup() throws {
        try writer.add(
            table: table, first: groupStart, rows: count - groupStart, encoding: encoding,
            statements: statements)
        encoding = writer.encoding()
        groupStart = count
    }
}
