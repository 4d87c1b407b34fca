import CLibXML2

/// The text that a page of MediaWiki markup shows: without templates, tables, files, references, comments and
/// tags; links by their text; headings stay lines of `== … ==`. An approximation that needs no wiki: what a
/// template would have said is lost.
enum WikiText {
    static func readable(_ text: String) -> String {
        var parser = WikiParser(Array(text.utf8))
        parser.run()
        return String(decoding: withoutEntities(tidied(parser.output)), as: UTF8.self)
    }

    /// Without the lines that only held markup, but for one that parts paragraphs.
    private static func tidied(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var wasEmpty = true
        var isFirst = true
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let isEmpty = line.allSatisfy(isFiller)
            if isEmpty && wasEmpty { continue }
            if !isFirst { output.append(0x0A) }
            if !isEmpty { output += line }
            isFirst = false
            wasEmpty = isEmpty
        }
        return output
    }

    /// Blanks, and what begins the items of lists.
    private static func isFiller(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0D || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "#")
            || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ";")
    }

    // MARK: - Entities

    private static let maxEntityBytes = 12

    private static func withoutEntities(_ text: [UInt8]) -> [UInt8] {
        guard var place = text.firstIndex(of: UInt8(ascii: "&")) else { return text }
        var output = Array(text[..<place])
        output.reserveCapacity(text.count)
        while place < text.count {
            if text[place] == UInt8(ascii: "&"),
                let end = text[place...].prefix(maxEntityBytes).firstIndex(of: UInt8(ascii: ";")),
                let scalar = scalar(of: text[(place + 1)..<end])
            {
                output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                place = end + 1
            } else {
                output.append(text[place])
                place += 1
            }
        }
        return output
    }

    /// What an entity stands for, by what is between `&` and `;`: a number, or a name of HTML.
    private static func scalar(of entity: ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let first = entity.first else { return nil }
        let value: UInt32?
        if first == UInt8(ascii: "#") {
            let digits = entity.dropFirst()
            let isHexadecimal = digits.first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
            let text = String(decoding: isHexadecimal ? digits.dropFirst() : digits, as: UTF8.self)
            value = UInt32(text, radix: isHexadecimal ? 16 : 10)
        } else if entity.elementsEqual("apos".utf8) {
            value = 0x27
        } else {
            let name = entity.map { CChar(bitPattern: $0) } + [0]
            value = name.withUnsafeBufferPointer { buffer in
                buffer.baseAddress?.withMemoryRebound(to: UInt8.self, capacity: buffer.count) {
                    htmlEntityLookup($0)?.pointee.value
                }
            }
        }
        guard let value, value >= 0x20 || value == 0x09 || value == 0x0A else { return nil }
        // A blank that only keeps a line together.
        return value == 0xA0 ? " " : Unicode.Scalar(value)
    }
}
