/// Writes the text of a page of MediaWiki markup. Every byte is looked at a bounded number of times.
struct WikiParser {
    private static let maxLinkBytes = 2000
    private static let maxNameBytes = 200
    /// Labels in labels.
    private static let maxDepth = 16

    private let bytes: [UInt8]
    private let brackets: [WikiBrackets.Bracket]
    private var index = 0
    /// Of the first bracket that begins here or later.
    private var next = 0
    private var depth = 0
    /// An element of this kind has no end from here to there.
    private var hasNoEnd = [Int](repeating: 0, count: WikiTags.hiding.count)
    private var isRawUnclosed = [Bool](repeating: false, count: WikiTags.raw.count + 1)
    private(set) var output: [UInt8] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        brackets = WikiBrackets(bytes).brackets
        output.reserveCapacity(bytes.count)
    }

    mutating func run() { run(to: bytes.count) }

    private mutating func run(to end: Int) {
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): bracket(end)
            case UInt8(ascii: "<"): tag(end)
            case UInt8(ascii: "'"): apostrophes(end)
            case UInt8(ascii: "_") where starts("__", at: index): behaviourSwitch(end)
            default:
                let start = index
                repeat { index += 1 } while index < end && Self.isPlain[Int(bytes[index])]
                output += bytes[start..<index]
            }
        }
    }

    /// Bytes that no markup begins with.
    private static let isPlain: [Bool] = (0..<256).map { !"{[<'_".utf8.contains(UInt8($0)) }

    private func starts(_ text: StaticString, at place: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard place + count <= bytes.count else { return false }
        for offset in 0..<count where WikiTags.lowered(bytes[place + offset]) != text.utf8Start[offset] {
            return false
        }
        return true
    }

    // MARK: - Brackets

    private mutating func bracket(_ end: Int) {
        while next < brackets.count, brackets[next].start < index { next += 1 }
        guard next < brackets.count, brackets[next].start == index else {
            if bytes[index] == UInt8(ascii: "[") { return externalLink(end) }
            output.append(bytes[index])
            index += 1
            return
        }
        let bracket = brackets[next]
        let isWhole = bracket.end.map { $0 <= end } ?? false
        switch bracket.kind {
        case .link where isWhole: link(bracket, bracket.end ?? end)
        case .link: index += 2
        case .parameter where isWhole: parameter(bracket, bracket.end ?? end)
        case .template where isWhole, .table where isWhole: vanish(to: bracket.end ?? end)
        case .template, .parameter: skipUnclosedTemplate(bracket.width, end)
        case .table: skipUnclosedTable(end)
        }
    }

    /// Passes over what shows nothing, with one of the two blanks around it.
    private mutating func vanish(to place: Int) {
        index = place
        let isBlankBefore = output.last.map { $0 == 0x20 || $0 == 0x0A } ?? true
        if isBlankBefore, index < bytes.count, bytes[index] == 0x20 { index += 1 }
    }

    /// A template without an end costs its name, the parameters behind it that have a name, and the lines that begin
    /// with a bar.
    private mutating func skipUnclosedTemplate(_ width: Int, _ end: Int) {
        vanish(to: index + width)
        var place = index
        let limit = min(end, index + Self.maxNameBytes)
        while place < limit, bytes[place] != UInt8(ascii: "|"), bytes[place] != 0x0A { place += 1 }
        let isNamed = place < limit && (bytes[place] == UInt8(ascii: "|") || isParameterLine(place + 1, end))
        guard isNamed else { return }
        while place < end {
            if bytes[place] == UInt8(ascii: "|") {
                var stop = place + 1
                while stop < end, bytes[stop] != UInt8(ascii: "|"), bytes[stop] != 0x0A { stop += 1 }
                guard bytes[place..<stop].contains(UInt8(ascii: "=")) || isLineStart(place) else {
                    place += 1
                    break
                }
                place = stop
            } else {
                // A line end.
                guard isParameterLine(place + 1, end) else { break }
                place += 1
                while bytes[place] == 0x20 { place += 1 }
            }
        }
        index = max(index, place)
    }

    private func isLineStart(_ place: Int) -> Bool {
        let before = bytes[..<place].last { $0 != 0x20 }
        return before == nil || before == 0x0A
    }

    private func isParameterLine(_ place: Int, _ end: Int) -> Bool {
        bytes[min(place, end)..<end].first { $0 != 0x20 } == UInt8(ascii: "|")
    }

    /// A table without an end costs the lines up to an empty one or a heading.
    private mutating func skipUnclosedTable(_ end: Int) {
        while index < end {
            while index < end, bytes[index] != 0x0A { index += 1 }
            let line = bytes[min(index + 1, end)..<end].prefix { $0 != 0x0A }
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) || line.first == UInt8(ascii: "=") { return }
            index = min(index + 1, end)
        }
    }

    /// The first bar of a bracket that is no other's.
    private func bar(from start: Int, to end: Int) -> Int? {
        var place = start
        var inner = next
        while place < end {
            while inner < brackets.count, brackets[inner].start < place { inner += 1 }
            if inner < brackets.count, brackets[inner].start == place, let close = brackets[inner].end {
                place = close
            } else if bytes[place] == UInt8(ascii: "|") {
                return place
            } else {
                place += 1
            }
        }
        return nil
    }

    /// `{{{1|text}}}` shows the text: nobody fills the parameter in.
    private mutating func parameter(_ bracket: WikiBrackets.Bracket, _ end: Int) {
        guard let bar = bar(from: bracket.start + 3, to: end - 3) else { return vanish(to: end) }
        label(bar + 1, to: max(bar + 1, end - 3))
        index = end
    }

    /// `[[page|text]]` shows the text, `[[page]]` the page, `[[File:…]]` and `[[Category:…]]` nothing.
    private mutating func link(_ bracket: WikiBrackets.Bracket, _ end: Int) {
        let inside = (bracket.start + 2)..<(end - 2)
        if Self.hiddenPages.contains(where: { starts($0, inside) }) { return vanish(to: end) }
        let bar = bar(from: inside.lowerBound, to: inside.upperBound)
        let page = inside.lowerBound..<(bar ?? inside.upperBound)
        // No page's name has a line end: this is no link.
        guard end - bracket.start <= Self.maxLinkBytes, !bytes[page].contains(0x0A) else {
            index += 2
            return
        }
        if let bar {
            label(bar + 1, to: inside.upperBound)
        } else {
            let isColon = page.first.map { bytes[$0] == UInt8(ascii: ":") } ?? false
            label(page.lowerBound + (isColon ? 1 : 0), to: page.upperBound)
        }
        index = end
    }

    /// Pages that a link does not name but shows, or is filed under.
    private static let hiddenPages: [[UInt8]] = [
        "file:", "image:", "category:", "datei:", "bild:", "kategorie:", "fichier:", "catégorie:", "archivo:",
        "imagen:", "categoría:", "immagine:", "categoria:", "ficheiro:", "imagem:", "bestand:", "afbeelding:",
        "categorie:", "plik:", "grafika:", "kategoria:", "fil:", "kategori:", "tiedosto:", "luokka:",
        "dosya:",
        "Файл:", "файл:", "Изображение:", "Категория:", "категория:", "Категорія:", "ファイル:", "画像:", "カテゴリ:",
        "文件:", "图像:", "檔案:", "分类:", "分類:", "파일:", "분류:", "ملف:", "تصنيف:",
    ].map { Array($0.utf8) }

    private func starts(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard range.count >= text.count else { return false }
        for (offset, byte) in text.enumerated()
        where byte != WikiTags.lowered(bytes[range.lowerBound + offset]) {
            return false
        }
        return true
    }

    private mutating func label(_ start: Int, to end: Int) {
        index = start
        guard depth < Self.maxDepth else { return }
        depth += 1
        run(to: end)
        depth -= 1
    }

    /// `[http://… text]` shows the text.
    private mutating func externalLink(_ end: Int) {
        let isLink = ["http:", "https:", "ftp:", "mailto:", "//"].contains { (scheme: StaticString) in
            starts(scheme, at: index + 1)
        }
        guard isLink, let close = externalEnd(min(end, index + Self.maxLinkBytes)) else {
            output.append(bytes[index])
            index += 1
            return
        }
        if let blank = bytes[index..<close].firstIndex(of: 0x20) {
            label(blank + 1, to: close)
        }
        index = close + 1
    }

    private func externalEnd(_ limit: Int) -> Int? {
        var place = index + 1
        var inner = next
        while place < limit, bytes[place] != 0x0A {
            while inner < brackets.count, brackets[inner].start < place { inner += 1 }
            if inner < brackets.count, brackets[inner].start == place, let close = brackets[inner].end {
                place = close
            } else if bytes[place] == UInt8(ascii: "]") {
                return place
            } else {
                place += 1
            }
        }
        return nil
    }

    // MARK: - Tags and quotation marks

    /// Comments and references go with what they hold, `nowiki` keeps it as it stands, of other elements the tags go.
    private mutating func tag(_ end: Int) {
        if let (inside, close) = WikiTags.rawEnd(bytes, at: index, &isRawUnclosed), close <= end {
            let separator = WikiTags.tag(bytes, at: index).flatMap(WikiTags.separator)
            if let separator { output.append(separator) }
            output += bytes[inside]
            if let separator { output.append(separator) }
            index = close
            return
        }
        // A comment without an end.
        if bytes[index...].starts(with: WikiTags.comment) { return index += WikiTags.comment.count }
        guard let tag = WikiTags.tag(bytes, at: index), tag.end <= end else {
            output.append(bytes[index])
            index += 1
            return
        }
        if !tag.isClosing, !tag.isEmpty, let kind = WikiTags.hiding.firstIndex(of: tag.name),
            hasNoEnd[kind] < end
        {
            if let close = WikiTags.closing(tag.name, bytes, from: tag.end, to: end) {
                index = close.upperBound
                return
            }
            hasNoEnd[kind] = end
        }
        if let separator = WikiTags.separator(tag) { output.append(separator) }
        index = tag.end
    }

    /// Two are italic, three bold, five both; others stand for themselves.
    private mutating func apostrophes(_ end: Int) {
        let start = index
        while index < end, bytes[index] == UInt8(ascii: "'") { index += 1 }
        let count = index - start
        let kept = count == 1 || count == 4 ? 1 : max(0, count - 5)
        for _ in 0..<kept { output.append(UInt8(ascii: "'")) }
    }

    /// `__NOTOC__`
    private mutating func behaviourSwitch(_ end: Int) {
        var place = index + 2
        while place < end, (0x41...0x5A).contains(bytes[place]) { place += 1 }
        if place > index + 2, starts("__", at: place) {
            index = min(place + 2, end)
        } else {
            output += bytes[index..<place]
            index = place
        }
    }
}
