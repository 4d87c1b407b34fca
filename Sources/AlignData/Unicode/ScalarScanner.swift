/// Reads the scalars of a piece of UTF-8, and what the split patterns see in them.
struct ScalarScanner {
    let bytes: UnsafePointer<UInt8>
    let count: Int
    private let blocks: UnsafePointer<UInt16>
    private let classes: UnsafePointer<UInt8>

    /// Calls `body` with a scanner of `text`; not when it is empty.
    @inline(__always)
    static func scan(_ text: UnsafeBufferPointer<UInt8>, _ body: (ScalarScanner) -> Void) {
        guard let bytes = text.baseAddress, text.count > 0 else { return }
        UnicodeClasses.shared.blocks.withUnsafeBufferPointer { blocks in
            UnicodeClasses.shared.classes.withUnsafeBufferPointer { classes in
                guard let blocks = blocks.baseAddress, let classes = classes.baseAddress else { return }
                body(ScalarScanner(bytes: bytes, count: text.count, blocks: blocks, classes: classes))
            }
        }
    }

    /// The part from `start` to `end` as a text of its own.
    @inline(__always)
    func part(_ start: Int, _ end: Int) -> ScalarScanner {
        ScalarScanner(bytes: bytes + start, count: end - start, blocks: blocks, classes: classes)
    }

    /// The class (`UnicodeClasses`) and byte length of the scalar at `position`.
    @inline(__always)
    func scalar(at position: Int) -> (class: UInt8, length: Int) {
        let first = bytes[position]
        if first < 0x80 { return (classes[Int(first)], 1) }
        return wideScalar(at: position)
    }

    @inline(never)
    private func wideScalar(at position: Int) -> (class: UInt8, length: Int) {
        let (value, length) = value(at: position)
        guard value < 0x110000 else { return (UnicodeClasses.other, length) }
        return (classes[Int(blocks[Int(value >> 8)]) << 8 | Int(value & 255)], length)
    }

    /// The value and byte length of the scalar at `position`; 0x110000 or more where the bytes are no scalar.
    @inline(__always)
    func value(at position: Int) -> (value: UInt32, length: Int) {
        let first = bytes[position]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
        guard position + length <= count else { return (.max, count - position) }
        var value = UInt32(first) & (0x7f >> UInt32(length))
        for i in 1..<length { value = value << 6 | UInt32(bytes[position + i] & 0x3f) }
        return (value, length)
    }

    /// Letter, number, white space or other. A number that the patterns do not know is other.
    @inline(__always)
    func kind(at position: Int) -> (kind: UInt8, length: Int) {
        let scalar = scalar(at: position)
        let kind = scalar.class & UnicodeClasses.kindMask
        return (kind == UnicodeClasses.lateNumber ? UnicodeClasses.other : kind, scalar.length)
    }

    /// The end of the run of ASCII letters that begins at `position`, found eight bytes at a time.
    @inline(__always)
    func endOfASCIILetters(from position: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high = ones &* 0x80
        var end = position
        while end + 8 <= count {
            let word = UInt64(
                littleEndian: UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: end, as: UInt64.self))
            let lowercase = (word | ones &* 0x20) & ~high
            // The high bit of every byte from `a` on, and of every byte after `z`: no sum carries over.
            let fromA = lowercase &+ ones &* (0x80 - 0x61)
            let afterZ = lowercase &+ ones &* (0x80 - 0x7B)
            let others = ~(fromA & ~afterZ & ~word) & high
            if others != 0 { return end + others.trailingZeroBitCount / 8 }
            end += 8
        }
        while end < count, bytes[end] < 0x80, bytes[end] | 0x20 >= 0x61, bytes[end] | 0x20 <= 0x7A {
            end += 1
        }
        return end
    }

    /// The end of the run of scalars of a kind that begins at `position`.
    @inline(__always)
    func endOfRun(of kind: UInt8, from position: Int) -> Int {
        var end = kind == UnicodeClasses.letter ? endOfASCIILetters(from: position) : position
        while end < count {
            let next = self.kind(at: end)
            guard next.kind == kind else { break }
            end += next.length
        }
        return end
    }

    /// The end of the run of scalars whose class `isMember` takes.
    @inline(__always)
    func endOfRun(from position: Int, where isMember: (UInt8) -> Bool) -> Int {
        var end = position
        while end < count {
            let next = scalar(at: end)
            guard isMember(next.class) else { break }
            end += next.length
        }
        return end
    }

    /// The end of the run of carriage returns and line feeds.
    @inline(__always)
    func endOfNewlines(from position: Int) -> Int {
        var end = position
        while end < count, bytes[end] == 0x0d || bytes[end] == 0x0a { end += 1 }
        return end
    }

    /// The alternatives `\s*[\r\n]+|\s+(?!\S)|\s+` at a white space.
    @inline(__always)
    func endOfSpaceOrNewlines(from start: Int) -> Int {
        var end = start
        var last = start
        var newline: Int?
        while end < count {
            let next = kind(at: end)
            guard next.kind == UnicodeClasses.space else { break }
            last = end
            end += next.length
            if bytes[last] == 0x0d || bytes[last] == 0x0a { newline = end }
        }
        if let newline { return newline }
        // All of it at the end of the text; else all but the last, unless that is the only one.
        return end == count || last == start ? end : last
    }
}
