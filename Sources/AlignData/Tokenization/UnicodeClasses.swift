/// What the split patterns see in a code point: `\p{L}`, `\p{N}`, `\s` or anything else.
///
/// The tables are those of the reference library (Unicode 16), not of the machine: a newer standard library
/// must not change a token. Lookup is two array reads: 256-scalar blocks, equal blocks stored once.
struct UnicodeClasses: Sendable {
    static let other: UInt8 = 0
    static let letter: UInt8 = 1
    static let number: UInt8 = 2
    static let space: UInt8 = 3
    /// A number to `Digits`, other to the pattern.
    static let lateNumber: UInt8 = 4

    static let shared = UnicodeClasses()

    /// Block number of scalar >> 8.
    let blocks: [UInt16]
    /// Class of a scalar: `classes[blocks[scalar >> 8] << 8 | scalar & 255]`.
    let classes: [UInt8]

    private init() {
        var flat = [UInt8](repeating: Self.other, count: 0x110000)
        func fill(_ ranges: [UInt32], _ value: UInt8) {
            for i in stride(from: 0, to: ranges.count, by: 2) {
                for scalar in ranges[i]...ranges[i + 1] { flat[Int(scalar)] = value }
            }
        }
        fill(Self.letterRanges, Self.letter)
        fill(Self.numberRanges, Self.number)
        fill(Self.lateNumberRanges, Self.lateNumber)
        fill(
            [
                0x9, 0xd, 0x20, 0x20, 0x85, 0x85, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029,
                0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000,
            ], Self.space)
        var blocks: [UInt16] = []
        var classes: [UInt8] = []
        var known: [[UInt8]: UInt16] = [:]
        for start in stride(from: 0, to: flat.count, by: 256) {
            let block = Array(flat[start..<start + 256])
            if let number = known[block] {
                blocks.append(number)
            } else {
                let number = UInt16(classes.count >> 8)
                known[block] = number
                blocks.append(number)
                classes += block
            }
        }
        self.blocks = blocks
        self.classes = classes
    }

    /// The class of a code point; `other` beyond U+10FFFF.
    func callAsFunction(_ scalar: UInt32) -> UInt8 {
        guard scalar < 0x110000 else { return Self.other }
        return classes[Int(blocks[Int(scalar >> 8)]) << 8 | Int(scalar & 255)]
    }
}
