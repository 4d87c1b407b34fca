/// Rows of one table as bytes, the same for every reader: what the digest of a row group is computed over, and what
/// rows are inserted from.
///
/// A value is a letter and its bytes, numbers little-endian: `n` NULL · `i` an integer in 8 bytes · `r` a real as
/// IEEE 754 binary64 · `t` a text and `b` a blob, each as its length in 8 bytes and then its bytes (UTF-8).
/// A row is its values in the order of the columns; rows follow each other with nothing between.
struct RowEncoding {
    private(set) var bytes: [UInt8] = []
    /// Values so far.
    private(set) var count = 0

    /// The letters that values begin with.
    enum Letter {
        static let null = UInt8(ascii: "n")
        static let integer = UInt8(ascii: "i")
        static let real = UInt8(ascii: "r")
        static let text = UInt8(ascii: "t")
        static let blob = UInt8(ascii: "b")
    }

    mutating func appendNull() {
        bytes.append(Letter.null)
        count += 1
    }

    mutating func append(_ value: Int) { append(Letter.integer, word: UInt64(bitPattern: Int64(value))) }

    mutating func append(_ value: Double) {
        // SQLite keeps no sign of zero.
        append(Letter.real, word: (value == 0 ? 0 : value).bitPattern)
    }

    mutating func append(text: some Collection<UInt8>) {
        append(Letter.text, word: UInt64(text.count))
        bytes.append(contentsOf: text)
    }

    mutating func append(blob: some Collection<UInt8>) {
        append(Letter.blob, word: UInt64(blob.count))
        bytes.append(contentsOf: blob)
    }

    /// The bytes so far; afterwards there are none.
    mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        taken.reserveCapacity(bytes.count)
        swap(&taken, &bytes)
        count = 0
        return taken
    }

    /// The letter and the 8 bytes that follow it, at once.
    private mutating func append(_ letter: UInt8, word: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: 9, alignment: 1) { buffer in
            buffer[0] = letter
            buffer.storeBytes(of: word.littleEndian, toByteOffset: 1, as: UInt64.self)
            bytes.append(contentsOf: buffer)
        }
        count += 1
    }
}

/// The values that rows are made of.
extension RowEncoding {
    mutating func append(_ value: Int?) {
        if let value { append(value) } else { appendNull() }
    }

    mutating func append(_ value: String) { append(text: value.utf8) }

    mutating func append(_ value: String?) {
        if let value { append(value) } else { appendNull() }
    }

    mutating func append(_ value: RecordID) {
        withUnsafeTemporaryAllocation(byteCount: RecordID.digitCount, alignment: 1) { digits in
            value.write(to: digits)
            append(text: digits)
        }
    }

    mutating func append(_ tokens: [TokenID]) { TokenBlob.withBytes(of: tokens) { append(blob: $0) } }

    mutating func append(_ provenance: Provenance) {
        append(provenance.source)
        append(provenance.member)
        append(provenance.byteOffset)
        append(provenance.line)
    }
}
