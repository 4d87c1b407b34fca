import Crypto

/// A run of rows of one table, in the order of their rowids, and the SHA-256 of their encoding.
struct RowGroup: Hashable, Sendable {
    var table: String
    /// The ordinal of its first row in the table, from 0.
    var first: Int
    var rows: Int
    /// 32 bytes, over the rows as `RowEncoding` has them.
    var digest: [UInt8]

    init(table: String, first: Int, rows: Int, encoding: RowEncoding) {
        self.table = table
        self.first = first
        self.rows = rows
        var hash = SHA256()
        hash.update(bufferPointer: encoding.bytes)
        digest = Array(hash.finalize())
    }

    /// A group ends with the row that fills it: at so many rows or encoded bytes.
    static let maximumRows = 1024
    static let maximumBytes = 1 << 20
}
