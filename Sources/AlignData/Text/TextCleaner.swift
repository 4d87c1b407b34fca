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

    /// Most texts need none of it: they are looked through once and returned as they are.
    mutating func clean(_ text: String) -> String {
        var text = text
        let needs = text.withUTF8 { Needs($0) }
        if needs.controls { text = withoutControls(text) }
        if needs.composition {
            let composed = text.precomposedStringWithCanonicalMapping
            if !composed.utf8.elementsEqual(text.utf8) {
                changes.composed += 1
                text = composed
            }
        }
        return needs.trimming || needs.controls || needs.composition ? Self.trimmed(text) : text
    }

    /// What a text may need; found from its bytes.
    private struct Needs {
        var controls = false
        var composition = false
        var trimming = false

        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            guard let first = bytes.first, let last = bytes.last else { return }
            trimming = first <= 0x20 || first >= 0x80 || last <= 0x20 || last >= 0x80
            controls = bytes.starts(with: [0xEF, 0xBB, 0xBF])
            let raw = UnsafeRawBufferPointer(bytes)
            let ones: UInt64 = 0x0101_0101_0101_0101
            var i = 0
            while i < raw.count {
                if i + 8 <= raw.count {
                    let word = raw.loadUnaligned(fromByteOffset: i, as: UInt64.self)
                    // No byte is below 0x20 or above 0x7E.
                    if ((word &- (ones &* 0x20)) | (word &+ ones) | word) & (ones &* 0x80) == 0 {
                        i += 8
                        continue
                    }
                }
                let end = min(i + 8, raw.count)
                while i < end {
                    let byte = raw[i]
                    if byte < 0x20 { controls = controls || (byte != 0x0A && byte != 0x09) }
                    if byte == 0x7F || byte == 0xC2 && i + 1 < raw.count && raw[i + 1] < 0xA0 {
                        controls = true
                    }
                    if byte >= 0xCC { composition = composition || !ComposedText.isSafe(bytes, at: i) }
                    i += 1
                }
            }
        }
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
        if first == scalars.startIndex, scalars.index(after: last) == scalars.endIndex { return text }
        return String(scalars[first...last])
    }
}
