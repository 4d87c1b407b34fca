import Foundation
import Testing

@testable import AlignData

/// The merging of words against the definition itself, on vocabularies of chance.
@Suite struct WordMergerTests {
    /// Texts over a few letters and rules between them. Rules of chance are often in an order that no
    /// training gives: a rule may come before those that make its parts, and one piece may have several.
    private struct Vocabulary {
        var rules: [(left: TokenID, right: TokenID, merged: TokenID)] = []
        let letters: [UInt8]
        /// By id.
        let pieces: [[UInt8]]

        init(letters count: Int, rules ruleCount: Int, isTrained: Bool, seed: UInt64) {
            let random = CounterRandom(seed: seed, purpose: .initialization)
            var drawn: UInt64 = 0
            func draw(_ bound: Int) -> Int {
                drawn += 1
                return random.integer(drawn, below: bound)
            }
            letters = (0..<count).map { UInt8(97 + $0) }
            var texts = letters.map { [$0] }
            var ids = Dictionary(uniqueKeysWithValues: texts.enumerated().map { ($1, TokenID($0)) })
            var known: Set<[TokenID]> = []
            while rules.count < ruleCount {
                let left = TokenID(draw(texts.count))
                let right = TokenID(draw(texts.count))
                let text = texts[Int(left)] + texts[Int(right)]
                if text.count > 100 || (isTrained && ids[text] != nil)
                    || !known.insert([left, right]).inserted
                {
                    // Small alphabets may have no more rules to give.
                    if drawn > 20_000 { break }
                    continue
                }
                let merged = ids[text] ?? TokenID(texts.count)
                if ids[text] == nil {
                    ids[text] = merged
                    texts.append(text)
                }
                rules.append((left, right, merged))
            }
            pieces = texts
            guard !isTrained else { return }
            for i in rules.indices.dropFirst() { rules.swapAt(i, draw(i + 1)) }
        }

        /// The symbols of a word; bytes that are no letter are left out.
        func symbols(_ word: [UInt8]) -> [TokenID] {
            word.compactMap { letters.firstIndex(of: $0).map(TokenID.init) }
        }

        /// Merge the pair of lowest rank, the leftmost of equals, until none is left.
        func mergeByDefinition(_ word: [UInt8]) -> [TokenID] {
            var symbols = symbols(word)
            let key = { (left: TokenID, right: TokenID) in Int(left) << 32 | Int(right) }
            var ranks: [Int: Int] = [:]
            for (rank, rule) in rules.enumerated() { ranks[key(rule.left, rule.right)] = rank }
            while true {
                let candidates = symbols.indices.dropLast().compactMap { i in
                    ranks[key(symbols[i], symbols[i + 1])].map { (rank: $0, place: i) }
                }
                guard let best = candidates.min(by: { $0 < $1 }) else { return symbols }
                symbols.replaceSubrange(best.place...best.place + 1, with: [rules[best.rank].merged])
            }
        }
    }

    private static func merge(_ symbols: [TokenID], _ merger: WordMerger) -> [TokenID] {
        var output: [TokenID] = [7]
        var scratch = WordMerger.Scratch()
        scratch.symbols = symbols
        merger.merge(&scratch, into: &output)
        return Array(output.dropFirst())
    }

    /// Words of all kinds: by chance, of pieces, runs of one letter, periods, and runs with a disturbance.
    private static func words(letters: [UInt8], pieces: [[UInt8]], seed: UInt64) -> [[UInt8]] {
        let random = CounterRandom(seed: seed, purpose: .initialization)
        var drawn: UInt64 = 1 << 32
        func draw(_ bound: Int) -> Int {
            drawn += 1
            return random.integer(drawn, below: bound)
        }
        var words: [[UInt8]] = []
        for length in [0, 1, 2, 7, 8, 9, 33, 63, 64, 65, 127, 128, 129, 300] {
            words.append((0..<length).map { _ in letters[draw(letters.count)] })
            var joined: [UInt8] = []
            while joined.count < length { joined += pieces[draw(pieces.count)] }
            words.append(joined)
            words.append([UInt8](repeating: letters[draw(letters.count)], count: length))
            let period = (0..<(2 + draw(5))).map { _ in letters[draw(letters.count)] }
            words.append((0..<length).map { period[$0 % period.count] })
            var disturbed = [UInt8](repeating: letters[0], count: length)
            if length > 0 { disturbed[draw(length)] = letters[letters.count - 1] }
            words.append(disturbed)
        }
        return words
    }

    @Test(arguments: [true, false])
    func everyWordIsMergedAsDefined(isTrained: Bool) {
        var differing = 0
        for seed in UInt64(0)..<30 {
            let vocabulary = Vocabulary(
                letters: 1 + Int(seed % 4), rules: 3 + Int(seed) * 3, isTrained: isTrained, seed: seed)
            let merger = WordMerger(vocabulary.rules)
            for word in Self.words(letters: vocabulary.letters, pieces: vocabulary.pieces, seed: seed) {
                let merged = Self.merge(vocabulary.symbols(word), merger)
                if merged != vocabulary.mergeByDefinition(word) { differing += 1 }
            }
        }
        #expect(differing == 0)
    }

    @Test func aPieceThatNoTextIsMergedToIsNeverUsed() {
        // "ab" is merged before "abc" could be made of "a" and "bc".
        let rules: [(left: TokenID, right: TokenID, merged: TokenID)] = [(0, 1, 3), (1, 2, 4), (0, 4, 5)]
        let word = (0..<40).flatMap { _ -> [TokenID] in [0, 1, 2] }
        let expected = (0..<40).flatMap { _ -> [TokenID] in [3, 2] }
        #expect(Self.merge(word, WordMerger(rules)) == expected)
    }

    /// Letters that all differ, where a pair merges the earlier the further right it stands: the whole encoding turns
    /// with the number of letters, so no two windows agree.
    @Test(arguments: [63, 64, 65, 151, 300, 301])
    func aBeginningThatDependsOnTheEndIsMergedAsDefined(count: Int) {
        let rules = (0..<count - 1).reversed().map { place in
            (left: TokenID(place), right: TokenID(place + 1), merged: TokenID(count + place))
        }
        let pairs = stride(from: count % 2, to: count, by: 2).map { TokenID(count + $0) }
        let merged = Self.merge((0..<count).map { TokenID($0) }, WordMerger(rules))
        #expect(merged == (count % 2 == 1 ? [0] : []) + pairs)
    }

    @Test func aVocabularyWithoutMergesLeavesTheSymbols() {
        let word = (0..<1000).map { TokenID($0) }
        #expect(Self.merge(word, WordMerger([])) == word)
    }

    @Test func aLongWordIsMergedAsItsPartsWhereNothingCrosses() throws {
        let tokenizer = try Tokenizer.load(from: TokenizerGolden.folder("smollm"))
        let run = String(repeating: "a", count: 100_000)
        let ids = tokenizer.encode(run)
        #expect(tokenizer.decode(ids) == run)
        // From a run on, one more letter changes only the end.
        let more = tokenizer.encode(run + "a")
        let common = zip(ids, more).prefix { $0 == $1 }.count
        #expect(common >= ids.count - 64)
    }
}
