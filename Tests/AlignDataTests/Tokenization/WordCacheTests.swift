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

    @Test(arguments: [(4, 1), (5, 30), (64, 2), (64, 64), (65, 1)])
    func whateverIsInsertedTheMemoryIsBounded(length: Int, tokens: Int) {
        var cache = WordCache()
        for number in 0..<100_000 {
            let ids = [TokenID](repeating: TokenID(number), count: tokens)
            Self.word(number, length: length).withUnsafeBufferPointer { word in
                cache.insert(word, hash: WordCache.hash(word), tokens: ids[...])
            }
        }
        #expect(cache.allocatedBytes <= WordCache.maxBytes)
    }

    @Test func aWordIsFoundUntilEverythingIsForgotten() {
        var cache = WordCache()
        var found = 0
        for number in 0..<50_000 {
            Self.word(number, length: 6).withUnsafeBufferPointer { word in
                cache.insert(word, hash: WordCache.hash(word), tokens: [TokenID(number), 5])
                var output: [TokenID] = []
                if cache.append(word, hash: WordCache.hash(word), to: &output),
                    output == [TokenID(number), 5]
                {
                    found += 1
                }
            }
        }
        #expect(found == 50_000)
        var output: [TokenID] = []
        let first = Self.word(0, length: 6).withUnsafeBufferPointer {
            cache.append($0, hash: WordCache.hash($0), to: &output)
        }
        #expect(!first && output.isEmpty)
    }
}
