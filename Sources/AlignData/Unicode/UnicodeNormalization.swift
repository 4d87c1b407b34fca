/// The Unicode normalization forms (Unicode Standard Annex 15) by the reference library's tables (Unicode 9),
/// not the machine's: a newer standard library must not change a token.
struct UnicodeNormalization: Sendable {
    enum Form: String, Hashable, Sendable {
        case nfc = "NFC"
        case nfd = "NFD"
        case nfkc = "NFKC"
        case nfkd = "NFKD"

        var isCompatibility: Bool { self == .nfkc || self == .nfkd }
        var isComposed: Bool { self == .nfc || self == .nfkc }
    }

    static let shared = UnicodeNormalization()

    private let canonical: [UInt32: [UInt32]]
    private let compatibility: [UInt32: [UInt32]]
    /// First scalar in the upper half, second in the lower.
    private let composites: [UInt64: UInt32]
    /// Canonical combining class, and for each form a bit that says whether a scalar may change or be changed
    /// by what is before it.
    private let properties: BlockTable<Properties>

    private struct Properties: Hashable, Sendable {
        var combiningClass: UInt8 = 0
        var unstable: UInt8 = 0
    }

    private init() {
        let canonical = Self.decompositions(Self.canonicalDecompositions)
        let compatibility = Self.decompositions(Self.compatibilityDecompositions)
        var composites: [UInt64: UInt32] = [:]
        var flat = [Properties](repeating: Properties(), count: 0x110000)
        let (nfc, nfd, nfkc, nfkd) = (Self.bit(.nfc), Self.bit(.nfd), Self.bit(.nfkc), Self.bit(.nfkd))
        for scalar in canonical.keys { flat[Int(scalar)].unstable = nfc | nfd | nfkc | nfkd }
        for entry in Self.compositions.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let numbers = entry.split { $0 == "+" || $0 == "=" }.map(Self.number)
            composites[UInt64(numbers[0]) << 32 | UInt64(numbers[1])] = numbers[2]
            flat[Int(numbers[2])].unstable = nfd | nfkd
        }
        for key in composites.keys { flat[Int(key & 0xffff_ffff)].unstable |= nfc | nfkc }
        for scalar in compatibility.keys { flat[Int(scalar)].unstable |= nfkc | nfkd }
        for (first, count, value) in Self.entries(Self.combiningClasses) {
            for scalar in first..<first + count {
                flat[Int(scalar)].combiningClass = UInt8(truncatingIfNeeded: value[0])
                flat[Int(scalar)].unstable = nfc | nfd | nfkc | nfkd
            }
        }
        for scalar in Hangul.syllables { flat[Int(scalar)].unstable = nfd | nfkd }
        for scalar in Hangul.vowelsAndTails { flat[Int(scalar)].unstable |= nfc | nfkc }
        self.canonical = canonical
        self.compatibility = compatibility
        self.composites = composites
        properties = BlockTable(flat)
    }

    private static func bit(_ form: Form) -> UInt8 {
        switch form {
        case .nfc: 1
        case .nfd: 2
        case .nfkc: 4
        case .nfkd: 8
        }
    }

    /// Brings `text` (UTF-8) into a normalization form.
    func apply(_ form: Form, to text: inout [UInt8]) {
        // Below U+0300 every text is in NFC, below U+0080 in all forms.
        let limit: UInt8 = form == .nfc ? 0xcc : 0x80
        guard text.contains(where: { $0 >= limit }) else { return }
        let string = String(decoding: text, as: UTF8.self).unicodeScalars
        let bit = Self.bit(form)
        guard string.contains(where: { properties[$0.value].unstable & bit != 0 }) else { return }
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        for scalar in string { decompose(scalar.value, form: form, into: &scalars) }
        reorder(&scalars)
        if form.isComposed { compose(&scalars) }
        var view = String.UnicodeScalarView()
        for value in scalars { if let scalar = Unicode.Scalar(value) { view.append(scalar) } }
        text = Array(String(view).utf8)
    }

    private func decompose(_ scalar: UInt32, form: Form, into scalars: inout [UInt32]) {
        if scalar < 0x80 {
            scalars.append(scalar)
        } else if Hangul.syllables.contains(scalar) {
            Hangul.decompose(scalar, into: &scalars)
        } else if form.isCompatibility, let parts = compatibility[scalar] {
            scalars += parts
        } else if let parts = canonical[scalar] {
            scalars += parts
        } else {
            scalars.append(scalar)
        }
    }

    /// Sorts each run of marks by combining class; equal ones keep their order.
    private func reorder(_ scalars: inout [UInt32]) {
        var start = 0
        while start < scalars.count {
            guard properties[scalars[start]].combiningClass != 0 else {
                start += 1
                continue
            }
            var end = start + 1
            while end < scalars.count, properties[scalars[end]].combiningClass != 0 { end += 1 }
            if end - start > 1 {
                let run = scalars[start..<end].enumerated().sorted {
                    let a = properties[$0.element].combiningClass
                    let b = properties[$1.element].combiningClass
                    return a != b ? a < b : $0.offset < $1.offset
                }
                for (i, item) in run.enumerated() { scalars[start + i] = item.element }
            }
            start = end
        }
    }

    /// Replaces each starter and a mark that is not blocked from it by their composite.
    private func compose(_ scalars: inout [UInt32]) {
        var output: [UInt32] = []
        output.reserveCapacity(scalars.count)
        var starter: Int?
        /// The combining class of the last scalar kept after the starter; -1 when there is none.
        var lastClass = -1
        for scalar in scalars {
            let combiningClass = Int(properties[scalar].combiningClass)
            if let position = starter, lastClass < combiningClass || lastClass == -1,
                let composite = composite(output[position], scalar)
            {
                output[position] = composite
                continue
            }
            if combiningClass == 0 {
                starter = output.count
                lastClass = -1
            } else {
                lastClass = combiningClass
            }
            output.append(scalar)
        }
        scalars = output
    }

    private func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        Hangul.compose(first, second) ?? composites[UInt64(first) << 32 | UInt64(second)]
    }
}

extension UnicodeNormalization {
    /// Reads `first-count=a+b` entries, separated by white space.
    private static func entries(_ table: String) -> [(first: UInt32, count: UInt32, value: [UInt32])] {
        table.split { $0 == " " || $0 == "\n" }.map { entry in
            let sides = entry.split(separator: "=")
            let run = sides[0].split(separator: "-").map(number)
            return (run[0], run.count > 1 ? run[1] : 1, sides[1].split(separator: "+").map(number))
        }
    }

    private static func decompositions(_ table: String) -> [UInt32: [UInt32]] {
        var result: [UInt32: [UInt32]] = [:]
        for (first, count, value) in entries(table) {
            if count == 1 {
                result[first] = value
            } else {
                for i in 0..<count { result[first + i] = [value[0] + i] }
            }
        }
        return result
    }

    private static func number(_ text: Substring) -> UInt32 {
        UInt32(text, radix: 16) ?? 0
    }

    /// Hangul syllables are composed by arithmetic (Unicode Standard, section 3.12).
    private enum Hangul {
        static let syllables: Range<UInt32> = 0xac00..<0xd7a4
        static let leads: Range<UInt32> = 0x1100..<0x1113
        static let vowels: Range<UInt32> = 0x1161..<0x1176
        /// The number before the first tail stands for none.
        static let tails: Range<UInt32> = 0x11a8..<0x11c3
        static let vowelsAndTails = [vowels, tails].joined()
        static let tailCount: UInt32 = 28

        static func decompose(_ syllable: UInt32, into scalars: inout [UInt32]) {
            let index = syllable - syllables.lowerBound
            let vowelCount = UInt32(vowels.count)
            scalars.append(leads.lowerBound + index / (vowelCount * tailCount))
            scalars.append(vowels.lowerBound + index / tailCount % vowelCount)
            if index % tailCount > 0 { scalars.append(tails.lowerBound - 1 + index % tailCount) }
        }

        static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
            if leads.contains(first), vowels.contains(second) {
                let index = (first - leads.lowerBound) * UInt32(vowels.count) + second - vowels.lowerBound
                return syllables.lowerBound + index * tailCount
            }
            if syllables.contains(first), (first - syllables.lowerBound) % tailCount == 0,
                tails.contains(second)
            {
                return first + second - tails.lowerBound + 1
            }
            return nil
        }
    }
}
