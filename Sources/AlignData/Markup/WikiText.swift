/// The text that a page of MediaWiki markup shows: without templates, tables, files, references, comments and
/// tags; links by their text; headings stay lines of `== … ==`. An approximation that needs no wiki: what a
/// template would have said is lost.
enum WikiText {
    static func readable(_ text: String) -> String {
        var parser = Parser(Array(text.utf8))
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

    /// The entities that wikis use, and what they stand for.
    private static let entities: [(name: [UInt8], text: [UInt8])] = [
        ("&nbsp;", " "), ("&ndash;", "–"), ("&mdash;", "—"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""),
        ("&amp;", "&"),
    ].map { (Array($0.utf8), Array($1.utf8)) }

    private static func withoutEntities(_ text: [UInt8]) -> [UInt8] {
        guard var place = text.firstIndex(of: UInt8(ascii: "&")) else { return text }
        var output = Array(text[..<place])
        while place < text.count {
            if text[place] == UInt8(ascii: "&"),
                let entity = entities.first(where: { text[place...].starts(with: $0.name) })
            {
                output += entity.text
                place += entity.name.count
            } else {
                output.append(text[place])
                place += 1
            }
        }
        return output
    }

    /// One pass; constructs that do not end reach to the end of the page's text at most once each.
    private struct Parser {
        private static let maxLinkBytes = 2000

        private let bytes: [UInt8]
        private var index = 0
        /// A construct of this kind has no end in what is left of the page.
        private var isUnclosed = [Bool](repeating: false, count: Self.hiding.count)
        var output: [UInt8] = []

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        private func starts(_ text: StaticString, at place: Int) -> Bool {
            let count = text.utf8CodeUnitCount
            guard place + count <= bytes.count else { return false }
            for offset in 0..<count where Self.lowered(bytes[place + offset]) != text.utf8Start[offset] {
                return false
            }
            return true
        }

        private static func lowered(_ byte: UInt8) -> UInt8 {
            (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }

        private func find(_ text: StaticString, from place: Int) -> Int? {
            let first = text.utf8Start[0]
            var place = place
            while place < bytes.count {
                if bytes[place] == first, starts(text, at: place) { return place }
                place += 1
            }
            return nil
        }

        mutating func run() {
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "{") where starts("{{", at: index): skipNested("{{", "}}")
                case UInt8(ascii: "{") where starts("{|", at: index): skipNested("{|", "|}")
                case UInt8(ascii: "[") where starts("[[", at: index): link()
                case UInt8(ascii: "["): externalLink()
                case UInt8(ascii: "<"): tag()
                case UInt8(ascii: "'") where starts("''", at: index):
                    while index < bytes.count, bytes[index] == UInt8(ascii: "'") { index += 1 }
                case UInt8(ascii: "_") where starts("__", at: index): behaviourSwitch()
                default:
                    output.append(bytes[index])
                    index += 1
                }
            }
        }

        /// Passes over a construct that may hold others of its kind; one that does not end is two characters.
        private mutating func skipNested(_ opening: StaticString, _ closing: StaticString) {
            var depth = 0
            var place = index
            while place < bytes.count {
                if starts(opening, at: place) {
                    depth += 1
                    place += 2
                } else if starts(closing, at: place) {
                    depth -= 1
                    place += 2
                    if depth == 0 {
                        index = place
                        return
                    }
                } else {
                    place += 1
                }
            }
            // Without an end there is none for any later one either: the rest is text.
            output += bytes[index...]
            index = bytes.count
        }

        /// `[[page|text]]` shows the text, `[[page]]` the page, `[[File:…]]` and `[[Category:…]]` nothing.
        private mutating func link() {
            var depth = 0
            var place = index
            var lastBar: Int?
            let limit = min(bytes.count, index + Self.maxLinkBytes)
            while place < limit {
                if starts("[[", at: place) {
                    depth += 1
                    place += 2
                } else if starts("]]", at: place) {
                    depth -= 1
                    place += 2
                    if depth == 0 { break }
                } else {
                    if bytes[place] == UInt8(ascii: "|"), depth == 1 { lastBar = place }
                    place += 1
                }
            }
            guard depth == 0 else {
                index += 2
                return
            }
            let inside = (index + 2)..<(place - 2)
            let isHidden = [
                "file:", "image:", "category:", "datei:", "bild:", "kategorie:", "fichier:", "archivo:",
            ].contains { starts($0, inside) }
            if !isHidden {
                output += bytes[(lastBar.map { $0 + 1 } ?? inside.lowerBound)..<inside.upperBound]
            }
            index = place
        }

        private func starts(_ text: String, _ range: Range<Int>) -> Bool {
            range.count >= text.utf8.count
                && zip(text.utf8, bytes[range]).allSatisfy { $0 == Self.lowered($1) }
        }

        /// `[http://… text]` shows the text.
        private mutating func externalLink() {
            guard starts("http", at: index + 1),
                let end = bytes[index...].prefix(2000).firstIndex(of: UInt8(ascii: "]"))
            else {
                output.append(bytes[index])
                index += 1
                return
            }
            if let blank = bytes[index..<end].firstIndex(of: UInt8(ascii: " ")) {
                output += bytes[(blank + 1)..<end]
            }
            index = end + 1
        }

        /// Comments and references go with what they hold, other tags alone.
        private mutating func tag() {
            if starts("<!--", at: index) {
                index = find("-->", from: index + 4).map { $0 + 3 } ?? bytes.count
                return
            }
            guard let end = bytes[index...].prefix(2000).firstIndex(of: UInt8(ascii: ">")),
                index + 1 < end,
                bytes[index + 1] == UInt8(ascii: "/")
                    || (0x61...0x7A).contains(Self.lowered(bytes[index + 1]))
            else {
                output.append(bytes[index])
                index += 1
                return
            }
            let isEmpty = bytes[end - 1] == UInt8(ascii: "/")
            for (kind, hiding) in Self.hiding.enumerated() where !isEmpty && starts(hiding.opening, at: index)
            {
                if isUnclosed[kind] { break }
                if let close = find(hiding.closing, from: end) {
                    index = close + hiding.closing.utf8CodeUnitCount
                    return
                }
                isUnclosed[kind] = true
            }
            index = end + 1
        }

        private static let hiding: [(opening: StaticString, closing: StaticString)] = [
            ("<ref", "</ref>"), ("<math", "</math>"), ("<gallery", "</gallery>"),
            ("<timeline", "</timeline>"),
        ]

        /// `__NOTOC__`
        private mutating func behaviourSwitch() {
            var place = index + 2
            while place < bytes.count, (0x41...0x5A).contains(bytes[place]) { place += 1 }
            if place > index + 2, starts("__", at: place) {
                index = place + 2
            } else {
                output += bytes[index..<place]
                index = place
            }
        }
    }
}
