import Testing

@testable import AlignData

@Suite struct WordCacheTests {
    private static func word(_ number: Int, length: Int) -> [UInt8] {
        var rest = number
        return (0..<length).map { _ in
            defer { rest /= 26 }
            return UInt8(97 + rest % 26)
        }
    }

    private static func insert(_ word: [UInt8], _ tokens: [TokenID], into cache: inout WordCache) {
        word.withUnsafeBufferPointer { cache.insert($0, WordCache.key($0), tokens: tokens[...]) }
    }

    private static func find(_ word: [UInt8], in cache: borrowing WordCache) -> [TokenID]? {
        var output: [TokenID] = [9]
        let isKnown = word.withUnsafeBufferPointer { cache.append($0, WordCache.key($0), to: &output) }
        return isKnown ? Array(output.dropFirst()) : nil
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 63, 64])
    func wordsThatDifferInOneByteAreToldApart(length: Int) {
        var cache = WordCache()
        let word = Self.word(12_345, length: length)
        var words = [word, word + [97]].filter { $0.count <= WordCache.longestWord }
        for place in word.indices {
            var other = word
            other[place] = 0
            words.append(other)
        }
        for (number, word) in words.enumerated() {
            #expect(Self.find(word, in: cache) == nil)
            Self.insert(word, [TokenID](repeating: TokenID(number), count: 1 + number % 6), into: &cache)
        }
        for (number, word) in words.enumerated() {
            #expect(
                Self.find(word, in: cache) == [TokenID](repeating: TokenID(number), count: 1 + number % 6))
        }
    }

    /// The three buffers have fixed sizes; what does not fit makes the cache start over.
    @Test(arguments: [(4, 1), (5, 30), (64, 2), (64, 64), (16, 3), (17, 4)])
    func aFullCacheForgetsEverythingAndGoesOn(length: Int, tokens: Int) {
        var cache = WordCache()
        var wrong = 0
        for number in 0..<70_000 {
            let word = Self.word(number, length: length)
            let ids = (0..<tokens).map { TokenID(number + $0) }
            if Self.find(word, in: cache) != nil { wrong += 1 }
            Self.insert(word, ids, into: &cache)
            if Self.find(word, in: cache) != ids { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(Self.find(Self.word(0, length: length), in: cache) == nil)
        #expect(WordCache.maxBytes == 3 << 20)
    }

    @Test func aWordTooLongIsNotKept() {
        var cache = WordCache()
        Self.insert(Self.word(1, length: 65), [1], into: &cache)
        #expect(Self.find(Self.word(1, length: 65), in: cache) == nil)
    }
}
