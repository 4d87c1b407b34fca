import GRDB

/// Takes the rows of one table, which get ascending rowids, and passes them on a row group at a time.
final class RowInserter {
    private(set) var count = 0

    private let table: ShardTable
    private let statements: RowStatements
    private let writer: RowGroupWriter
    /// The rows since the last complete row group.
    private var encoding: RowEncoding
    private var groupStart = 0

    init(_ database: Database, table: ShardTable, writer: RowGroupWriter) throws {
        self.table = table
        self.writer = writer
        encoding = writer.encoding()
        statements = try RowStatements(database, table: table)
    }

    /// Takes one row.
    /// - Parameter fill: appends the values of all columns.
    /// - Throws: what kept an earlier row group from being inserted.
    func insert(_ fill: (RowEncoding) -> Void) throws {
        fill(encoding)
        let columns = table.columns.count
        count += 1
        precondition(
            encoding.count == columns * (count - groupStart),
            "a row of \(table.name) has \(columns) columns")
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
            table: table.name, first: groupStart, rows: count - groupStart, encoding: encoding,
            statements: statements)
        encoding = writer.encoding()
        groupStart = count
    }
}
