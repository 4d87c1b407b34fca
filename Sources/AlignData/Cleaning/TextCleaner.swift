import Foundation

/// Makes texts of all sources alike: no byte order mark, LF as line end, NFC, no control characters but tab
/// and line feed, no white space around.
struct TextCleaner {
    /// What was changed: texts, but characters for `controlCharacters`. Names are those of the manifest.
    struct Changes: Hashable {
        var byteOrderMarks = 0
        var lineEnds = 0
        var composed = 0
        var controlCharacters = 0

        var byName: [String: Int] {
            [
                "byte-order-marks-removed": byteOrderMarks, "line-ends-made-one": lineEnds,
                "texts-composed": composed, "control-characters-removed": controlCharacters,
            ].filter { $0.value > 0 }
        }
    }

    private(set) var changes = Changes()

    mutating func clean(_ text: String) -> String {
        var text = text
        var needsWork = false
        var isComposed = true
        text.withUTF8 { bytes in
            for byte in bytes {
                if byte < 0x20 { needsWork = needsWork || (byte != 0x0A && byte != 0x09) }
                if byte == 0x7F || byte == 0xC2 || byte == 0xEF { needsWork = true }
                // Below U+0300 (first byte 0xCC) every text is in NFC.
                if byte >= 0xCC { isComposed = false }
            }
        }
        if needsWork { text = withoutControls(text) }
        if !isComposed {
            let composed = text.precomposedStringWithCanonicalMapping
            if !composed.utf8.elementsEqual(text.utf8) {
                changes.composed += 1
                text = composed
            }
        }
        return Self.trimmed(text)
    }

    private mutating func withoutControls(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        var changedLineEnds = false
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            switch scalar.value {
            case 0xFEFF where previous == nil: changes.byteOrderMarks += 1
            case 0x0D:
                changedLineEnds = true
                result.append("\n")
            case 0x0A:
                if previous != "\r" { result.append(scalar) }
            case 0x09: result.append(scalar)
            case 0..<0x20, 0x7F...0x9F: changes.controlCharacters += 1
            default: result.append(scalar)
            }
        }
        if changedLineEnds { changes.lineEnds += 1 }
        return String(result)
    }

    /// Without Unicode white space at both ends.
    static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
