/// Cuts text into the words that byte-pair encoding sees, without a regular-expression engine.
///
/// Byte-level pattern (GPT-2, and `ByteLevel` with `use_regex` in HF tokenizers):
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
enum PreTokenizer: String, Sendable {
    case gpt2
    /// Every number character by itself first (`Digits`, individual), then the GPT-2 pattern on what lies
    /// between.
    case smollm

    /// Calls `word` with the byte range of each word of `text`, in order; together they cover it.
    /// - Parameter text: one segment of UTF-8; its end counts as the end of the text.
    @inline(__always)
    func split(_ text: UnsafeBufferPointer<UInt8>, word: (_ start: Int, _ end: Int) -> Void) {
        guard let bytes = text.baseAddress else { return }
        UnicodeClasses.shared.blocks.withUnsafeBufferPointer { blocks in
            UnicodeClasses.shared.classes.withUnsafeBufferPointer { classes in
                guard let blocks = blocks.baseAddress, let classes = classes.baseAddress else { return }
                let scanner = Scanner(
                    bytes: bytes, count: text.count, blocks: blocks, classes: classes,
                    splitsDigits: self == .smollm)
                var position = 0
                while position < text.count {
                    let end = scanner.endOfWord(at: position)
                    word(position, end)
                    position = end
                }
            }
        }
    }
}

extension PreTokenizer {
    /// Finds where the word that begins at a position ends.
    struct Scanner {
        let bytes: UnsafePointer<UInt8>
        let count: Int
        let blocks: UnsafePointer<UInt16>
        let classes: UnsafePointer<UInt8>
        let splitsDigits: Bool

        /// The class and byte length of the scalar at `position`.
        @inline(__always)
        func scalar(at position: Int) -> (kind: UInt8, length: Int) {
            let first = bytes[position]
            if first < 0x80 { return (classes[Int(first)], 1) }
            return wideScalar(first, at: position)
        }

        @inline(never)
        private func wideScalar(_ first: UInt8, at position: Int) -> (kind: UInt8, length: Int) {
            let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
            guard position + length <= count else { return (UnicodeClasses.other, count - position) }
            var value = UInt32(first) & (0x7f >> UInt32(length))
            for i in 1..<length { value = value << 6 | UInt32(bytes[position + i] & 0x3f) }
            guard value < 0x110000 else { return (UnicodeClasses.other, length) }
            let kind = classes[Int(blocks[Int(value >> 8)]) << 8 | Int(value & 255)]
            if kind == UnicodeClasses.lateNumber {
                return (splitsDigits ? kind : UnicodeClasses.other, length)
            }
            return (kind, length)
        }

        /// The end of the run of `kind` that begins at `position`.
        @inline(__always)
        private func run(of kind: UInt8, from position: Int) -> Int {
            var end = position
            while end < count {
                let next = scalar(at: end)
                guard next.kind == kind else { break }
                end += next.length
            }
            return end
        }

        /// A number ends the segment when digits are split off before the pattern is applied.
        @inline(__always)
        private func endsSegment(_ kind: UInt8) -> Bool {
            splitsDigits && (kind == UnicodeClasses.number || kind == UnicodeClasses.lateNumber)
        }

        @inline(__always)
        func endOfWord(at start: Int) -> Int {
            let first = scalar(at: start)
            let next = start + first.length
            switch first.kind {
            case UnicodeClasses.letter:
                return run(of: UnicodeClasses.letter, from: next)
            case UnicodeClasses.number:
                return splitsDigits ? next : run(of: UnicodeClasses.number, from: next)
            case UnicodeClasses.lateNumber:
                return next
            case UnicodeClasses.space:
                return endOfSpace(from: start, next: next)
            default:
                if bytes[start] == 0x27, let end = endOfContraction(from: next) { return end }
                return run(of: UnicodeClasses.other, from: next)
            }
        }

        /// The end of `'s`, `'re` and the like, after the apostrophe; nil when it is none.
        @inline(__always)
        private func endOfContraction(from next: Int) -> Int? {
            guard next < count else { return nil }
            switch bytes[next] {
            case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return next + 1
            case UInt8(ascii: "r"), UInt8(ascii: "v"):
                return next + 1 < count && bytes[next + 1] == UInt8(ascii: "e") ? next + 2 : nil
            case UInt8(ascii: "l"):
                return next + 1 < count && bytes[next + 1] == UInt8(ascii: "l") ? next + 2 : nil
            default: return nil
            }
        }

        /// A word that begins with white space: an optional blank and the word after it, or a run of white
        /// space that leaves its last one to the word after it.
        @inline(__always)
        private func endOfSpace(from start: Int, next: Int) -> Int {
            guard next < count else { return next }
            let following = scalar(at: next)
            if following.kind != UnicodeClasses.space {
                guard bytes[start] == 0x20, !endsSegment(following.kind) else { return next }
                return run(of: following.kind, from: next + following.length)
            }
            var end = next
            var last = start
            var after: UInt8?
            while end < count {
                let scalar = scalar(at: end)
                guard scalar.kind == UnicodeClasses.space else {
                    after = scalar.kind
                    break
                }
                last = end
                end += scalar.length
            }
            guard let after, !endsSegment(after) else { return end }
            return last
        }
    }
}
