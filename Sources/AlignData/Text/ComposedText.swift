/// A quick check for canonical composition (NFC): whether a scalar leaves a text composed, whatever stands beside it.
///
/// That is so where its combining class is 0 and its NFC_Quick_Check is Yes (Unicode Standard Annex #15, section 9).
/// A text of such scalars alone is in NFC. The ranges hold what most texts are written with, in blocks that have no
/// room for new marks, so that no later version of Unicode makes them wrong; of other scalars nothing is said.
enum ComposedText {
    static let safeRanges: [ClosedRange<UInt32>] = [
        0x0000...0x02FF,  // Latin
        0x0388...0x0482, 0x048A...0x052F,  // Greek, Cyrillic
        0x05D0...0x05EA, 0x0620...0x064A,  // letters of Hebrew and Arabic
        0x1E00...0x1EFF,  // Latin with marks, Vietnamese
        0x2002...0x205F, 0x20A0...0x20C0, 0x2100...0x2125,  // punctuation, currencies, letter-like
        0x212C...0x218B, 0x2190...0x2328, 0x2460...0x2ADB,  // arrows, mathematics, boxes, dingbats
        0x3001...0x3029, 0x3041...0x3096, 0x309B...0x30FF,  // punctuation of CJK, kana
        0x3400...0xA48C,  // ideographs, Yi
        0xAC00...0xD7A3,  // Hangul syllables
        0xFF01...0xFF9D,  // full and half width
        0x1D400...0x1D6A5, 0x1F300...0x1F64F,  // mathematical letters, emoji
        0x1F680...0x1F6C5, 0x1F90C...0x1F9FF, 0x20000...0x2A6D6,
    ]

    /// - Parameters:
    ///   - bytes: well-formed UTF-8.
    ///   - start: where a scalar begins.
    static func isSafe(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        let lead = bytes[start]
        let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard start + length <= bytes.count else { return false }
        var scalar = length == 1 ? UInt32(lead) : UInt32(lead) & (0x7F >> UInt32(length))
        for i in 1..<max(1, length) { scalar = scalar << 6 | UInt32(bytes[start + i] & 0x3F) }
        return safeRanges.contains { $0.contains(scalar) }
    }
}
