/// Rows of one table as bytes, the same for every reader: what the digest of a row group is computed over, and what
/// rows are inserted from.
///
/// A value is a letter and its bytes, numbers little-endian: `n` NULL · `i` an integer in 8 bytes · `r` a real as
/// IEEE 754 binary64 · `t` a text and `b` a blob, each as its length in 8 bytes and then its bytes (UTF-8).
/// A row is its values in the order of the columns; rows follow each other with nothing between.
///
/// Filled by one thread; afterwards any number may read it.
final class RowEncoding: @unchecked Sendable {
    /// Values so far.
    private(set) var count = 0
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private var used = 0

    /// The letters that values begin with.
    enum Letter {
        static let null = UInt8(ascii: "n")
        static let integer = UInt8(ascii: "i")
        static let real = UInt8(ascii: "r")
        static let text = UInt8(ascii: "t")
        static let blob = UInt8(ascii: "b")
    }

    init(capacity: Int = 4096) {
        precondition(capacity > 0, "room to grow from")
        self.capacity = capacity
        memory = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit { memory.deallocate() }

    /// The bytes so far; valid until a value is appended.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: used) }

    /// No values, and the memory of those that were.
    func removeAll() { (used, count) = (0, 0) }

    func appendNull() {
        reserve(1).storeBytes(of: Letter.null, as: UInt8.self)
        advance(1)
    }

    func append(_ value: Int) { append(Letter.integer, word: UInt64(bitPattern: Int64(value))) }

    func append(_ value: Double) {
        // SQLite keeps no sign of zero.
        append(Letter.real, word: (value == 0 ? 0 : value).bitPattern)
    }

    func append(text: UnsafeRawBufferPointer) { append(Letter.text, text) }

    func append(blob: UnsafeRawBufferPointer) { append(Letter.blob, blob) }

    private func append(_ letter: UInt8, word: UInt64) {
        let place = reserve(9)
        place.storeBytes(of: letter, as: UInt8.self)
        place.storeBytes(of: word.littleEndian, toByteOffset: 1, as: UInt64.self)
        advance(9)
    }

    private func append(_ letter: UInt8, _ value: UnsafeRawBufferPointer) {
        let place = reserve(9 + value.count)
        place.storeBytes(of: letter, as: UInt8.self)
        place.storeBytes(of: UInt64(value.count).littleEndian, toByteOffset: 1, as: UInt64.self)
        if let start = value.baseAddress { (place + 9).copyMemory(from: start, byteCount: value.count) }
        advance(9 + value.count)
    }

    /// Where the next `size` bytes go.
    private func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        if used + size > capacity {
            capacity = max(2 * capacity, used + size)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
            larger.copyMemory(from: memory, byteCount: used)
            memory.deallocate()
            memory = larger
        }
        return memory + used
    }

    /// One value of `size` bytes is there.
    private func advance(_ size: Int) {
        used += size
        count += 1
    }
}

/// The values that rows are made of.
extension RowEncoding {
    func append(_ value: Int?) {
        if let value { append(value) } else { appendNull() }
    }

    func append(_ value: String) {
        var value = value
        value.withUTF8 { append(text: UnsafeRawBufferPointer($0)) }
    }

    func append(_ value: String?) {
        if let value { append(value) } else { appendNull() }
    }

    func append(_ value: RecordID) {
        withUnsafeTemporaryAllocation(byteCount: RecordID.digitCount, alignment: 8) { digits in
            value.write(to: digits)
            append(text: UnsafeRawBufferPointer(digits))
        }
    }

    func append(_ tokens: [TokenID], _ width: TokenWidth) {
        let size = tokens.count * width.rawValue
        let place = reserve(9 + size)
        place.storeBytes(of: Letter.blob, as: UInt8.self)
        place.storeBytes(of: UInt64(size).littleEndian, toByteOffset: 1, as: UInt64.self)
        width.write(tokens, to: place + 9)
        advance(9 + size)
    }

    func append(_ provenance: Provenance) {
        append(provenance.source)
        append(provenance.member)
        append(provenance.byteOffset)
        append(provenance.line)
    }
}
