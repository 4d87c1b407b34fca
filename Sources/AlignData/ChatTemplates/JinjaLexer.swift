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
                while text.last?.properties.isWhitespace == true { text.removeLast() }
                index += 1
            } else if mark == "+" && kind != "{" {
                index += 1
            } else if kind != "{" {
                stripLine()
            }
            endText()
            switch kind {
            case "#":
                while at(0) != nil && !(at(0) == "#" && at(1) == "}") { index += 1 }
                guard at(0) != nil else { throw JinjaFault(what: "has a comment that does not end") }
                let strips = source[index - 1] == "-"
                index += 2
                endTag(strips: strips, trimsLine: true)
            default:
                let (tokens, strips) = try tag(closing: kind == "{" ? "}" : "%")
                pieces.append(kind == "{" ? .output(tokens) : .block(tokens))
                endTag(strips: strips, trimsLine: kind == "%")
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
        while end > 0, text[end - 1] == " " || text[end - 1] == "\t" { end -= 1 }
        let isLineStart = end > 0 ? text[end - 1] == "\n" : pieces.isEmpty || lineBegan
        if isLineStart { text.removeSubrange(end...) }
    }

    /// Whether the last tag took the line end after it.
    private var lineBegan = false

    private mutating func endTag(strips: Bool, trimsLine: Bool) {
        lineBegan = false
        if strips {
            while let scalar = at(0), scalar.properties.isWhitespace {
                lineBegan = scalar == "\n" || (lineBegan && (scalar == " " || scalar == "\t"))
                index += 1
            }
        } else if trimsLine {
            if at(0) == "\n" {
                index += 1
                lineBegan = true
            }
        }
    }

    /// The tokens up to the end of the tag, and whether it strips what follows.
    private mutating func tag(closing: Unicode.Scalar) throws(JinjaFault) -> ([Token], Bool) {
        var tokens: [Token] = []
        var depth = 0
        while let scalar = at(0) {
            if depth == 0, scalar == closing, at(1) == "}" {
                index += 2
                return (tokens, false)
            }
            if depth == 0, scalar == "-" || scalar == "+", at(1) == closing, at(2) == "}" {
                index += 3
                return (tokens, scalar == "-")
            }
            switch scalar {
            case _ where scalar.properties.isWhitespace: index += 1
            case "'", "\"": tokens.append(.string(try string(scalar)))
            case "0"..."9":
                var digits = ""
                while let digit = at(0), ("0"..."9").contains(digit) {
                    digits.unicodeScalars.append(digit)
                    index += 1
                }
                guard let value = Int(digits), at(0) != "." || !("0"..."9").contains(at(1) ?? " ") else {
                    throw JinjaFault(what: "has a number that is not an integer")
                }
                tokens.append(.integer(value))
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
            case "u":
                var digits = ""
                for _ in 0..<4 {
                    digits.unicodeScalars.append(at(0) ?? " ")
                    index += 1
                }
                guard let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
                    throw JinjaFault(what: "has an escape that is not a character")
                }
                value.append(scalar)
            default:
                value.append("\\")
                value.append(escaped)
            }
        }
        throw JinjaFault(what: "has a string that does not end")
    }
}
