/// Runs of white space (Unicode property White_Space) as single blanks: what two copies of a text may differ in.
enum WhiteSpace {
    /// The words with a blank between them; nil when that is the text itself.
    static func normalized(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { isNormalized($0) ? nil : words($0) }
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let high: UInt64 = ones &* 0x80

    /// Eight bytes of text at once: the high bit of every byte that is a blank. Nil unless all of them are ASCII and none
    /// is below 0x20.
    @inline(__always)
    private static func blanks(_ word: UInt64) -> UInt64? {
        guard (word | (word &- (ones &* 0x20))) & high == 0 else { return nil }
        // All bytes are below 0x80, so no sum carries over.
        return ~((word ^ (ones &* 0x20)) &+ (ones &* 0x7F)) & high
    }

    /// Whether the only white space is single blanks between words.
    private static func isNormalized(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last, first != 0x20, last != 0x20 else {
            return bytes.isEmpty
        }
        let raw = UnsafeRawBufferPointer(bytes)
        /// The high bit of the byte before, where that is a blank.
        var carry: UInt64 = 0
        var i = 0
        while i < raw.count {
            if i + 8 <= raw.count,
                let blanks = blanks(
                    UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: i, as: UInt64.self)))
            {
                if blanks & (blanks << 8 | carry) != 0 { return false }
                carry = blanks >> 56
                i += 8
                continue
            }
            let end = min(i + 8, raw.count)
            while i < end {
                if length(bytes, at: i) > 0 {
                    if raw[i] != 0x20 || carry != 0 { return false }
                    carry = 0x80
                } else {
                    carry = 0
                }
                i += 1
            }
        }
        return true
    }

    private static func words(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: bytes.count) { output in
            let raw = UnsafeRawBufferPointer(bytes)
            let written = UnsafeMutableRawBufferPointer(output)
            var count = 0
            /// 0x80 where a blank would be one too many: after a blank, and before the first word.
            var carry: UInt64 = 0x80
            var i = 0
            while i < raw.count {
                if i + 8 <= raw.count {
                    let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: i, as: UInt64.self))
                    if let blanks = blanks(word), blanks & (blanks << 8 | carry) == 0 {
                        written.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
                        carry = blanks >> 56
                        count += 8
                        i += 8
                        continue
                    }
                }
                let end = min(i + 8, raw.count)
                while i < end {
                    let space = length(bytes, at: i)
                    if space == 0 {
                        written[count] = raw[i]
                        count += 1
                        carry = 0
                        i += 1
                    } else {
                        if carry == 0 {
                            written[count] = 0x20
                            count += 1
                        }
                        carry = 0x80
                        i += space
                    }
                }
            }
            // A blank after the last word.
            return carry != 0 && count > 0 ? count - 1 : count
        }
    }

    /// The length of the white space that stands at a place; 0 for none.
    @inline(__always)
    private static func length(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
        let byte = text[place]
        if byte < 0x80 { return byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) ? 1 : 0 }
        guard byte == 0xC2 || (byte >= 0xE1 && byte <= 0xE3) else { return 0 }
        let length = byte == 0xC2 ? 2 : 3
        guard place + length <= text.count else { return 0 }
        var scalar = UInt32(byte & (0x7F >> UInt8(length)))
        for i in 1..<length { scalar = scalar << 6 | UInt32(text[place + i] & 0x3F) }
        return Unicode.Scalar(scalar)?.properties.isWhitespace == true ? length : 0
    }
}
