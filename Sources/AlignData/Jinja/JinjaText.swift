/// A text of a template that remembers which of its parts people wrote: control tokens are the template's alone.
struct JinjaText: Sendable {
    /// A part that came out of a message, in bytes.
    struct Part: Hashable, Sendable {
        var range: Range<Int>
        /// The number of the message.
        var message: Int
    }

    private(set) var string: String
    /// In order, none empty, none touching another of the same message.
    private(set) var parts: [Part]

    /// The template's own.
    init(_ string: String) {
        self.string = string
        parts = []
    }

    /// What a message says.
    init(_ string: String, message: Int) {
        self.string = string
        parts = string.isEmpty ? [] : [Part(range: 0..<string.utf8.count, message: message)]
    }

    /// A text that is made anew of others, so that no part of it is the template's own where one of them is not.
    init(_ string: String, of sources: [JinjaText]) {
        let message = sources.lazy.flatMap(\.parts).first?.message
        self = message.map { JinjaText(string, message: $0) } ?? JinjaText(string)
    }

    var isOwn: Bool { parts.isEmpty }
    var isEmpty: Bool { string.isEmpty }

    mutating func append(_ other: JinjaText) {
        let shift = string.utf8.count
        string += other.string
        for part in other.parts {
            let range = (part.range.lowerBound + shift)..<(part.range.upperBound + shift)
            if let last = parts.last, last.message == part.message, last.range.upperBound == range.lowerBound
            {
                parts[parts.count - 1].range = last.range.lowerBound..<range.upperBound
            } else {
                parts.append(Part(range: range, message: part.message))
            }
        }
    }

    static func + (a: JinjaText, b: JinjaText) -> JinjaText {
        var sum = a
        sum.append(b)
        return sum
    }

    /// - Parameter bytes: whole scalars.
    subscript(bytes: Range<Int>) -> JinjaText {
        let utf8 = string.utf8
        let start = utf8.index(utf8.startIndex, offsetBy: bytes.lowerBound)
        let end = utf8.index(start, offsetBy: bytes.count)
        var slice = JinjaText(String(string[start..<end]))
        for part in parts {
            let range = part.range.clamped(to: bytes)
            guard !range.isEmpty else { continue }
            let shifted = (range.lowerBound - bytes.lowerBound)..<(range.upperBound - bytes.lowerBound)
            slice.parts.append(Part(range: shifted, message: part.message))
        }
        return slice
    }

    /// Where each scalar begins, and the end.
    var scalarOffsets: [Int] {
        var offsets = [0]
        for scalar in string.unicodeScalars { offsets.append(offsets[offsets.count - 1] + scalar.utf8.count) }
        return offsets
    }

    /// The text cut where its author changes.
    var pieces: [(text: JinjaText, message: Int?)] {
        var pieces: [(text: JinjaText, message: Int?)] = []
        var place = 0
        for part in parts {
            if place < part.range.lowerBound { pieces.append((self[place..<part.range.lowerBound], nil)) }
            pieces.append((self[part.range], part.message))
            place = part.range.upperBound
        }
        let end = string.utf8.count
        if place < end { pieces.append((self[place..<end], nil)) }
        return pieces
    }

    /// Each piece changed by itself.
    func mapped(_ change: (String) -> String) -> JinjaText {
        var result = JinjaText("")
        for piece in pieces {
            let text = change(piece.text.string)
            result.append(piece.message.map { JinjaText(text, message: $0) } ?? JinjaText(text))
        }
        return result
    }

    /// Without the scalars of `set` at its ends; of white space where that is nil.
    func stripped(_ set: String? = nil, left: Bool, right: Bool) -> JinjaText {
        let drops = { (scalar: Unicode.Scalar) in
            set.map { $0.unicodeScalars.contains(scalar) } ?? Self.isSpace(scalar)
        }
        var scalars = string.unicodeScalars[...]
        var start = 0
        var end = string.utf8.count
        while left, let first = scalars.first, drops(first) {
            start += first.utf8.count
            scalars.removeFirst()
        }
        while right, let last = scalars.last, drops(last) {
            end -= last.utf8.count
            scalars.removeLast()
        }
        return self[start..<max(start, end)]
    }

    /// As Python counts: the four separators are white space.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    /// Where `part` begins, from the left; the byte ranges do not overlap.
    func places(of part: String, limit: Int = .max) -> [Int] {
        let (bytes, part) = (Array(string.utf8), Array(part.utf8))
        guard let first = part.first, bytes.count >= part.count else { return [] }
        var places: [Int] = []
        var place = 0
        while place + part.count <= bytes.count, places.count < limit {
            if bytes[place] == first, bytes[place..<(place + part.count)].elementsEqual(part) {
                places.append(place)
                place += part.count
            } else {
                place += 1
            }
        }
        return places
    }

    /// The texts between the occurrences of `separator`, which is not empty.
    func split(_ separator: String, limit: Int = .max) -> [JinjaText] {
        var texts: [JinjaText] = []
        var start = 0
        for place in places(of: separator, limit: limit) {
            texts.append(self[start..<place])
            start = place + separator.utf8.count
        }
        return texts + [self[start..<string.utf8.count]]
    }

    /// The texts between runs of white space.
    func words(limit: Int = .max) -> [JinjaText] {
        var words: [JinjaText] = []
        var rest = stripped(left: true, right: false)
        while !rest.isEmpty {
            if words.count == limit { return words + [rest.stripped(left: false, right: true)] }
            var end = 0
            for scalar in rest.string.unicodeScalars {
                if Self.isSpace(scalar) { break }
                end += scalar.utf8.count
            }
            words.append(rest[0..<end])
            rest = rest[end..<rest.string.utf8.count].stripped(left: true, right: false)
        }
        return words
    }

    static func joined(_ texts: [JinjaText], by separator: JinjaText) -> JinjaText {
        var result = JinjaText("")
        for (index, text) in texts.enumerated() {
            if index > 0 { result.append(separator) }
            result.append(text)
        }
        return result
    }
}
