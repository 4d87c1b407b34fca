/// Cuts a template into text and tags, with the white-space rules under which transformers renders chat templates
/// (`trim_blocks` and `lstrip_blocks`), and tags into tokens.
struct JinjaLexer {
    enum Piece {
        case text(String)
        /// `{{ … }}`
        case output([Token])
        /// `{% … %}`
        case block([Token])
    }

    enum Token: Hashable {
        case name(String)
        case string(String)
        case integer(Int)
        case float(Double)
        case symbol(String)
    }

    private let source: [Unicode.Scalar]
    private var index = 0
    private var pieces: [Piece] = []
    private var text: [Unicode.Scalar] = []

    private init(_ source: String) {
        var scalars: [Unicode.Scalar] = []
        // As Jinja2 does: every line end is one "\n", inside strings, too.
        var isAfterReturn = false
        for scalar in source.unicodeScalars {
            if scalar != "\n" || !isAfterReturn { scalars.append(scalar == "\r" ? "\n" : scalar) }
            isAfterReturn = scalar == "\r"
        }
        // One line end at the end is no part of a template.
        if scalars.last == "\n" { scalars.removeLast() }
        self.source = scalars
    }

    static func pieces(of source: String) throws(JinjaFault) -> [Piece] {
        var lexer = JinjaLexer(source)
        try lexer.run()
        return lexer.pieces
    }

    private func at(_ offset: Int) -> Unicode.Scalar? {
        index + offset < source.count ? source[index + offset] : nil
    }

    private mutating func run() throws(JinjaFault) {
        while let scalar = at(0) {
            guard scalar == "{", let kind = at(1), kind == "{" || kind == "%" || kind == "#" else {
                text.append(scalar)
                index += 1
                continue
            }
            index += 2
            let mark = at(0)
            if mark == "-" {
                while let last = text.last, JinjaText.isSpace(last) { text.removeLast() }
                index += 1
            } else if mark == "+" {
                index += 1
            } else if kind != "{" {
                stripLine()
            }
            endText()
            switch kind {
            case "#":
                while at(0) != nil && !(at(0) == "#" && at(1) == "}") { index += 1 }
                guard at(0) != nil else { throw JinjaFault(what: "has a comment that does not end") }
                let last = source[index - 1]
                index += 2
                endTag(strips: last == "-", trimsLine: last != "+")
            default:
                let (tokens, end) = try tag(closing: kind == "{" ? "}" : "%")
                let strips = end == "-"
                if kind == "%", tokens == [.name("raw")] {
                    endTag(strips: strips, trimsLine: end != "+")
                    try raw()
                    continue
                }
                pieces.append(kind == "{" ? .output(tokens) : .block(tokens))
                endTag(strips: strips, trimsLine: kind == "%" && end != "+")
            }
        }
        endText()
    }

    private mutating func endText() {
        guard !text.isEmpty else { return }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        pieces.append(.text(String(view)))
        text = []
    }

    /// Blanks between the start of a line and a block belong to the block.
    private mutating func stripLine() {
        var end = text.count
        while end > 0, text[end - 1] != "\n", JinjaText.isSpace(text[end - 1]) { end -= 1 }
        let isLineStart = end > 0 ? text[end - 1] == "\n" : pieces.isEmpty || lineBegan
        if isLineStart { text.removeSubrange(end...) }
    }

    /// Text up to `{% endraw %}`, whatever it looks like.
    private mutating func raw() throws(JinjaFault) {
        while at(0) != nil {
            guard at(0) == "{", at(1) == "%" else {
                text.append(source[index])
                index += 1
                continue
            }
            let start = index
            index += 2
            let mark = at(0)
            if mark == "-" || mark == "+" { index += 1 }
            if let (tokens, last) = try? tag(closing: "%"), tokens == [.name("endraw")] {
                if mark == "-" {
                    while let last = text.last, JinjaText.isSpace(last) { text.removeLast() }
                } else if mark != "+" {
                    stripLine()
                }
                endText()
                return endTag(strips: last == "-", trimsLine: last != "+")
            }
            index = start + 1
            text.append("{")
        }
        throw JinjaFault(what: "has a block without its 'endraw'")
    }

    /// Whether the last tag took the line end after it.
    private var lineBegan = false

    private mutating func endTag(strips: Bool, trimsLine: Bool) {
        lineBegan = false
        if strips {
            while let scalar = at(0), JinjaText.isSpace(scalar) {
                lineBegan = scalar == "\n"
                index += 1
            }
        } else if trimsLine {
            if at(0) == "\n" {
                index += 1
                lineBegan = true
            }
        }
    }

    /// The tokens up to the end of the tag, and the sign that stands before it: `-` strips what follows, `+` keeps it.
    private mutating func tag(closing: Unicode.Scalar) throws(JinjaFault) -> ([Token], Unicode.Scalar?) {
        var tokens: [Token] = []
        var depth = 0
        while let scalar = at(0) {
            if depth == 0, scalar == closing, at(1) == "}" {
                index += 2
                return (tokens, nil)
            }
            if depth == 0, scalar == "-" || scalar == "+" && closing == "%", at(1) == closing, at(2) == "}" {
                index += 3
                return (tokens, scalar)
            }
            switch scalar {
            case _ where JinjaText.isSpace(scalar): index += 1
            case "'", "\"": tokens.append(.string(try string(scalar)))
            case "0"..."9": tokens.append(try number())
            case _ where scalar == "_" || scalar.properties.isAlphabetic:
                var name = ""
                while let next = at(0),
                    next == "_" || next.properties.isAlphabetic || ("0"..."9").contains(next)
                {
                    name.unicodeScalars.append(next)
                    index += 1
                }
                tokens.append(.name(name))
            default:
                let two = String(String.UnicodeScalarView([scalar, at(1) ?? " "]))
                let symbol = ["==", "!=", "<=", ">=", "//", "**"].contains(two) ? two : String(scalar)
                if ["(", "[", "{"].contains(symbol) { depth += 1 }
                if [")", "]", "}"].contains(symbol) { depth -= 1 }
                index += symbol.unicodeScalars.count
                tokens.append(.symbol(symbol))
            }
        }
        throw JinjaFault(what: "has a tag that does not end")
    }

    private mutating func number() throws(JinjaFault) -> Token {
        var digits = ""
        func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ("0"..."9").contains($0) } ?? false }
        func take(_ count: Int) {
            for _ in 0..<count { digits.unicodeScalars.append(source[index]); index += 1 }
        }
        var isFloat = false
        while isDigit(at(0)) || (at(0) == "_" && isDigit(at(1))) {
            if at(0) == "_" { index += 1 } else { take(1) }
        }
        if at(0) == ".", isDigit(at(1)) {
            isFloat = true
            take(1)
            while isDigit(at(0)) { take(1) }
        }
        if at(0) == "e" || at(0) == "E" {
            let sign = at(1) == "+" || at(1) == "-" ? 1 : 0
            if isDigit(at(1 + sign)) {
                isFloat = true
                take(1 + sign)
                while isDigit(at(0)) { take(1) }
            }
        }
        if isFloat, let value = Double(digits) { return .float(value) }
        guard let value = Int(digits) else { throw JinjaFault(what: "has a number that is too large") }
        return .integer(value)
    }

    private mutating func string(_ quote: Unicode.Scalar) throws(JinjaFault) -> String {
        var value = String.UnicodeScalarView()
        index += 1
        while let scalar = at(0) {
            index += 1
            if scalar == quote { return String(value) }
            guard scalar == "\\", let escaped = at(0) else {
                value.append(scalar)
                continue
            }
            index += 1
            switch escaped {
            case "n": value.append("\n")
            case "t": value.append("\t")
            case "r": value.append("\r")
            case "\\", "'", "\"": value.append(escaped)
            case "a": value.append("\u{7}")
            case "b": value.append("\u{8}")
            case "f": value.append("\u{C}")
            case "v": value.append("\u{B}")
            case "\n": break
            case "x": value.append(try code(digits: 2))
            case "u": value.append(try code(digits: 4))
            case "U": value.append(try code(digits: 8))
            case "0"..."7":
                var code = escaped.value - 0x30
                for _ in 0..<2 {
                    guard let next = at(0), ("0"..."7").contains(next) else { break }
                    code = code * 8 + next.value - 0x30
                    index += 1
                }
                value.append(Unicode.Scalar(code) ?? " ")
            case "N": throw JinjaFault(what: "has a character by its name, which is not supported")
            default:
                value.append("\\")
                value.append(escaped)
            }
        }
        throw JinjaFault(what: "has a string that does not end")
    }

    /// A character by its number, in hexadecimal digits; a pair of surrogates is one.
    private mutating func code(digits count: Int) throws(JinjaFault) -> Unicode.Scalar {
        func take() -> UInt32? {
            var digits = ""
            for _ in 0..<count {
                digits.unicodeScalars.append(at(0) ?? " ")
                index += 1
            }
            return UInt32(digits, radix: 16)
        }
        guard let code = take(), let scalar = Unicode.Scalar(code) else {
            throw JinjaFault(what: "has an escape that is not a character")
        }
        return scalar
    }
}
