/// Well-formedness of UTF-8 (Unicode 15, table 3-7). `String(decoding:)` would replace bad bytes silently.
enum UTF8Validation {
    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool { firstInvalid(bytes) == nil }

    /// Where the first sequence begins that is not well-formed.
    static func firstInvalid(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let raw = UnsafeRawBufferPointer(bytes)
        let count = bytes.count
        var i = 0
        while i < count {
            // Eight ASCII bytes at a time.
            while i + 8 <= count,
                raw.loadUnaligned(fromByteOffset: i, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                i += 8
            }
            guard i < count else { break }
            let lead = bytes[i]
            if lead < 0x80 {
                i += 1
                continue
            }
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0:
                length = 3
                second = 0xA0...0xBF
            case 0xED:
                length = 3
                second = 0x80...0x9F
            case 0xE1...0xEF: length = 3
            case 0xF0:
                length = 4
                second = 0x90...0xBF
            case 0xF4:
                length = 4
                second = 0x80...0x8F
            case 0xF1...0xF3: length = 4
            default: return i
            }
            guard i + length <= count, second.contains(bytes[i + 1]) else { return i }
            for j in (i + 2)..<max(i + length, i + 2) where bytes[j] & 0xC0 != 0x80 { return i }
            i += length
        }
        return nil
    }

    /// The text, or `nil` when `bytes` are not UTF-8.
    static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        isValid(bytes) ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// How many bytes at the end begin a sequence that later bytes may make whole; at most 3.
    static func unfinishedTail(_ bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            if lead & 0xC0 == 0x80 { continue }
            // The smallest and the largest ends: one of them is well-formed where any is.
            let tail = Array(bytes.suffix(length))
            let needed = lead < 0xC2 || lead > 0xF4 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
            guard needed > length else { return 0 }
            let canBeMadeWhole = [0x80, 0xA0, 0x90, 0xBF, 0x9F, 0x8F].contains { (second: UInt8) in
                let missing = [second] + [UInt8](repeating: 0x80, count: needed - length - 1)
                return (tail + missing).withUnsafeBufferPointer(isValid)
            }
            return canBeMadeWhole ? length : 0
        }
        return 0
    }
}
