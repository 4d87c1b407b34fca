/// Something done to the text of a field.
public enum TextEdit: Hashable, Sendable, Codable {
    /// Markup that is stripped, leaving what a person reads.
    public enum Markup: String, Hashable, Sendable, Codable, CaseIterable {
        case html, wiki
    }

    /// One of the lines of a text.
    public enum Lines: String, Hashable, Sendable, Codable, CaseIterable {
        case first, rest
    }

    case replace(String, with: String)
    case strip(Markup)
    /// What stands before the first marker line; all of it where there is none.
    case before(LineMarker)
    /// What stands after the first marker line; nothing where there is none.
    case after(LineMarker)
    /// The sections that marker lines begin, each a text.
    case afterEach(LineMarker)
    case keep(Lines)

    /// The line without which nothing of a text is left.
    var marker: LineMarker? {
        switch self {
        case .after(let marker), .afterEach(let marker): marker
        default: nil
        }
    }

    /// What becomes of one text: as a rule one.
    func applied(to text: String) -> [String] {
        switch self {
        case .replace(let old, let new): return [text.replacing(old, with: new)]
        case .strip(.html): return [MarkupText.readable(html: text)]
        case .strip(.wiki): return [WikiText.readable(text)]
        case .before(let marker): return [marker.sections(of: text)[0]]
        case .after(let marker):
            let sections = marker.sections(of: text, limit: 2)
            return sections.count == 2 ? [sections[1]] : []
        case .afterEach(let marker): return Array(marker.sections(of: text).dropFirst())
        case .keep(let lines):
            let halves = text.split(
                maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            switch lines {
            case .first: return [halves.first.map(String.init) ?? ""]
            case .rest: return [halves.count == 2 ? String(halves[1]) : ""]
            }
        }
    }
}

/// A line that parts a text: equal to `text` but for white space around, or, where `text` ends with `*`,
/// beginning with what stands before it.
public struct LineMarker: Hashable, Sendable, Codable {
    public let text: String

    public init(_ text: String) { self.text = text }

    private func matches(_ line: Substring.UTF8View) -> Bool {
        let line = line.drop { $0 == 0x20 || $0 == 0x09 }
        if text.utf8.last == UInt8(ascii: "*") { return line.starts(with: text.utf8.dropLast()) }
        guard line.starts(with: text.utf8) else { return false }
        return line.dropFirst(text.utf8.count).allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }

    /// What stands before the first marker line, then what follows each; never empty.
    func sections(of text: String, limit: Int = .max) -> [String] {
        var text = text
        text.makeContiguousUTF8()
        var sections: [String] = []
        let bytes = text.utf8
        var start = bytes.startIndex
        var lineStart = start
        while lineStart < bytes.endIndex, sections.count + 1 < limit {
            let end = bytes[lineStart...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.endIndex
            var next = end < bytes.endIndex ? bytes.index(after: end) : end
            if next < bytes.endIndex, bytes[end] == 0x0D, bytes[next] == 0x0A {
                next = bytes.index(after: next)
            }
            if matches(Substring(bytes[lineStart..<end]).utf8) {
                sections.append(String(text[start..<lineStart]))
                start = next
            }
            lineStart = next
        }
        return sections + [String(text[start...])]
    }

    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
