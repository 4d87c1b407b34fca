/// Follows the brackets and strings of a JSON value to its end, through chunks of any size.
struct JSONStringScan {
    /// Open brackets.
    var depth = 0
    /// In a string.
    var isInside = false
    /// Behind a backslash in a string.
    private var isEscaped = false

    /// Moves behind the end of the value; false at the end of the chunk.
    mutating func skipValue(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Bool {
        var place = index
        defer { index = place }
        while place < bytes.count {
            if isInside {
                guard skipString(bytes, &place) else { return false }
                isInside = false
                if depth == 0 { return true }
            }
            while place < bytes.count {
                let byte = bytes[place]
                place += 1
                if byte == UInt8(ascii: "\"") {
                    isInside = true
                    break
                }
                // A bracket and the brace of the same side differ in this bit alone.
                switch byte | 0x20 {
                case UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "}"):
                    depth -= 1
                    if depth == 0 { return true }
                default: continue
                }
            }
        }
        return false
    }

    /// Moves behind the end of the string that is open; false at the end of the chunk.
    mutating func skipString(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Bool {
        if isEscaped, index < bytes.count {
            isEscaped = false
            index += 1
        }
        while Self.skipPlain(bytes, &index) {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return true }
            guard index < bytes.count else {
                isEscaped = true
                return false
            }
            index += 1
        }
        return false
    }

    /// Moves to the next quotation mark or backslash; false at the end of the chunk.
    @inline(__always)
    private static func skipPlain(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Bool {
        let raw = UnsafeRawBufferPointer(bytes)
        let ones: UInt64 = 0x0101_0101_0101_0101
        var place = index
        defer { index = place }
        while place + 8 <= raw.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            // The high bit of the first byte that is 0x22 or 0x5C; those after it may err.
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found = ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & (ones &* 0x80)
            if found != 0 {
                place += found.trailingZeroBitCount >> 3
                return true
            }
            place += 8
        }
        while place < raw.count {
            if raw[place] == 0x22 || raw[place] == 0x5C { return true }
            place += 1
        }
        return false
    }
}
