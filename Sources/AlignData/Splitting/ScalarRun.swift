/// A pattern of the form `class+`, `class{1,3}` or `class`, which may begin with `\s?` or ` ?`: runs of the
/// members of a character class such as `[\r\n]`, `\p{N}` or `[一-龥]`.
struct ScalarRun: Hashable, Sendable, SplitMatcher {
    /// What may stand before the run.
    enum Lead: Hashable, Sendable { case nothing, space, blank }

    let regex: String
    private let lead: Lead
    /// Members by code point: sorted, not overlapping.
    private let ranges: [ClosedRange<UInt32>]
    /// Members by class: what `\p{…}` and `\s` name.
    fileprivate let properties: Set<Property>
    private let least: Int
    private let most: Int

    fileprivate enum Property: Hashable, Sendable { case letter, number, space, mark, punctuation, symbol }

    /// The run that `regex` describes; nil when it is of another form.
    init?(regex: String) {
        self.regex = regex
        var parser = Parser(scalars: Array(regex.unicodeScalars))
        lead = parser.skip(#"\s?"#) ? .space : parser.skip(" ?") ? .blank : .nothing
        guard parser.readClass(), let counts = parser.counts(), parser.isAtEnd else { return nil }
        ranges = parser.mergedRanges
        properties = parser.properties
        (least, most) = counts
    }

    func endOfMatch(in text: ScalarScanner, at position: Int) -> Int? {
        if lead != .nothing {
            let first = text.kind(at: position)
            let leads = lead == .blank ? text.bytes[position] == 0x20 : first.kind == UnicodeClasses.space
            if leads, let end = endOfRun(in: text, from: position + first.length) { return end }
        }
        return endOfRun(in: text, from: position)
    }

    private func endOfRun(in text: ScalarScanner, from position: Int) -> Int? {
        var end = position
        var count = 0
        while end < text.count, count < most, let length = lengthOfMember(in: text, at: end) {
            end += length
            count += 1
        }
        return count >= least ? end : nil
    }

    private func lengthOfMember(in text: ScalarScanner, at position: Int) -> Int? {
        if !properties.isEmpty {
            let scalar = text.scalar(at: position)
            if let property = Self.property(of: scalar.class), properties.contains(property) {
                return scalar.length
            }
        }
        let (value, length) = text.value(at: position)
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(value) ? length : nil
    }

    private static func property(of scalar: UInt8) -> Property? {
        switch scalar & UnicodeClasses.kindMask {
        case UnicodeClasses.letter: return .letter
        case UnicodeClasses.number: return .number
        case UnicodeClasses.space: return .space
        default: break
        }
        switch scalar & UnicodeClasses.detailMask {
        case UnicodeClasses.mark: return .mark
        case UnicodeClasses.punctuation: return .punctuation
        case UnicodeClasses.symbol: return .symbol
        default: return nil
        }
    }
}

extension ScalarRun {
    /// Reads the few forms that are runs of a class.
    fileprivate struct Parser {
        let scalars: [Unicode.Scalar]
        var position = 0
        var ranges: [ClosedRange<UInt32>] = []
        var properties: Set<Property> = []

        init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

        var isAtEnd: Bool { position == scalars.count }

        mutating func skip(_ text: String) -> Bool {
            guard scalars[position...].starts(with: text.unicodeScalars) else { return false }
            position += text.unicodeScalars.count
            return true
        }

        /// One scalar or class of scalars, bracketed or not.
        mutating func readClass() -> Bool {
            guard skip("[") else { return readItem(isBracketed: false) }
            guard position < scalars.count, scalars[position] != "^", scalars[position] != "]" else {
                return false
            }
            while position < scalars.count {
                if skip("]") { return true }
                guard readItem(isBracketed: true) else { return false }
            }
            return false
        }

        private mutating func readItem(isBracketed: Bool) -> Bool {
            for (name, property) in Self.names where skip(name) {
                properties.insert(property)
                return true
            }
            guard let first = readScalar(isBracketed: isBracketed) else { return false }
            guard isBracketed, position + 1 < scalars.count, scalars[position] == "-",
                scalars[position + 1] != "]"
            else {
                ranges.append(first...first)
                return true
            }
            position += 1
            guard let last = readScalar(isBracketed: true), first <= last else { return false }
            ranges.append(first...last)
            return true
        }

        private static let names: [(String, Property)] = [
            (#"\p{L}"#, .letter), (#"\p{N}"#, .number), (#"\p{M}"#, .mark), (#"\p{P}"#, .punctuation),
            (#"\p{S}"#, .symbol), (#"\s"#, .space),
        ]

        /// One scalar: itself, or escaped where it would mean something.
        private mutating func readScalar(isBracketed: Bool) -> UInt32? {
            guard position < scalars.count else { return nil }
            let scalar = scalars[position]
            position += 1
            if scalar != "\\" {
                let meanings = isBracketed ? "[]&" : #"()[]{}.*+?|^$"#
                return meanings.unicodeScalars.contains(scalar) ? nil : scalar.value
            }
            guard position < scalars.count else { return nil }
            let escaped = scalars[position]
            position += 1
            switch escaped {
            case "r": return 0x0d
            case "n": return 0x0a
            case "t": return 0x09
            default:
                let isPunctuation =
                    escaped.isASCII && escaped.value > 0x20 && !escaped.properties.isAlphabetic
                return isPunctuation && !("0"..."9").contains(escaped) ? escaped.value : nil
            }
        }

        /// The least and most members of a match.
        mutating func counts() -> (Int, Int)? {
            if isAtEnd { return (1, 1) }
            if skip("+") { return (1, .max) }
            guard skip("{"), let least = readNumber() else { return nil }
            let most = skip(",") ? readNumber() : least
            guard let most, skip("}"), least >= 1, most >= least else { return nil }
            return (least, most)
        }

        private mutating func readNumber() -> Int? {
            let start = position
            while position < scalars.count, ("0"..."9").contains(scalars[position]) { position += 1 }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[start..<position])
            return Int(String(view))
        }

        var mergedRanges: [ClosedRange<UInt32>] {
            var merged: [ClosedRange<UInt32>] = []
            for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
                if let last = merged.last, range.lowerBound <= last.upperBound {
                    merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
                } else {
                    merged.append(range)
                }
            }
            return merged
        }
    }
}
