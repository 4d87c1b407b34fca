import Crypto
import Foundation

/// Remembers texts by 62 bits of their SHA-256, with a split each, in bounded memory: after `capacity` texts it
/// begins to forget, oldest first, and never remembers fewer than `capacity`. Two different texts among ten million
/// are taken for one with probability 1e-5.
struct FingerprintIndex {
    struct Fingerprint: Hashable {
        fileprivate let bits: UInt64

        /// Of texts whose runs of white space are single blanks.
        init(normalized texts: [String]) {
            self.init(texts) { text, hash in
                text.withUTF8 { bytes in
                    if Self.isNormalized(bytes) {
                        hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
                    } else {
                        hash.update(data: Self.words(bytes))
                    }
                }
            }
        }

        /// Of texts as they are.
        init(exact texts: [String]) {
            self.init(texts) { text, hash in
                text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
            }
        }

        private init(_ texts: [String], _ add: (inout String, inout SHA256) -> Void) {
            var hash = SHA256()
            for var text in texts {
                add(&text, &hash)
                withUnsafeBytes(of: UInt8(0)) { hash.update(bufferPointer: $0) }
            }
            let digest = hash.finalize().withUnsafeBytes {
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self))
            }
            bits = digest & ~3
        }

        /// Whether it can be told at a glance, eight bytes at a time, that the only white space is single blanks between
        /// words. What is not ASCII may hold other white space.
        private static func isNormalized(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
            guard let first = bytes.first, let last = bytes.last, first != 0x20, last != 0x20 else {
                return bytes.isEmpty
            }
            let raw = UnsafeRawBufferPointer(bytes)
            let ones: UInt64 = 0x0101_0101_0101_0101
            let high: UInt64 = ones &* 0x80
            /// The high bit of the byte before, where that is a blank.
            var carry: UInt64 = 0
            var i = 0
            while i + 8 <= raw.count {
                let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: i, as: UInt64.self))
                // Not ASCII, or below 0x20.
                if (word | (word &- (ones &* 0x20))) & high != 0 { return false }
                // The high bit of every byte that is 0x20: all bytes are below 0x80, so no sum carries over.
                let blanks = ~((word ^ (ones &* 0x20)) &+ (ones &* 0x7F)) & high
                if blanks & (blanks << 8 | carry) != 0 { return false }
                carry = blanks >> 56
                i += 8
            }
            while i < raw.count {
                let byte = raw[i]
                if byte < 0x20 || byte >= 0x80 || byte == 0x20 && raw[i - 1] == 0x20 { return false }
                i += 1
            }
            return true
        }

        /// The words, with a blank between them.
        private static func words(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
            var output: [UInt8] = []
            output.reserveCapacity(bytes.count)
            var start = 0
            var position = 0
            while position <= bytes.count {
                let space = position < bytes.count ? whiteSpace(bytes, at: position) : 1
                if space > 0 {
                    if start < position {
                        if !output.isEmpty { output.append(0x20) }
                        output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
                    }
                    start = position + space
                }
                position += max(space, 1)
            }
            return output
        }

        /// The length of the white space (Unicode property White_Space) that stands at a place; 0 for none.
        @inline(__always)
        private static func whiteSpace(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
            let byte = text[place]
            if byte < 0x80 { return byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) ? 1 : 0 }
            guard byte == 0xC2 || (byte >= 0xE1 && byte <= 0xE3) else { return 0 }
            let length = byte == 0xC2 ? 2 : 3
            guard place + length <= text.count else { return 0 }
            var scalar = UInt32(byte & (0x7F >> UInt8(length)))
            for i in 1..<length { scalar = scalar << 6 | UInt32(text[place + i] & 0x3F) }
            return Unicode.Scalar(scalar)?.properties.isWhitespace == true ? length : 0
        }
    }

    private struct Generation {
        /// By their tag less one.
        private static let splits: [Split] = [.train, .validation, .test]

        /// Fingerprints with the split in the two lowest bits, which are never 0; 0 is an empty slot.
        private var slots = [UInt64](repeating: 0, count: 1 << 10)
        private(set) var count = 0

        func split(of bits: UInt64) -> Split? {
            let value = slots[place(of: bits)]
            return value == 0 ? nil : Self.splits[Int(value & 3) - 1]
        }

        private func place(of bits: UInt64) -> Int {
            let mask = slots.count - 1
            var place = Int(truncatingIfNeeded: bits >> 20) & mask
            while slots[place] != 0, slots[place] & ~3 != bits { place = (place + 1) & mask }
            return place
        }

        mutating func insert(_ bits: UInt64, _ split: Split) {
            if count * 5 > slots.count * 4 {
                let old = slots
                slots = [UInt64](repeating: 0, count: old.count * 2)
                for value in old where value != 0 { slots[place(of: value & ~3)] = value }
            }
            let tag = (Self.splits.firstIndex(of: split) ?? 0) + 1
            slots[place(of: bits)] = bits | UInt64(tag)
            count += 1
        }
    }

    /// Texts that are remembered for certain.
    let capacity: Int
    /// Texts that are no longer remembered.
    private(set) var forgotten = 0
    private var current = Generation()
    private var previous = Generation()

    init(capacity: Int = 6_000_000) { self.capacity = capacity }

    /// The split in which the text was seen before; otherwise remembers it and returns `nil`.
    mutating func insert(_ fingerprint: Fingerprint, split: Split) -> Split? {
        if let split = current.split(of: fingerprint.bits) ?? previous.split(of: fingerprint.bits) {
            return split
        }
        if current.count == capacity {
            forgotten += previous.count
            previous = current
            current = Generation()
        }
        current.insert(fingerprint.bits, split)
        return nil
    }
}
