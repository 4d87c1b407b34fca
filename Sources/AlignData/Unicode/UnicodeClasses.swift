/// What the split patterns see in a code point: `\p{L}`, `\p{N}`, `\s` or anything else, and in finer detail
/// `\p{M}`, `\p{P}`, `\p{S}` and `\w`.
///
/// The tables are those of the reference library (Unicode 16), not of the machine: a newer standard library
/// must not change a token. Lookup is two array reads: 256-scalar blocks, equal blocks stored once.
struct UnicodeClasses: Sendable {
    /// The bits of a class that tell letters, numbers and white space apart: one of the next five.
    static let kindMask: UInt8 = 0x07
    static let other: UInt8 = 0
    static let letter: UInt8 = 1
    static let number: UInt8 = 2
    static let space: UInt8 = 3
    /// A number to `Digits`, other to the patterns.
    static let lateNumber: UInt8 = 4

    /// The bits that tell the kinds of `other` apart: none of them, or one of the next three.
    static let detailMask: UInt8 = 0x18
    static let mark: UInt8 = 0x08
    static let punctuation: UInt8 = 0x10
    static let symbol: UInt8 = 0x18

    /// The bit of `\w`.
    static let word: UInt8 = 0x80

    static let shared = UnicodeClasses()

    /// Block number of scalar >> 8.
    let blocks: [UInt16]
    /// Class of a scalar: `classes[blocks[scalar >> 8] << 8 | scalar & 255]`.
    let classes: [UInt8]

    private init() {
        var flat = [UInt8](repeating: Self.other, count: 0x110000)
        func update(_ ranges: [UInt32], _ change: (inout UInt8) -> Void) {
            for i in stride(from: 0, to: ranges.count, by: 2) {
                for scalar in ranges[i]...ranges[i + 1] { change(&flat[Int(scalar)]) }
            }
        }
        update(Self.letterRanges) { $0 = Self.letter | Self.word }
        update(Self.numberRanges) { $0 = Self.number | Self.word }
        update(Self.markRanges) { $0 = Self.mark | Self.word }
        update(Self.punctuationRanges) { $0 = Self.punctuation }
        update(Self.symbolRanges) { $0 = Self.symbol }
        update(Self.lateNumberRanges) { $0 |= Self.lateNumber }
        update(Self.spaceRanges) { $0 = Self.space }
        update(Self.otherWordRanges) { $0 |= Self.word }
        update(Self.wordlessRanges) { $0 &= ~Self.word }
        let table = BlockTable(flat)
        blocks = table.blocks
        classes = table.values
    }

    private static let spaceRanges: [UInt32] = [
        0x9, 0xd, 0x20, 0x20, 0x85, 0x85, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029,
        0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000,
    ]

    /// The class of a code point; `other` beyond U+10FFFF.
    func callAsFunction(_ scalar: UInt32) -> UInt8 {
        guard scalar < 0x110000 else { return Self.other }
        return classes[Int(blocks[Int(scalar >> 8)]) << 8 | Int(scalar & 255)]
    }
}
