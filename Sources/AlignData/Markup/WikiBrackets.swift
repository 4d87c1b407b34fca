/// Where the brackets of a page of MediaWiki markup end: templates, parameters, tables and links, found in one pass
/// before anything is read, so that one that never ends costs itself alone.
struct WikiBrackets {
    enum Kind {
        /// `{{…}}`
        case template
        /// `{{{…}}}`
        case parameter
        /// `{|…|}`, each at the start of a line.
        case table
        /// `[[…]]`
        case link
    }

    struct Bracket {
        var kind: Kind
        var start: Int
        /// Behind its last byte; `nil` for one that has no end.
        var end: Int?

        /// Bytes that open it, and that close it.
        var width: Int { kind == .parameter ? 3 : 2 }
    }

    /// In the order in which they begin.
    private(set) var brackets: [Bracket] = []

    private let bytes: [UInt8]
    private var index = 0
    /// The open ones, by their places among `brackets`.
    private var open: [Int] = []
    private var openBraces = 0
    private var openTables = 0
    private var openLinks = 0
    /// Where the last `[` stands that is no link's.
    private var lastSingle = -1
    /// Raw elements that have no end in what is left of the page.
    private var isUnclosed = [Bool](repeating: false, count: WikiTags.raw.count + 1)

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"): openBrace()
            case UInt8(ascii: "}"): closeBraces()
            case UInt8(ascii: "|"): closeTable()
            case UInt8(ascii: "["): openBracket()
            case UInt8(ascii: "]"): closeBrackets()
            case UInt8(ascii: "<"): skipRaw()
            default: index += 1
            }
        }
    }

    private func run(of byte: UInt8) -> Int {
        var end = index
        while end < bytes.count, bytes[end] == byte { end += 1 }
        return end - index
    }

    /// Whether only blanks and colons stand before this place in its line.
    private func isAtLineStart(_ place: Int) -> Bool {
        var place = place
        while place > 0 {
            let byte = bytes[place - 1]
            if byte == 0x0A { return true }
            guard byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: ":") else { return false }
            place -= 1
        }
        return true
    }

    private mutating func push(_ kind: Kind, width: Int) {
        open.append(brackets.count)
        brackets.append(Bracket(kind: kind, start: index))
        count(kind, 1)
        index += width
    }

    private mutating func count(_ kind: Kind, _ step: Int) {
        switch kind {
        case .template, .parameter: openBraces += step
        case .table: openTables += step
        case .link: openLinks += step
        }
    }

    /// Ends the innermost open bracket of a kind; those inside it have no end.
    private mutating func close(where isOfKind: (Kind) -> Bool, width: (Kind) -> Int) {
        while let last = open.popLast() {
            let kind = brackets[last].kind
            count(kind, -1)
            guard isOfKind(kind) else { continue }
            index += width(kind)
            brackets[last].end = index
            return
        }
    }

    private mutating func openBrace() {
        var left = run(of: UInt8(ascii: "{"))
        if left == 1 {
            let isTable = index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "|")
            if isTable && isAtLineStart(index) { push(.table, width: 2) } else { index += 1 }
            return
        }
        while left >= 2 {
            let isParameter = left == 3
            push(isParameter ? .parameter : .template, width: isParameter ? 3 : 2)
            left -= isParameter ? 3 : 2
        }
        index += left
    }

    private mutating func closeBraces() {
        let end = index + run(of: UInt8(ascii: "}"))
        while end - index >= 2, openBraces > 0 {
            let left = end - index
            close(
                where: { $0 == .template || $0 == .parameter }, width: { $0 == .parameter ? min(3, left) : 2 }
            )
        }
        index = end
    }

    private mutating func closeTable() {
        let isEnd =
            index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "}")
            && !(index + 2 < bytes.count && bytes[index + 2] == UInt8(ascii: "}"))
        guard isEnd, openTables > 0, isAtLineStart(index) else {
            index += 1
            return
        }
        close(where: { $0 == .table }, width: { _ in 2 })
    }

    private mutating func openBracket() {
        let isLink = index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "[")
        if isLink { return push(.link, width: 2) }
        lastSingle = index
        index += 1
    }

    private mutating func closeBrackets() {
        let end = index + run(of: UInt8(ascii: "]"))
        while end - index >= 2, openLinks > 0 {
            // The first of three ends the single bracket inside the link.
            if end - index == 3, let top = open.last, lastSingle > brackets[top].start { index += 1 }
            close(where: { $0 == .link }, width: { _ in 2 })
        }
        index = end
    }

    /// Passes over what holds no markup.
    private mutating func skipRaw() {
        guard let (place, end) = WikiTags.rawEnd(bytes, at: index, &isUnclosed) else {
            index += 1
            return
        }
        _ = place
        index = end
    }
}
