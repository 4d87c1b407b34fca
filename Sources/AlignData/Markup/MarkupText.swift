import CLibXML2

/// The text of an element as a person reads it.
enum MarkupText {
    /// With paragraphs or other blocks inside: these parted by blank lines, white space inside each run together.
    /// Otherwise the text as it stands, trimmed.
    static func text(of node: xmlNodePtr) -> String {
        if node.pointee.type == XML_ELEMENT_NODE, hasBlocks(node) { return readable(node) }
        guard let bytes = xmlNodeGetContent(node) else { return "" }
        defer { xml_release(bytes) }
        return trimmed(String(cString: bytes))
    }

    /// The readable text of a piece of HTML.
    static func readable(html: String) -> String {
        var html = html
        let document = html.withUTF8 { HTMLDocument($0, encoding: "UTF-8") }
        return document?.root.map { readable($0.pointer) } ?? ""
    }

    private static func readable(_ node: xmlNodePtr) -> String {
        var writer = BlockWriter()
        write(node, to: &writer)
        return writer.finish()
    }

    // MARK: - Blocks

    /// Elements of HTML, XHTML, JATS and their relatives that stand apart from the text around them.
    private static let blocks: Set<String> = [
        "p", "div", "section", "article", "aside", "header", "footer", "nav", "main", "ul", "ol", "dl", "dd",
        "blockquote", "pre", "table", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "figure", "figcaption",
        "form", "fieldset", "address", "sec", "title", "list", "fig", "caption", "table-wrap", "disp-quote",
        "disp-formula", "boxed-text", "body", "abstract",
    ]
    /// Elements that begin a line.
    private static let lines: Set<String> = ["br", "li", "tr", "dt", "list-item", "option"]
    /// Elements whose text nobody reads.
    private static let hidden: Set<String> = ["script", "style", "head", "noscript", "template"]

    private static func hasBlocks(_ node: xmlNodePtr) -> Bool {
        var child = node.pointee.children
        while let current = child {
            if current.pointee.type == XML_ELEMENT_NODE {
                let name = name(of: current)
                if blocks.contains(name) || lines.contains(name) || hasBlocks(current) { return true }
            }
            child = current.pointee.next
        }
        return false
    }

    private static func write(_ node: xmlNodePtr, to writer: inout BlockWriter) {
        switch node.pointee.type {
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
            if let bytes = node.pointee.content { writer.add(String(cString: bytes)) }
        case XML_ELEMENT_NODE:
            let name = name(of: node)
            if hidden.contains(name) { return }
            let gap = blocks.contains(name) ? 2 : lines.contains(name) ? 1 : 0
            writer.part(lines: gap)
            var child = node.pointee.children
            while let current = child {
                write(current, to: &writer)
                child = current.pointee.next
            }
            writer.part(lines: name == "br" ? 0 : gap)
            if name == "td" || name == "th" { writer.add(" ") }
        default: break
        }
    }

    private static func name(of node: xmlNodePtr) -> String {
        node.pointee.name.map { String(cString: $0).lowercased() } ?? ""
    }

    /// Puts words together: single blanks between them, line feeds between blocks.
    private struct BlockWriter {
        private var text = String.UnicodeScalarView()
        private var pendingLines = 0
        private var isBlankPending = false

        /// What comes next stands `lines` line feeds further down.
        mutating func part(lines: Int) { pendingLines = max(pendingLines, lines) }

        mutating func add(_ piece: String) {
            for scalar in piece.unicodeScalars {
                if MarkupText.isSpace(scalar) {
                    isBlankPending = true
                    continue
                }
                if !text.isEmpty {
                    if pendingLines > 0 {
                        for _ in 0..<pendingLines { text.append("\n") }
                    } else if isBlankPending {
                        text.append(" ")
                    }
                }
                pendingLines = 0
                isBlankPending = false
                text.append(scalar)
            }
        }

        func finish() -> String { String(text) }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "\r" || scalar == "\u{A0}"
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}
