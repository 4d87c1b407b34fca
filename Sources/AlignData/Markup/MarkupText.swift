import CLibXML2

/// The text of an element as a person reads it.
enum MarkupText {
    /// With `p` children: the paragraphs joined by blank lines, white space inside each run together.
    /// Otherwise the text as it stands, trimmed.
    static func text(of node: xmlNodePtr) -> String {
        var paragraphs: [String] = []
        if node.pointee.type == XML_ELEMENT_NODE {
            var child = node.pointee.children
            while let current = child {
                if current.pointee.type == XML_ELEMENT_NODE, isNamed(current, "p") {
                    let words = content(of: current).split(whereSeparator: isSpace)
                    if !words.isEmpty { paragraphs.append(words.joined(separator: " ")) }
                }
                child = current.pointee.next
            }
        }
        if !paragraphs.isEmpty { return paragraphs.joined(separator: "\n\n") }
        return trimmed(content(of: node))
    }

    private static func content(of node: xmlNodePtr) -> String {
        guard let bytes = xmlNodeGetContent(node) else { return "" }
        defer { xml_release(bytes) }
        return String(cString: bytes)
    }

    private static func isNamed(_ node: xmlNodePtr, _ name: String) -> Bool {
        guard let bytes = node.pointee.name else { return false }
        return String(cString: bytes) == name
    }

    private static func isSpace(_ character: Character) -> Bool {
        character == " " || character == "\n" || character == "\t" || character == "\r" || character == "\r\n"
    }

    private static func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(text[first...last])
    }
}
