/// The elements that may stand in a page of MediaWiki markup, by what becomes of them.
enum WikiTags {
    /// A tag: its name in small letters, and where it ends.
    struct Tag {
        var name: [UInt8]
        var isClosing: Bool
        /// `<br/>`
        var isEmpty: Bool
        /// Behind its `>`.
        var end: Int
    }

    private static let maxTagBytes = 2000

    /// Elements whose text is no markup. They show it.
    static let raw = ["nowiki", "pre", "syntaxhighlight", "source"].map { Array($0.utf8) }

    /// Elements that go with what they hold.
    static let hiding = [
        "ref", "references", "math", "chem", "gallery", "timeline", "score", "hiero", "imagemap", "graph",
        "mapframe", "templatedata", "includeonly",
    ].map { Array($0.utf8) }

    /// Elements that begin a line, and end one.
    private static let lines: Set<[UInt8]> = Set(
        [
            "br", "p", "div", "hr", "table", "tr", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "center",
            "h1", "h2", "h3", "h4", "h5", "h6", "pre", "poem", "section", "syntaxhighlight", "source",
            "caption", "figure", "figcaption",
        ].map { Array($0.utf8) })

    private static let cells: Set<[UInt8]> = [Array("td".utf8), Array("th".utf8)]

    /// What stands in the place of a tag, so that the words around it stay apart.
    static func separator(_ tag: Tag) -> UInt8? {
        lines.contains(tag.name) ? 0x0A : cells.contains(tag.name) ? 0x20 : nil
    }

    /// The tag that begins here.
    static func tag(_ bytes: [UInt8], at start: Int) -> Tag? {
        var place = start + 1
        var isClosing = false
        if place < bytes.count, bytes[place] == UInt8(ascii: "/") {
            isClosing = true
            place += 1
        }
        var name: [UInt8] = []
        while place < bytes.count, case let byte = lowered(bytes[place]),
            (0x61...0x7A).contains(byte) || !name.isEmpty && ((0x30...0x39).contains(byte) || byte == 0x2D)
        {
            name.append(byte)
            place += 1
        }
        guard !name.isEmpty else { return nil }
        let limit = min(bytes.count, start + maxTagBytes)
        while place < limit {
            if bytes[place] == UInt8(ascii: ">") {
                return Tag(
                    name: name, isClosing: isClosing, isEmpty: bytes[place - 1] == UInt8(ascii: "/"),
                    end: place + 1)
            }
            place += 1
        }
        return nil
    }

    /// Where the closing tag of that name stands, between `start` and `limit`.
    static func closing(_ name: [UInt8], _ bytes: [UInt8], from start: Int, to limit: Int) -> Range<Int>? {
        var place = start
        while place + name.count + 2 < limit {
            if bytes[place] == UInt8(ascii: "<"), bytes[place + 1] == UInt8(ascii: "/"),
                zip(name, bytes[(place + 2)...]).allSatisfy({ $0 == lowered($1) }),
                case let after = place + 2 + name.count, !isNameByte(bytes[after])
            {
                guard let end = bytes[after..<limit].firstIndex(of: UInt8(ascii: ">")) else { return nil }
                return place..<(end + 1)
            }
            place += 1
        }
        return nil
    }

    /// What lies inside a comment or an element without markup that begins here, and where it ends.
    /// - Parameter isUnclosed: what is known to have no end: the elements of `raw`, and then comments.
    static func rawEnd(
        _ bytes: [UInt8], at start: Int, _ isUnclosed: inout [Bool]
    ) -> (inside: Range<Int>, end: Int)? {
        if bytes[start...].starts(with: comment) {
            guard !isUnclosed[raw.count] else { return nil }
            var place = start + 4
            while place + 3 <= bytes.count {
                if bytes[place] == 0x2D, bytes[place + 1] == 0x2D, bytes[place + 2] == 0x3E {
                    return (place..<place, place + 3)
                }
                place += 1
            }
            isUnclosed[raw.count] = true
            return nil
        }
        guard start + 3 < bytes.count, [0x6E, 0x70, 0x73].contains(lowered(bytes[start + 1])),
            let tag = tag(bytes, at: start), !tag.isClosing, !tag.isEmpty,
            let kind = raw.firstIndex(of: tag.name), !isUnclosed[kind]
        else { return nil }
        guard let close = closing(tag.name, bytes, from: tag.end, to: bytes.count) else {
            isUnclosed[kind] = true
            return nil
        }
        return (tag.end..<close.lowerBound, close.upperBound)
    }

    static let comment = Array("<!--".utf8)

    static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(lowered(byte)) || (0x30...0x39).contains(byte)
    }
}
